"""Leak forms: what the verifier takes for private in finished bytes. Its own rules, shared with no recogniser and no maker of stand-ins.

Every form is narrower than what the recognisers replace, since a false alarm refuses a clean dataset: a known prefix with its length, a
right checksum in a range that is issued, an address at a domain that is no example. So this finds what slipped through as a whole, a
field that was not walked or a recogniser that did not run, and is no second recogniser for what is hard to tell. Phone numbers, network
addresses, names and ids that are not known to the build are not looked for here.

An ``anchor`` is what is searched for in the bytes; a form looks at a few hundred bytes around it at most.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import orjson


class Form(NamedTuple):
    """One form: the anchors without which it finds nothing, and ``at(view, start, end)``: the private value there, if it is one."""

    entity: str
    why: str
    anchors: tuple[bytes, ...]
    at: Callable[[bytes, int, int], bytes | None]


_WORD = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") | frozenset(range(128, 256))
_LOCAL = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+-"
_DOMAIN = re.compile(rb"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,6}([A-Za-z]{2,14})(?![\w(\[@-]|\.\w)")
_TOP = frozenset(
    b"com org net edu gov mil int info biz name io co ai app dev cloud online shop site tech me tv us uk ca au nz ie de fr es it nl be ch"
    b" at se no dk fi pl cz pt gr ro hu bg hr ua ru tr il in cn jp kr sg hk tw th vn id ph my br mx ar cl pe za ng ke eg ae eu"
    b" internal local lan corp".split()
)
_RESERVED = re.compile(rb"(?i)(?:^|\.)(?:example\.(?:com|org|net|edu)|[\w-]+\.(?:test|invalid|example|localhost))$")
_IN_URL = re.compile(rb"(?:://[^\s/@]{0,60}|[$][\w.]{1,60})$")
_CUSTOMER = re.compile(rb"[a-z]{2,}[._][a-z]{2,}\d{2,}")
_NOBODY = re.compile(
    rb"(?i)git|hg|svn|no-?reply|do-?not-?reply|user-[0-9a-f]{8}|user(?:name)?\d?|test(?:er|ing)?\d?|foo|bar|baz|example|e?mail|name|your\W?name"
    rb"|your\W?e?mail|you|me|someone|nobody|admin|root|a|b|x"
)


def _is_mail(view: bytes, start: int, end: int) -> bytes | None:
    domain = _DOMAIN.match(view, end, end + 260)
    if domain is None or domain[1].lower() not in _TOP or view[domain.end() : domain.end() + 1] == b":":
        return None
    before = view[max(start - 65, 0) : start]
    if _IN_URL.search(before):
        return None
    outside = before.rstrip(_LOCAL)
    local = before[len(outside) :].lstrip(b".%+-_")
    if not local or len(local) > 64 or outside[-1:] >= b"\x80" or _NOBODY.fullmatch(local):
        return None
    if _RESERVED.search(domain[0]) and not _CUSTOMER.fullmatch(local):
        return None
    return local + view[start : domain.end()]


_FAKE = re.compile(rb"(?i)example|user-[0-9a-f]{8}|placeholder|redacted|dummy|sample|x{4}|\*{3}|\.{3}|0{8}|1234567|abcdef|deadbeef")


def _plainly_fake(value: bytes) -> bool:
    return _FAKE.search(value) is not None or len(set(value)) < 6


def _token(pattern: bytes) -> Callable[[bytes, int, int], bytes | None]:
    tail = re.compile(pattern)

    def at(view: bytes, start: int, end: int) -> bytes | None:
        if start and (view[start - 1] in _WORD or view[start - 1] in b"-./+"):
            return None
        found = tail.match(view, end, end + 300)
        if found is None or _plainly_fake(found[0]):
            return None
        return view[start : found.end()]

    return at


_END = rb"(?![A-Za-z0-9_-])"
_TOKENS: tuple[tuple[str, tuple[bytes, ...], bytes], ...] = (
    ("anthropic", (b"sk-ant-api03-", b"sk-ant-admin01-", b"sk-ant-oat01-"), rb"[\w-]{24,}"),
    ("openai", (b"sk-proj-", b"sk-svcacct-", b"sk-admin-"), rb"[\w-]{32,}"),
    ("github", (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"), rb"[A-Za-z0-9]{36}" + _END),
    ("github", (b"github_pat_",), rb"[A-Za-z0-9]{22}_[A-Za-z0-9]{40,}"),
    ("gitlab", (b"glpat-",), rb"[\w-]{20,}"),
    ("aws", (b"AKIA", b"ASIA"), rb"(?=[A-Z]*[0-9])[A-Z0-9]{16}" + _END),
    ("google", (b"AIza",), rb"[\w-]{35}" + _END),
    ("google", (b"GOCSPX-",), rb"[\w-]{28}" + _END),
    ("slack", (b"xoxb-", b"xoxp-", b"xoxa-", b"xoxs-"), rb"\d{8,}-[\w-]{20,}"),
    ("slack", (b"//hooks.slack.com/services/",), rb"T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,}"),
    ("stripe", (b"sk_live_", b"rk_live_"), rb"[A-Za-z0-9]{24,}"),
    ("npm", (b"npm_",), rb"[A-Za-z0-9]{36}" + _END),
    ("pypi", (b"pypi-AgEI",), rb"[\w-]{50,}"),
    ("hugging-face", (b"hf_",), rb"[A-Za-z]{34}" + _END),
    ("sendgrid", (b"SG.",), rb"[\w-]{22}\.[\w-]{43}" + _END),
    ("digitalocean", (b"dop_v1_",), rb"[a-f0-9]{64}" + _END),
    ("shopify", (b"shpat_", b"shpss_"), rb"[a-fA-F0-9]{32}" + _END),
    ("docker", (b"dckr_pat_",), rb"[\w-]{27}" + _END),
    ("linear", (b"lin_api_",), rb"[A-Za-z0-9]{40}" + _END),
    ("age", (b"AGE-SECRET-KEY-1",), rb"[A-Z0-9]{58}" + _END),
)

_JWT = re.compile(rb"([\w-]{10,400})\.eyJ[\w-]{10,4000}\.[\w-]{16,}")


def _is_jwt(view: bytes, start: int, end: int) -> bytes | None:
    found = None if start and view[start - 1] in _WORD else _JWT.match(view, end)
    if found is None or b"EXAMPLE" in found[0].upper():
        return None
    head = b"eyJ" + found[1]
    try:
        said = orjson.loads(base64.urlsafe_b64decode(head + b"=" * (-len(head) % 4)))
    except (binascii.Error, orjson.JSONDecodeError):
        return None
    return view[start : found.end()] if isinstance(said, dict) and "alg" in said else None


_KEY_TITLE = re.compile(rb"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_BODY = re.compile(rb"[A-Za-z0-9+/]{40}")


def _is_key_block(view: bytes, start: int, end: int) -> bytes | None:
    title = _KEY_TITLE.match(view, end)
    body = view[title.end() : title.end() + 400] if title else b""
    return view[start:end] if _KEY_BODY.search(body) and b"EXAMPLE" not in body.upper() else None


_USER_INFO = re.compile(rb"[^\s:/@\"'<>\\{}$()]{1,64}:([^\s:/@\"'<>\\{}$()%]{6,100})@[A-Za-z0-9][\w.-]{2,}")


def _is_url_password(view: bytes, start: int, end: int) -> bytes | None:
    found = _USER_INFO.match(view, end, end + 300)
    return found[1] if found and _is_password(found[1]) else None


_VALUE = re.compile(rb"""["']\s{0,4}:\s{0,4}(["'])((?:Bearer )?[^\s"'\\]{8,300})\1""")
_REFERENCE = re.compile(
    rb"(?i)[$<{}()\[\]]|://|^[~/.]|^(?:your|my|os\.|env|process\.|arn:|vault:|ref:|sha\d+[:-])|^[A-Z][A-Z0-9]*_[A-Z0-9_]+$"
)
_ORDINARY = re.compile(rb"(?i)passw|secret|token|key|test|foo|qwert|chang|admin|1234")


def _is_telling(view: bytes, start: int, end: int) -> bytes | None:
    found = _VALUE.match(view, end, end + 400)
    value = found[2].removeprefix(b"Bearer ") if found else b""
    return value if len(value) >= 8 and _is_password(value) and not _REFERENCE.search(value) else None


def _is_password(value: bytes) -> bool:
    """Letters and digits, and nothing that a person would write as an example."""
    mixed = re.search(rb"\d", value) and re.search(rb"[A-Za-z]", value)
    return bool(mixed) and not _plainly_fake(value) and not _ORDINARY.search(value)


_TELLING = tuple(
    b"password passwd passphrase client_secret secret_key api_key apikey access_token refresh_token auth_token private_key"
    b" secret_access_key authorization Authorization clientSecret apiKey accessToken refreshToken secretAccessKey".split()
)

ANCHORED: tuple[Form, ...] = (
    Form("EMAIL_ADDRESS", "an e-mail address", (b"@", b"%40"), _is_mail),
    *(Form("SECRET", f"a token of {vendor}'s form", anchors, _token(tail)) for vendor, anchors, tail in _TOKENS),
    Form("SECRET", "a JSON web token", (b"eyJ",), _is_jwt),
    Form("SECRET", "a private key", (b"-----BEGIN ",), _is_key_block),
    Form("SECRET", "a password in a URL", (b"://",), _is_url_password),
    Form("SECRET", "a value under a key that says it is secret", _TELLING, _is_telling),
)

_SHAPES = bytes(48 if chr(code).isdigit() else 65 if 65 <= code <= 90 else code for code in range(128)) + bytes(range(128, 256))
_CARD_SHAPES = (b"0000 0000 0000 0000", b"0000-0000-0000-0000", b"0000 000000 00000", b"0000-000000-00000", b"0" * 13)
_SSN_SHAPE = b"000-00-0000"
_DIGITS = re.compile(rb"[\d -]{13,23}")
_SAYS_CARD = re.compile(rb"(?i)card|visa|mastercard|amex|discover|diners|credit|debit")
_ISSUED = re.compile(
    rb"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}"
    rb"|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}"
)
_IBAN_LENGTHS = {
    country: length
    for length, countries in (
        (15, b"NO"),
        (18, b"DK FI NL"),
        (19, b"SI"),
        (20, b"AT EE LT LU"),
        (21, b"CH HR LI LV"),
        (22, b"BG DE GB IE"),
        (23, b"AE IL"),
        (24, b"CZ ES RO SA SE SK"),
        (25, b"PT"),
        (26, b"IS TR"),
        (27, b"FR GR IT MC SM"),
        (28, b"CY HU PL"),
        (31, b"MT"),
        (16, b"BE"),
    )
    for country in countries.split()
}
_NOBODYS_SSN = frozenset((b"078-05-1120", b"219-09-9999", b"123-45-6789", b"111-11-1111"))


def numbers(view: bytes) -> Iterator[tuple[int, bytes, str, str]]:
    """Cards, social-security numbers and IBANs in a view: place, value, entity and why."""
    shapes = view.translate(_SHAPES)
    for shape in _CARD_SHAPES:
        for start in _places(shapes, shape):
            value = _card(view, start, len(shape))
            if value:
                yield start, value, "CREDIT_CARD", "a card number"
    for start in _places(shapes, _SSN_SHAPE):
        value = view[start : start + 11]
        if _alone(view, start, start + 11) and _is_ssn(value):
            yield start, value, "US_SSN", "a social-security number"
    for start in _places(shapes, b"AA00"):
        length = _IBAN_LENGTHS.get(view[start : start + 2])
        value = _iban(view, start, length) if length else b""
        if value:
            yield start, value, "IBAN_CODE", "an IBAN"


def _places(shapes: bytes, shape: bytes) -> Iterator[int]:
    """Where a shape begins; within one run, once."""
    start = shapes.find(shape)
    while start >= 0:
        yield start
        end = start + len(shape)
        if shape[-1:] == b"0":
            while shapes[end : end + 1] == b"0":
                end += 1
        start = shapes.find(shape, end)


def _alone(view: bytes, start: int, end: int) -> bool:
    before, after = view[start - 1 : start] if start else b" ", view[end : end + 1] or b" "
    glue = b"-_/+=.#&%"
    if after == b"." and (view[end + 1 : end + 2] or b" ") in (b" ", b"\n", b'"', b"'", b"\\"):
        after = b" "
    return not (before[0] in _WORD or after[0] in _WORD or before in glue or after in glue)


def _card(view: bytes, start: int, least: int) -> bytes:
    found = _DIGITS.match(view, start, start + max(least, 19))
    value = found[0].rstrip(b" -") if found else b""
    digits = value.replace(b" ", b"").replace(b"-", b"")
    if not _ISSUED.fullmatch(digits) or not _luhn(digits) or not _alone(view, start, start + len(value)):
        return b""
    # One bare number in ten has a right check digit by chance.
    bare = digits == value
    return value if not bare or _SAYS_CARD.search(view, max(start - 40, 0), start) else b""


def _luhn(digits: bytes) -> bool:
    doubled = (sum(divmod(2 * (digit - 48), 10)) for digit in digits[-2::-2])
    return (sum(digit - 48 for digit in digits[-1::-2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 2


def _is_ssn(value: bytes) -> bool:
    area, group, serial = value.split(b"-")
    return value not in _NOBODYS_SSN and area not in (b"000", b"666") and area < b"900" and group != b"00" and serial != b"0000"


def _iban(view: bytes, start: int, length: int) -> bytes:
    written = view[start : start + length + 10]
    digits = written.replace(b" ", b"")[:length]
    if len(digits) < length or not digits.isalnum() or not digits.isupper():
        return b""
    end, seen = start, 0
    while seen < length:
        seen += view[end : end + 1] != b" "
        end += 1
    before = view[start - 1 : start] if start else b" "
    after = view[end : end + 1] or b" "
    if before[0] in _WORD or after[0] in _WORD or before in b"+/=" or after in b"+/=":
        return b""
    # Check digits are 02 to 98; 00 would fit where 97 does.
    if not b"02" <= digits[2:4] <= b"98":
        return b""
    number = "".join(str(int(chr(char), 36)) for char in digits[4:] + digits[:4])
    return view[start:end] if int(number) % 97 == 1 else b""
