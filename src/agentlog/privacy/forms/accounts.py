"""Accounts: ids of accounts, customers, orders and payments, whatever their shape.

Generic words at the beginning ("credit_card_", "cust-") stay, since they name nobody. What follows keeps its length: digits become a
checked number, an UUID one that begins with a group of zeros, anything else begins with the mark "zux" and ends in a check character. Of
real ids none but one in a million looks like the last kind.
"""

import re
from zlib import crc32

from agentlog.privacy.forms import words
from agentlog.privacy.forms.digits import checked, digits_of, is_checked, laid
from agentlog.privacy.forms.draw import Draw, stretched

_KEPT = "|".join(map(re.escape, sorted(words.GENERIC | words.UNITS, key=lambda word: (-len(word), word))))
_GENERIC = re.compile(rf"(?:(?:{_KEPT})(?:[ _.:#/-]+|(?=[0-9])))+", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_FAKE_UUID = re.compile(r"00000000-0000-4000-8000-[0-9a-fA-F]{12}")
_NUMBER = re.compile(r"[0-9][0-9 ._/-]*")
_SHAPED = re.compile(r"[A-Za-z0-9 ()+./_:#,-]+")
_NO_SIGN = re.compile("[^A-Za-z0-9]+")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_TO_ALPHABET = bytes(ord(_ALPHABET[code % 36]) for code in range(256))
_SHORTEST = 6
_LONGEST = 80
_GROWS = 4


def account(draw: Draw, value: str, attempt: int) -> str:
    """The stand-in for an id."""
    value = words.plain(value)
    if is_uuid(value):
        return uuid(draw, value, attempt)
    generic = _GENERIC.match(value)
    kept = generic[0] if generic else ""
    rest = value[len(kept) :][:_LONGEST]
    if _NUMBER.fullmatch(rest):
        return kept + laid(checked(draw, value, attempt, len(digits_of(rest))), rest)
    if kept[-1:].isalpha() or not rest:
        kept, rest = "", value[:_LONGEST]
    return kept + marked(draw, value, rest, attempt)


def is_numbered(value: str) -> bool:
    """Whether a value is a number behind generic words, as in "Suite 217"."""
    generic = _GENERIC.match(value)
    return _NUMBER.fullmatch(value, generic.end() if generic else 0) is not None


def marked(draw: Draw, value: str, shape: str, attempt: int) -> str:
    """Letters and digits over a shape: mark, chance, check character."""
    length = max(sum(char.isascii() and char.isalnum() for char in shape), _SHORTEST) + attempt // _GROWS
    chance = stretched(draw.seed("account", value, attempt), length - len(words.MARK) - _checks(length)).translate(_TO_ALPHABET).decode()
    stream = words.MARK + chance
    stream += _check(stream, _checks(length))
    return laid(stream.upper() if shape.isupper() else stream, shape).strip()


def uuid(draw: Draw, value: str, attempt: int) -> str:
    """An UUID that is plainly none."""
    fake = "00000000-0000-4000-8000-" + draw.seed("uuid", value, attempt)[:6].hex()
    return fake.upper() if value.isupper() else fake


def is_uuid(value: str) -> bool:
    """Whether a value has the shape of an UUID."""
    return _UUID.fullmatch(value) is not None


def fits(text: str) -> bool:
    """Whether a text is an id of ours: without its generic words a checked number, a marked text or such an UUID."""
    if len(text) > 2 * _LONGEST or not _SHAPED.fullmatch(text):
        return False
    if _FAKE_UUID.fullmatch(text):
        return True
    generic = _GENERIC.match(text)
    rest = text[generic.end() :] if generic else text
    if _NUMBER.fullmatch(rest):
        return is_checked(digits_of(rest))
    stream = _NO_SIGN.sub("", rest)
    if not (stream.islower() or stream.isupper()):
        return False
    stream = stream.lower()
    checks = _checks(len(stream))
    return stream.startswith(words.MARK) and len(stream) >= _SHORTEST and _check(stream[:-checks], checks) == stream[-checks:]


def _checks(length: int) -> int:
    return 1 if length < 10 else 2


def _check(stream: str, number: int) -> str:
    value = crc32(stream.encode())
    return _ALPHABET[value % 36] + (_ALPHABET[value // 36 % 36] if number > 1 else "")
