"""A vendor's token is found by its form, wherever it stands alone; placeholders and look-alikes stay."""

import json
import string
from collections.abc import Callable

import pytest

HEX = "0123456789abcdef"
ALNUM = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + string.digits
Found = Callable[[str], list[str]]
Made = Callable[..., str]

FORMS = [
    ("ghp_", 36, ALNUM), ("github_pat_", 82, ALNUM), ("glpat-", 20, ALNUM), ("gldt-", 20, ALNUM), ("AKIA", 16, UPPER), ("AIza", 35, ALNUM),
    ("GOCSPX-", 28, ALNUM), ("ya29.", 80, ALNUM), ("xoxb-", 40, ALNUM), ("xapp-1-", 40, ALNUM), ("sk_live_", 24, ALNUM),
    ("whsec_", 32, ALNUM),
    ("npm_", 36, ALNUM), ("pypi-AgEIcHlwaS5vcmc", 80, ALNUM), ("hf_", 34, string.ascii_letters), ("sk-ant-api03-", 95, ALNUM),
    ("sk-", 48, ALNUM),
    ("sk-proj-", 60, ALNUM), ("gsk_", 52, ALNUM), ("xai-", 80, ALNUM), ("nvapi-", 64, ALNUM), ("tvly-", 32, ALNUM), ("pcsk_", 60, ALNUM),
    ("r8_", 37, ALNUM), ("shpat_", 32, HEX), ("dop_v1_", 64, HEX), ("dapi", 32, HEX), ("hvs.", 90, ALNUM), ("pul-", 40, HEX),
    ("glsa_", 32, ALNUM),
    ("lin_api_", 40, ALNUM), ("ntn_", 46, ALNUM), ("figd_", 40, ALNUM), ("dckr_pat_", 27, ALNUM), ("sntrys_", 60, ALNUM), ("SK", 32, HEX),
    ("rubygems_", 48, HEX), ("key-", 32, HEX), ("tskey-auth-", 40, ALNUM), ("AGE-SECRET-KEY-1", 58, UPPER),
    ("AVNS_", 20, ALNUM), ("ALTAK-", 21, ALNUM), ("AKLT", 44, ALNUM), ("EXO", 24, HEX), ("SCW", 17, UPPER), ("4b1d", 38, ALNUM),
    ("tmprl_", 60, ALNUM), ("dbtc_", 40, ALNUM), ("unkey_", 30, ALNUM), ("nbp_", 36, ALNUM), ("sktsec_", 44, ALNUM), ("vtwn_", 30, ALNUM),
    ("zpka_", 64, HEX), ("rootly_", 64, HEX), ("depot_org_", 60, ALNUM), ("tr_dev_", 24, ALNUM), ("signkey-prod-", 64, HEX),
    ("n8n_api_", 80, HEX), ("fhb-", 32, HEX), ("cu_", 32, HEX), ("llx-", 48, ALNUM), ("m0-", 40, ALNUM), ("KGAT_", 32, ALNUM),
    ("secret-", 43, ALNUM), ("secret-live-", 36, ALNUM), ("secret-token:mercury_production_", 40, ALNUM), ("lip_", 24, ALNUM),
    ("pina_", 64, ALNUM), ("samsara_api_", 40, ALNUM), ("cnvca", 50, ALNUM), ("lmb_", 60, ALNUM), ("Mid-server-", 24, ALNUM),
    ("BBFF-", 34, ALNUM), ("ck_", 40, HEX), ("pdl_live_apikey_", 50, ALNUM), ("polar_oat_", 43, ALNUM), ("bxt_", 40, ALNUM),
    ("os_v2_app_", 103, string.ascii_lowercase + string.digits), ("pk_", 34, HEX), ("sk_", 48, ALNUM), ("acme_live_", 32, ALNUM),
]  # fmt: skip


@pytest.mark.parametrize(("prefix", "length", "alphabet"), FORMS)
def test_a_token_is_found_in_code_prose_and_json_in_json(found: Found, made: Made, prefix: str, length: int, alphabet: str) -> None:
    token = prefix + made(length, alphabet) + ("_1a2b3c4d" if prefix == "glsa_" else "")
    texts = (token, f"use {token}, please.", f"f('{token}')", json.dumps({"out": json.dumps({"log": f"a\n{token}\nb"})}))
    assert [any(token in one for one in found(text)) for text in texts] == [True] * 4


@pytest.mark.parametrize(("prefix", "length", "alphabet"), FORMS)
def test_a_token_is_not_found_amid_a_word(found: Found, made: Made, prefix: str, length: int, alphabet: str) -> None:
    if prefix.endswith(("_pat_", "_live_", "_api_", "_oat_")):
        return  # then it is another vendor's: that is how many begin
    token = "word" + prefix + made(length, alphabet)
    assert all(len(one) < len(token) - 4 for one in found(f"x {token} y"))


@pytest.mark.parametrize(
    "text",
    [
        "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "sk-your-api-key-goes-here",
        "AKIAIOSFODNN7EXAMPLE",
        "task-management-system-with-tokens",
        "class sk-spinner-three-bounce-container",
        "hf_hub_download_with_a_long_name_of_function",
        "live_reload_of_the_page_in_development",
        "key-value-store",
        "re_compile_the_pattern_of_the_module",
        "eyjafjallajökull.is.a.volcano",
    ],
)
def test_placeholders_and_names_that_begin_alike_stay(found: Found, text: str) -> None:
    assert found(text) == []


def test_tokens_whose_mark_is_in_the_middle_are_found_whole(found: Found, made: Made) -> None:
    telegram = made(10, "123456789") + ":AA" + made(33)
    azure = made(3) + "8Q~" + made(34)
    terraform = made(14) + ".atlasv1." + made(67)
    for token in (telegram, azure, terraform):
        assert found(f"x = '{token}'") == [token]


def test_a_jwt_is_one_secret(found: Found, made: Made) -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0." + made(43)
    assert found(f"Cookie? no: {token}") == [token]
