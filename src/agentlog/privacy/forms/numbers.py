"""Numbers: cards, bank accounts, social security and other national ids, and postal codes.

A card begins with 9999, which no issuer has, and fails Luhn's check. An IBAN keeps its country, has the check digits 00, which none can
have, and four zeros or X after them; where 00 would be right all the same, another is taken. A social security number begins with 000,
which is never given; without separators, so that it stays a number, with 666, never given either, and has check digits. A postal code lies
in 99951 to 99999, or begins with four zeros or a Z. Other ids have X for every letter and a checked number for the digits.
"""

import re

from agentlog.privacy.forms import accounts
from agentlog.privacy.forms.check_digits import luhn_digit, passes_97, passes_luhn
from agentlog.privacy.forms.digits import LONGEST, SHORTEST, check, checked, decimals, digits_of, is_checked, laid
from agentlog.privacy.forms.draw import Draw

_LETTER = re.compile("[A-Za-z]")
_CARD = re.compile(r"9999(?:[ -]?[0-9]){8,15}")
_IBAN = re.compile(r"(?:[A-Z]{2}00|[a-z]{2}00)[ -]?[0Xx]{4}(?:[ -]?[0-9A-Za-z]){7,26}")
_SSN = re.compile(r"000([ .-])[0-9]{2}\1[0-9]{4}|666[0-9]{6}")
_ID = re.compile(r"[Xx0-9][Xx0-9 ./_-]*")
_ZIP = re.compile(
    r"(?:999(?:5[1-9]|[6-9][0-9])|0000(?:[1-9]|[0-9]{5,7}))(?:-[0-9]{4})?"
    "|Z[A-Z]?[0-9][A-Z0-9]? ?[0-9][A-Z]{2}|Z[0-9][A-Z][ -]?[0-9][A-Z][0-9]",
    re.IGNORECASE,
)
_BRITISH = re.compile("([A-Z]{1,2})([0-9][A-Z0-9]?) ?([0-9][A-Z]{2})", re.IGNORECASE)
_CANADIAN = re.compile("([A-Z])([0-9][A-Z][ -]?[0-9][A-Z][0-9])", re.IGNORECASE)
_GERMAN = frozenset({99955, 99958, 99974, 99976, 99986, 99988, 99991, 99994, 99996, 99998})
_ZIPS = [str(code) for code in range(99951, 100_000) if code not in _GERMAN]
"""Neither the United States nor Germany has given these."""
_PROBES = 12
_CROWDED = 4
_NOT_IN_CARDS = re.compile("[^0-9 -]+")
_NOT_IN_IBANS = re.compile("[^A-Za-z0-9 -]+")
_SIGNS = re.compile("[ -]+")
_DIGITS_AND_LETTERS = ("0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
_LIKE = {char: bytes(ord(kind[byte % len(kind)]) for byte in range(256)).decode() for kind in _DIGITS_AND_LETTERS for char in kind}
"""For each digit and letter, a character of the same kind for each of 256 bytes."""


def card(draw: Draw, value: str, attempt: int) -> str:
    """A card number of the same length and grouping."""
    length = len(digits_of(value))
    if not 12 <= length <= 19:
        return accounts.account(draw, value, attempt)
    body = "9999" + decimals(draw.number("card", value, attempt), length - 5)
    made = body + str((luhn_digit(body) + 1 + attempt % 9) % 10)
    return made if length == len(value) else laid(made, _NOT_IN_CARDS.sub("", value).strip(" -"))


def iban(draw: Draw, value: str, attempt: int) -> str:
    """An IBAN of the same country, length, grouping and case."""
    shape = _NOT_IN_IBANS.sub("", value)
    stream = _SIGNS.sub("", shape)
    if not (15 <= len(stream) <= 34 and re.match("[A-Z]{2}|[a-z]{2}", stream)):
        return accounts.account(draw, value, attempt)
    marks = "".join("0" if char.isdigit() else _cased("X", char) for char in stream[4:8])
    made = stream[:2] + "00" + marks + "".join(map(_like, stream[8:], draw.seed("iban", value, attempt)))
    if passes_97(made.upper()):
        made = made[:-1] + _like(made[-1], int(made[-1], 36) + 1 - 10 * made[-1].isalpha())
    return made if len(made) == len(shape) else laid(made, shape)


def ssn(draw: Draw, value: str, attempt: int) -> str:
    """A United States social security number."""
    digits, number = digits_of(value), draw.number("ssn", value, attempt)
    if len(digits) != 9 or attempt >= _PROBES:
        return checked(draw, value, attempt, len(digits))
    if digits == value:
        body = "666" + decimals(number, 4)
        return body + check(body, 2)
    sign = "." if "." in value else " " if " " in value and "-" not in value else "-"
    return f"000{sign}{decimals(number, 2)}{sign}{decimals(number >> 32, 4)}"


def zip_code(draw: Draw, value: str, attempt: int) -> str:
    """A postal code of the same shape."""
    number = draw.number("zip", value)
    if found := _BRITISH.fullmatch(value):
        made = "Z" * len(found[1]) + "".join(
            _like(char, byte) for char, byte in zip(value[len(found[1]) :], draw.seed("zip", value, attempt), strict=False)
        )
        return made.lower() if value.islower() else made
    if found := _CANADIAN.fullmatch(value):
        return _cased("Z", value[0]) + "".join(
            _like(char, byte) for char, byte in zip(found[2], draw.seed("zip", value, attempt), strict=False)
        )
    tail = f"-{1000 + draw.number('zip+4', value) % 9000}" if re.fullmatch("[0-9]{5}-[0-9]{4}", value) else ""
    if value[:1] == "0" and value[:5].isdigit():
        if attempt < _CROWDED:
            return f"0000{1 + number % 9}{tail}"
        body = "0000" + decimals(draw.number("zip", value, attempt), 3 + attempt // 64)
        return body + check(body, 2)
    if attempt < _PROBES:
        return _ZIPS[(number + attempt) % len(_ZIPS)] + tail if re.match("[0-9]{5}(-|$)", value) else national_id(draw, value, attempt)
    return checked(draw, value, attempt, 9)


def national_id(draw: Draw, value: str, attempt: int) -> str:
    """Any other id: its shape, with X for letters."""
    value = value[:LONGEST]
    digits = digits_of(value)
    if len(digits) < SHORTEST or not re.fullmatch(r"[A-Za-z0-9 ./_-]+", value):
        return accounts.account(draw, value, attempt)
    supply = iter(checked(draw, value, attempt, len(digits)))
    made = "".join(next(supply) if char.isdigit() else _cased("X", char) if char.isalpha() else char for char in value)
    return (made + "".join(supply)).strip(" ./_-")


def fits(text: str) -> bool:
    """Whether a text is one of these numbers of ours."""
    if len(text) > 160:
        return False
    if _CARD.fullmatch(text):
        digits = digits_of(text)
        return not passes_luhn(digits)
    if _SSN.fullmatch(text):
        return text[0] == "0" or check(text[:7], 2) == text[7:]
    if _ID.fullmatch(text) and is_checked(digits_of(text)):
        return True
    if _ZIP.fullmatch(text):
        return text[:4] != "0000" or len(text) < 9 or "-" in text or check(text[:-2], 2) == text[-2:]
    return _IBAN.fullmatch(text) is not None and not passes_97(_SIGNS.sub("", text).upper())


def _like(char: str, byte: int) -> str:
    """A character of the same kind."""
    return _LIKE[char][byte] if char in _LIKE else char


def _cased(letter: str, like: str) -> str:
    return letter.lower() if like.islower() else letter
