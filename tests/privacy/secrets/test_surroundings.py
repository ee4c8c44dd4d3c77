"""Secrets that neither form nor name tells, but what stands around them: headers, addresses, commands, key blocks, password files."""

import json
from collections.abc import Callable

import pytest

Found = Callable[[str], list[str]]
Made = Callable[..., str]
LINE = "MIIEpAIBAAKCAQEA7bq0Zx9Vd3"


@pytest.mark.parametrize(
    "form",
    [
        "Authorization: Bearer {}", 'curl -H "Authorization: token {}"', '{{"Authorization": "Bearer {}"}}',
        "headers={{'authorization': 'SSWS {}'}}",
        "Proxy-Authorization: Basic {}", "Cookie: sessionid={}; lang=en", "Set-Cookie: sid={}; Path=/; HttpOnly", "Bearer {}",
    ],
)  # fmt: skip
def test_a_credential_in_a_header_is_found_without_its_scheme(found: Found, made: Made, form: str) -> None:
    assert found(form.format(made(32))) == [made(32)]


@pytest.mark.parametrize("text", ["Authorization: Bearer $TOKEN", "a bearer token is required", "Basic usage of things",
"Cookie: lang=en; theme=dark",
                                  "f'Bearer {token}'", "Authorization: <scheme> <credentials>"])  # fmt: skip
def test_headers_without_a_credential_stay(found: Found, text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "'set-cookie': 'WMF-Last-Access=19-Dec-2024;Path=/;HttpOnly;secure", "Set-Cookie: GeoIP=US:NC:Durham:35.96:-78.93:v4; Path=/",
        "Cookie: _ga=GA1.2.1234567890.1700000000; consent=2024-11-02T10:00:00Z", "Cookie: session_expires=2024-11-02",
    ],
)  # fmt: skip
def test_dates_and_places_in_cookies_stay(found: Found, text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("postgres://app:s3cr3t@db:5432/x", "s3cr3t"),
        ("redis://:Vk8mQ2x@cache/0", "Vk8mQ2x"),
        ("mongodb+srv://u:a%40b1@c.net/?w=1", "a%40b1"),
        ("https://user@mail.com:pa!#@498@github.com", "pa!#@498"),
        ("amqp://u:bria@pass135!@h.net/test", "bria@pass135!"),
    ],
)
def test_a_password_in_an_address_is_found(found: Found, url: str, secret: str) -> None:
    assert found(f"connect to {url} now") == [secret]


@pytest.mark.parametrize("url", ["http://user:password@host/", "https://h.io:8080/a@b", "http://${U}:${P}@h", "git@github.com:a/b.git",
"https://u@h.io/x",
                                 "http://127.0.0.1:8000/@x", "see https://h.io: mail a@b.de"])  # fmt: skip
def test_addresses_without_a_password_stay(found: Found, url: str) -> None:
    assert found(url) == []


@pytest.mark.parametrize(
    "form",
    ["curl -s -u bob:{} https://h.io", "docker login -u bob -p {} h.io", "mysql -h h -u root -p{} db", "sshpass -p {} ssh h",
    "psexec \\\\h -u a -p {} cmd",
     "CREATE USER 'a' IDENTIFIED BY '{}'", "localhost:5432:db:root:{}", "new NetworkCredential(\"bob\", \"{}\")",
     "openssl rsa -passin pass:{}"],
)  # fmt: skip
def test_a_password_in_a_command_is_found(found: Found, form: str) -> None:
    assert found(form.format("Vk8mQ2x")) == ["Vk8mQ2x"]


@pytest.mark.parametrize(
    "text", ["grep -u a:b x", "mkdir -p /a/b", "ps -u root", "docker run -p 80:80 x", "ssh -p 2222 h", "python -u a.py"]
)
def test_the_same_flags_of_other_commands_stay(found: Found, text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("kind", ["RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"])
def test_a_key_block_is_found_whole_escaped_on_one_line_and_split_over_strings(found: Found, kind: str) -> None:
    block = f"-----BEGIN {kind}-----\n{LINE}\n{LINE}x9\n-----END {kind}-----"
    split = block.replace("\n", '" +\n"')
    for text in (
        block,
        json.dumps({"a": json.dumps(block)}),
        block.replace("\n", " "),
        f'"{split}"',
        block.replace("\n", "\n+    "),
        block[:-12],
    ):
        (secret,) = found(text)
        assert secret.startswith(LINE)
        assert f"{LINE}x9" in secret
        assert "BEGIN" not in secret


@pytest.mark.parametrize("text", ["-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
'if "-----BEGIN RSA PRIVATE KEY-----" in data:',
                                  f"-----BEGIN CERTIFICATE-----\n{LINE}\n{LINE}\n-----END CERTIFICATE-----"])  # fmt: skip
def test_blocks_without_a_private_key_stay(found: Found, text: str) -> None:
    assert found(text) == []


def test_hashes_of_passwords_are_found_and_hashes_of_contents_stay(found: Found, made: Made) -> None:
    crypt = f"$6${made(12)}$" + made(86)
    assert found(f"ubuntu:{crypt}:17431:0:99999:7:::") == [crypt]
    assert found(f"commit {made(40, '0123456789abcdef')}\nsha512-{made(86)}==\nmd5: {made(32, '0123456789abcdef')}") == []


def test_the_password_in_an_address_is_found_alone_whatever_its_user_is_called(found: Found, made: Made) -> None:
    for user in ("x-access-token", "token", "oauth2", "api-key"):
        assert found(f"git clone https://{user}:{made(36)}@git.corp.io/corp/shop.git") == [made(36)]


@pytest.mark.parametrize(
    "form", ["AuthError: bad password '{}' for bob", "login failed with password {} again", "tried passphrase `{}`, refused"]
)
def test_what_no_word_is_right_behind_the_word_password_is_one(found: Found, form: str) -> None:
    secret = "Qx7-violet-" + "9moon"
    assert found(form.format(secret)) == [secret]


@pytest.mark.parametrize(
    "text", ["invalid password 'foo'", "password hashing with Argon2", "the password must-have 8 letters", "Password length >= 12"]
)
def test_words_behind_the_word_password_stay(found: Found, text: str) -> None:
    assert found(text) == []
