"""Long strange texts and values, each made to bring some recogniser to its knees; as long as one asks for."""

import json
import random
import string
import textwrap
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from benchmarks.scrub.material import numbers

REPEATED = (
    "@", "a@", "a@a@a@", "a.", "a@b.", ".@", "a@b.c ", "a-", "a+", "0", "1 ", "12-", "1.", "(1) ", "+1", "+", "1.1.1.1.", "1.1.1.1 ",
    "::", ":", "1:", "a:", "ab:", "ab::", "fe80::1 ", "f", "0x", "deadbeef", "DE89", "DE89 3704 ", "A", "a", "aA1", "eyJ",
    "eyJhbGciOi.", "eyJ.eyJ.", "sk-", "sk-ant-", "ghp_", "AKIA", "xoxb-", "AIza", "SG.", "-----BEGIN RSA PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\n", "-----BEGIN ", "-", "-----END RSA PRIVATE KEY-----", "://", "http://", "http://a:b@",
    "http://a:", "//:@", "a://b:c", "password=", "password", "password='", '"password":"', '"password": "a", ', '\\"password\\":\\"',
    "password: ", "PASSWORD=x\n", "token=", "Authorization: Bearer ", "Bearer ", "Basic ", "Cookie: a=b; ", "curl -u a:b ", "--token ",
    "-p ", "key=", "secret", "?token=a&", "&", "=", "==", '"', "'", '\\"', "\\", "\\\\", "\\n", "\\u0041", "\\x41", "%", "%41", "%40",
    "%2", "(", "[", "{", '{"a":', "[[{", ")", "<", "<password>", "<a@", "first_name: ", "name: ", 'name="', "name=", "email=",
    "address: ", "zip: ", "dob: ", "user_id: ", "phone: ", "phone ", "call me at ", "Mr. ", "Dear ", "/home/", "/home/a/",
    "C:\\Users\\", "/Users/a", "~", "$", "${", "{{", "$HOME/", " ", "\n", "\t", "\r\n", "\x00", "_", "-_", "é", "İ", "日本", "e\u0301",
    "\u0301", "😀", "\ud800", "\u200b", "ﬁ", "ß", "ǅ", "٣", "１", "\u202e", "1234567890123456 ", "4111 1111 1111 1111 ", "4111-",
    "536-22-8719 ", "ab cd ", "1,", "2026-01-01 ", "01/02/03 ", "12:34:56 ", "v1.2.3.4-", "a=b;", "a,b,c\n", "#", "/", "//", "|", "*",
    "!", "?", ";", "data:image/png;base64,",
)  # fmt: skip
"""What is repeated until the text is long enough."""


class Oddity(NamedTuple):
    """A kind of odd value, and how one of about so many characters is made."""

    name: str
    make: Callable[[int], Any]


