"""Digits: numbers that can be told from real ones by check digits of ours, and the laying of digits over the shape of a value.

A checked number begins with 9, so that it is a valid JSON number, and ends in check digits computed from the rest. Of real numbers of 7
digits one in 10,000 looks like it, of 10 digits one in a million. A shorter number would be mistaken too often, and grows to 7 digits.
"""

import re
from operator import add
from zlib import crc32

from agentlog.privacy.forms.draw import Draw

SHORTEST = 7
LONGEST = 40
_CHECKS = {7: 3, 8: 4, 9: 4, 10: 5, 11: 5}
_GROWS = 4
"""After so many attempts at one length, a number gets a digit more."""
_NOT_KEPT = re.compile(r"[^A-Za-z0-9 ()+./_:#,-]")
_PLACE = re.compile("[A-Za-z0-9]")
_NO_DIGITS = bytes(code for code in range(256) if not ord("0") <= code <= ord("9"))


def digits_of(text: str) -> str:
    """The ASCII digits of a text."""
    return text.encode("ascii", "ignore").translate(None, _NO_DIGITS).decode()


def checked(draw: Draw, value: str, attempt: int, length: int) -> str:
    """A number with check digits, of that length if there is room."""
    length = min(max(length, SHORTEST), LONGEST) + attempt // _GROWS
    checks = _checks(length)
    # 19 digits must stay within 64 bits.
    begin = "90" if length >= 19 else "9"
    body = begin + decimals(draw.number("digits", value, attempt), length - len(begin) - checks)
    return body + check(body, checks)


def is_checked(digits: str) -> bool:
    """Whether digits are such a number."""
    if len(digits) < SHORTEST or digits[0] != "9":
        return False
    checks = _checks(len(digits))
    return check(digits[:-checks], checks) == digits[-checks:]


def check(text: str, number: int) -> str:
    """So many check digits of a text."""
    return decimals(crc32(text.encode()), number)


def decimals(number: int, length: int) -> str:
    """The last digits of a number, so many."""
    return str(number % 10**length).zfill(length) if length > 0 else ""


def laid(stream: str, shape: str) -> str:
    """A stream of characters in the places of the letters and digits of a shape; what is left over follows at the end.

    Of the shape, only characters stay that need no escape in JSON, code or a shell's quotes.
    """
    parts = _PLACE.split(_NOT_KEPT.sub("", shape))
    places = len(parts) - 1
    chars = [*stream[:places], *[""] * (places - len(stream))]
    return (parts[0] + "".join(map(add, chars, parts[1:])) + stream[places:]).strip()


def _checks(length: int) -> int:
    return _CHECKS.get(length, 6 if length < 16 else 8)
