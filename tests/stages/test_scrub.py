"""Secrets and personal data go, structure and harmless text stay."""

import random
import string
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.schema.outcome import DropReason
from agentlog.schema.sample import Sample
from agentlog.stages.redact import RedactConfig, make_detector, redact
from agentlog.stages.scrub import scrub
from agentlog.stages.scrubbing import replace_found, scrub_samples
from agentlog.stages.secrets import SecretsConfig, secrets

KEY = "k" * 32


def random_text(length: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    """Token-like text made at run time, so that none stands in a source file."""
    return "".join(random.Random(7).choices(alphabet, k=length))


TOKENS = [
    "ghp_" + random_text(36),
    "AKIA" + random_text(16, string.ascii_uppercase + string.digits),
    "sk-ant-api03-" + random_text(40),
    "sk-proj-" + random_text(40),
    "xoxb-" + random_text(24),
    "glpat-" + random_text(20),
    "hf_" + random_text(34),
    "npm_" + random_text(36),
]
PERSONAL = [
    ("EMAIL_ADDRESS", "ana.ruiz@corp.io"),
    ("EMAIL_ADDRESS", "ops@build.internal"),
    ("PHONE_NUMBER", "+1 (415) 265-3890"),
    ("CREDIT_CARD", "4111 1111 1111 1111"),
    ("IBAN_CODE", "DE89370400440532013000"),
    ("IP_ADDRESS", "81.2.69.142"),
    ("US_SSN", "536-22-8719"),
]
HARMLESS = [
    "std::vector<int> a; x[::2]; a::b::c; std::add",
    "version 1.2.3.4 and v10.20.30.40-rc1",
    "127.0.0.1, 10.0.0.7, 192.168.1.1, ::1, fe80::1, 192.0.2.7",
    "mail admin@example.com or root@host.test",
    "token = os.environ['TOKEN']; password = ${PASSWORD}; api_key=<your key>",
    "id 3f2504e0-4f89-11d3-9a0c-0305e82c3301 at 2026-11-20T17:00:00Z took 1700000000 ns",
    "self.skipTest('token'); max_tokens=4096; def tokenize(text: str) -> list[str]: ...",
]


@pytest.mark.parametrize("token", TOKENS)
def test_a_vendors_token_is_replaced_and_keeps_its_prefix_and_length(token: str) -> None:
    clean = scrub(f"export TOKEN='{token}' # {token}", key=KEY)
    assert token not in clean.value
    stand_in = clean.value.split("'")[1]
    assert stand_in[:3] == token[:3]
    assert len(stand_in) == len(token)


@pytest.mark.parametrize(("entity", "value"), PERSONAL)
def test_personal_data_with_a_form_is_replaced(entity: str, value: str) -> None:
    clean = scrub(f"call back: {value}, thanks", key=KEY)
    assert value not in clean.value
    assert clean.counts == {entity: 1}


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert scrub(text, key=KEY).value == text


def test_a_telling_key_makes_its_value_a_secret_even_inside_json_in_a_string() -> None:
    arguments = orjson.dumps({"user": "bob", "password": "correct-horse"}).decode()
    value = [{"role": "tool", "content": arguments}, {"role": "user", "content": "I typed correct-horse again"}]
    clean = scrub(value, key=KEY).value
    assert orjson.loads(clean[0]["content"]).keys() == {"user", "password"}
    assert "correct-horse" not in orjson.dumps(clean).decode()


def test_a_private_key_goes_also_where_its_newlines_are_escaped() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\n" + random_text(64) + "\n-----END RSA PRIVATE KEY-----"
    clean = scrub({"log": orjson.dumps({"stdout": key}).decode(), "plain": key}, key=KEY).value
    assert random_text(64) not in clean["log"] + clean["plain"]
    assert orjson.loads(clean["log"]).keys() == {"stdout"}


def test_equal_values_have_equal_stand_ins_within_a_scope_and_others_across() -> None:
    text = "ana.ruiz@corp.io wrote to bo.li@corp.io and ana.ruiz@corp.io"
    one, again, other = scrub(text, key=KEY, scope="s1"), scrub(text, key=KEY, scope="s1"), scrub(text, key=KEY, scope="s2")
    first, second, third = [word for word in one.value.split() if "@" in word]
    assert first == third != second
    assert one.value == again.value != other.value


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from([*TOKENS, *(value for _, value in PERSONAL), *HARMLESS, "und", "\n", "= '"]), max_size=8))
def test_scrubbing_twice_changes_nothing(parts: list[str]) -> None:
    once = scrub(" ".join(parts), key=KEY)
    twice = scrub(once.value, key=KEY)
    assert twice.value == once.value
    assert twice.findings == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
)


def shape(value: Any) -> Any:
    """A JSON value with its strings blanked."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else "" if isinstance(value, str) else value


@settings(deadline=None, max_examples=100)
@given(JSON)
def test_keys_types_and_lengths_stay(value: Any) -> None:
    assert shape(scrub(value, key=KEY).value) == shape(value)


def test_a_detector_that_fails_sets_the_sample_aside_and_does_not_quote_it() -> None:
    def broken(leaf: Any) -> Any:
        raise ValueError(leaf.text)

    sample = Sample(id="x", messages=[{"role": "assistant", "content": "private"}], trained=(0,), source_ids=("1",))
    outcome = scrub_samples("redact", [sample], broken, RedactConfig())
    assert outcome.kept == []
    assert outcome.dropped[0].reason is DropReason.SCRUB_FAILED
    assert "private" not in outcome.dropped[0].detail


def test_every_text_of_a_sample_is_scrubbed_the_rejected_original_too() -> None:
    mail, token = "ana.ruiz@corp.io", TOKENS[0]
    message = {"role": "assistant", "content": [{"type": "text", "text": f"{mail} {token}"}]}
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": orjson.dumps({"to": mail, "api_key": token}).decode()}}
    answer = {"index": 1, "interaction_id": "1", "timestamp": "2026-11-20T00:00:00.000000Z", "original": message}
    sample = Sample.model_validate(
        {
            "id": "x",
            "messages": [{"role": "user", "content": mail}, {**message, "tool_calls": [call]}],
            "tools": [{"type": "function", "function": {"name": "f", "description": f"ask {mail}"}}],
            "trained": (1,),
            "task_type": f"write to {mail}",
            "source_ids": ("1",),
            "answers": (answer,),
        }
    )
    [half] = secrets([sample], SecretsConfig(key=KEY)).kept
    [clean] = redact([half], RedactConfig(key=KEY)).kept
    assert mail not in clean.model_dump_json()
    assert token not in clean.model_dump_json()


def test_listed_people_are_found_in_any_case_and_spacing() -> None:
    detector = make_detector(RedactConfig(people=("Ana Ruiz",)))
    clean = replace_found("ANA  RUIZ asked, ana ruiz answered, Mariana Ruizo did not", detector, key=KEY, scope="")
    assert clean.counts == {"PERSON": 2}
    assert "Mariana Ruizo" in clean.value


def test_what_the_user_allows_stays() -> None:
    assert scrub("mail ana.ruiz@corp.io", key=KEY, allow=["ana.ruiz@corp.io"]).value == "mail ana.ruiz@corp.io"