def oddities() -> Iterator[Oddity]:
    """Every kind."""
    for unit in REPEATED:
        yield Oddity(f"{unit!a} * n", lambda size, unit=unit: unit * (size // len(unit)))
    for name, make in _OF_CHANCE.items():
        yield Oddity(name, make)
    for name, one in _DISTINCT.items():
        yield Oddity(f"distinct {name}", lambda size, one=one: _many(one, size))
    for name, make in _VALUES.items():
        yield Oddity(name, make)


def _chance(alphabet: str) -> Callable[[int], str]:
    return lambda size: "".join(random.Random(size).choices(alphabet, k=size))


def _many(one: Callable[[random.Random], str], size: int) -> str:
    """So many characters of values, each with a number before it, so that all differ."""
    rng = random.Random(0)
    parts: list[str] = []
    length = 0
    while length < size:
        parts.append(one(rng))
        length += len(parts[-1]) + 1
    return "\n".join(parts)


def _record(rng: random.Random) -> str:
    return json.dumps(
        {
            "first_name": numbers.first_name(rng) + rng.choice("abcdef"),
            "last_name": numbers.last_name(rng),
            "email": numbers.mail(rng),
            "dob": numbers.birth_date(rng),
            "phone": numbers.phone(rng),
            "user_id": f"u_{rng.randrange(10**8)}",
            "zip": f"{rng.randrange(10_000, 99_999)}",
            "password": f"{rng.getrandbits(48):x}",
        }
    )


def _nested_strings(size: int) -> str:
    """JSON in a string in JSON in a string; each level doubles the backslashes, so about fifteen fill the text."""
    text = json.dumps({"password": "correct-horse", "email": "ana.ruiz@corp.io"})
    while len(text) * 2 < size:
        text = json.dumps({"content": text, "more": "x" * 20})
    return text


def _nested(size: int, depth: int = 200) -> Any:
    value: Any = {"email": "ana.ruiz@corp.io", "text": "x" * max(size - 40 * depth, 10)}
    for number in range(depth):
        value = {"messages": [value, number]}
    return value


def _wide_table(size: int) -> str:
    rng = random.Random(0)
    head = ",".join(f"{name}_{number}" for number in range(200) for name in ("email", "first_name", "zip", "phone", "user_id"))
    lines = [head]
    while sum(map(len, lines)) < size:
        lines.append(",".join(str(rng.randrange(10**6)) for _ in range(1000)))
    return "\n".join(lines)


def _own_name(rng: random.Random) -> str:
    return f"{numbers.first_name(rng)}{rng.getrandbits(32):x} {numbers.last_name(rng)}"


def _only(make: Callable[[random.Random], str], label: str) -> Callable[[int], Any]:
    """A list of objects with one key each, the values all different."""

    def made(size: int) -> Any:
        rng = random.Random(0)
        return [{label: make(rng)} for _ in range(size // 25)]

    return made


_BASE64 = string.ascii_letters + string.digits + "+/"
_OF_CHANCE: dict[str, Callable[[int], str]] = {
    "digits by chance": _chance("0123456789"),
    "digits and spaces": _chance("0123456789 "),
    "digits and dashes": _chance("0123456789-"),
    "digits and dots": _chance("0123456789."),
    "digits and brackets": _chance("0123456789()+ -"),
    "hexadecimal": _chance("0123456789abcdef"),
    "hexadecimal and colons": _chance("0123456789abcdef:"),
    "Base64": _chance(_BASE64),
    "Base64 in lines": lambda size: "\n".join(textwrap.wrap(_chance(_BASE64)(size), 76)),
    "punctuation": _chance("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
    "quotes and backslashes": _chance("\"'\\ "),
    "percent encoding": lambda size: "".join(f"%{byte:02X}" for byte in random.Random(size).randbytes(size // 3)),
    "upper case and digits": _chance("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
    "any characters": lambda size: "".join(map(chr, random.Random(size).choices(range(0x11000), k=size))),
    "at signs and dots": _chance("a@."),
    "slashes and colons": _chance("a:/@"),
}
_DISTINCT: dict[str, Callable[[random.Random], str]] = {
    "mail addresses": numbers.mail,
    "phones": numbers.phone,
    "cards": numbers.card,
    "IBANs": numbers.iban,
    "IP addresses": numbers.address,
    "social-security numbers": numbers.social_security,
    "tokens": numbers.token,
    "assigned secrets": lambda rng: f"password = '{numbers.token(rng)[4:]}'",
    "URLs with passwords": lambda rng: f"postgres://app:{rng.getrandbits(64):x}@db{rng.randrange(99)}.corp.io/x",
    "home folders": lambda rng: f"/home/{numbers.last_name(rng).lower()}{rng.randrange(10**5)}/src/x.py",
    "names with a label": lambda rng: f"Name: {numbers.first_name(rng)} {numbers.last_name(rng)}{rng.choice('abcdefghij')}",
    "records as JSON lines": _record,
    "records as JSON in a string": lambda rng: json.dumps(_record(rng)),
    "records as Python": lambda rng: repr(json.loads(_record(rng))),
}
_VALUES: dict[str, Callable[[int], Any]] = {
    "JSON in strings in JSON": _nested_strings,
    "deeply nested value": _nested,
    "table of 1000 columns": _wide_table,
    "100,000 short keys in an object": lambda size: {f"k{number}": "v" for number in range(size // 10)},
    "short texts in a list": lambda size: ["ab"] * (size // 4),
    "keys that are mail addresses": lambda size: {numbers.mail(random.Random(number)): number for number in range(size // 25)},
    "names by key, all different": _only(
        lambda rng: f"{numbers.first_name(rng)}{rng.getrandbits(32):x} {numbers.last_name(rng)}", "full_name"
    ),
    "passwords by key, all different": _only(lambda rng: f"{rng.getrandbits(60):x}", "password"),
    "birth dates by key": _only(numbers.birth_date, "date_of_birth"),
    "user ids by key, all different": _only(lambda rng: f"user_{rng.getrandbits(40)}", "user_id"),
    "numbers by key, all different": lambda size: [{"account_id": number} for number in range(10**7, 10**7 + size // 20)],
    "one value in many texts": lambda size: [{"email": "ana.ruiz@corp.io"}, *(["write to ana.ruiz@corp.io, Ana"] * (size // 30))],
}
