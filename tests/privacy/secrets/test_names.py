"""The last words of a name decide what it says about its value."""

import pytest

from agentlog.privacy.secrets.names import Weight, weight


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("password", Weight.PASSWORD), ("DB_PASSWORD", Weight.PASSWORD), ("dbPassword2", Weight.PASSWORD),
        ("admin-passwd", Weight.PASSWORD),
        ("PGPASSWORD", Weight.PASSWORD), ("apiKey", Weight.TOKEN), ("AWS_SECRET_ACCESS_KEY", Weight.TOKEN),
        ("secret_key_base", Weight.TOKEN),
        ("access_token", Weight.TOKEN), ("client-secret", Weight.TOKEN), ("IO_KEY", Weight.TOKEN), ("some_odd_key", Weight.WEAK),
        ("key", Weight.NONE), ("public_key", Weight.NONE), ("cache_key", Weight.NONE), ("max_tokens", Weight.NONE),
        ("pad_token", Weight.NONE),
        ("password_hash_algorithm", Weight.NONE), ("reset_password", Weight.NONE), ("bypass", Weight.NONE), ("compass", Weight.NONE),
        ("tokenizer", Weight.NONE), ("author", Weight.NONE), ("keyword", Weight.NONE), ("monkey", Weight.NONE), ("", Weight.NONE),
    ],
)  # fmt: skip
def test_a_name_says_as_much_as_its_last_words(name: str, says: Weight) -> None:
    assert weight(name) is says
