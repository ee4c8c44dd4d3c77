"""Under a telling key a value is a secret whatever it looks like; counts, schemes, placeholders and the tokens of a text are not."""

from collections.abc import Callable

import pytest

Under = Callable[..., list[str]]


@pytest.mark.parametrize(
    "key", ["password", "userPassword", "DB_PASSWD", "passphrase", "pwd", "client_secret", "access_token", "api-key", "privateKey"]
)
@pytest.mark.parametrize("value", ["swordfish", "x7!q", "correct-horse-battery"])
def test_a_telling_key_makes_its_value_a_secret(under: Under, key: str, value: str) -> None:
    assert under(value, "arguments", key) == [value]


def test_a_scheme_before_a_credential_stays(under: Under) -> None:
    assert under("Bearer abc123def", "headers", "Authorization") == ["abc123def"]


@pytest.mark.parametrize(
    ("value", "keys"),
    [
        ("4096", ("max_tokens",)), ("12", ("token_count",)), ("bcrypt", ("password_hash_algorithm",)), ("prod-db", ("secret_name",)),
        ("bearer", ("token_type",)),
        ("true", ("password",)), ("", ("password",)), ("********", ("password",)), ("${DB_PASSWORD}", ("password",)), ("<password>",
        ("password",)),
        ("running", ("logprobs", "content", "token")), ("NAME", ("token",)), ("id", ("key",)), ("name", ("primary_key",)), ("123",
        ("total_tokens",)),
        ("Enter your password", ("password",)), ("NAME", ("tokens",)), ("abc", ("author",)),
    ],
)  # fmt: skip
def test_what_only_seems_to_be_told_stays(under: Under, value: str, keys: tuple[str, ...]) -> None:
    assert under(value, *keys) == []
