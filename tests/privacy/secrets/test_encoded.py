"""Base64 and percent encoding are looked through once; what is binary, an image or a hash stays."""

from base64 import b64encode
from collections.abc import Callable
from random import Random
from urllib.parse import quote

import pytest

Found = Callable[[str], list[str]]
Made = Callable[..., str]


@pytest.mark.parametrize("lead", ["", "a ", "bc ", "user: bob\n"])
@pytest.mark.parametrize(
    "plain", ['password = "Vk8!mQ2x"', "DB_PASSWORD=Vk8!mQ2x", "postgres://app:Vk8mQ2x@db/x", '{"client_secret": "Vk8mQ2xVk9mQ2xy"}']
)
def test_base64_that_holds_a_secret_is_a_secret_as_a_whole(found: Found, lead: str, plain: str) -> None:
    run = b64encode(f"{lead}{plain}\n".encode()).decode()
    assert found(f"data: x {run} y") == [run]


def test_a_token_in_base64_is_found(found: Found, made: Made) -> None:
    for prefix in ("ghp_", "sk-ant-api03-", "glpat-", "lin_api_"):
        run = b64encode(f"use {prefix}{made(40)} now".encode()).decode()
        assert found(f"echo {run} | base64 -d") == [run]


def test_in_percent_encoded_text_only_the_secret_is_one(found: Found) -> None:
    plain = "a=1&password=Vk8!mQ2x&b=2"
    assert found(f"GET /x?next={quote(plain, safe='')}") == ["Vk8%21mQ2x"]
    assert found(f"GET /x?u={quote('postgres://app:s3cr3t@db/x', safe='')}") == ["s3cr3t"]


def test_binary_data_images_and_hashes_stay(found: Found) -> None:
    rng = Random(3)
    blob = b64encode(rng.randbytes(9000)).decode()
    assert found(f"data:image/png;base64,{blob}") == []
    assert found(f"sha512-{b64encode(rng.randbytes(64)).decode()}") == []
    assert found(b64encode(b"an ordinary text about how to write a program, and nothing else").decode()) == []


def test_a_secret_far_within_a_long_text_is_found(found: Found) -> None:
    run = b64encode(b'{"password": "Vk8!mQ2x"}').decode()
    assert found("word " * 30_000 + run + " word" * 30_000) == [run]
