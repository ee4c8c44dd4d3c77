"""Phones: telephone numbers that ring nowhere, in the format of the real one.

Numbers of the North American kind become 555-0100 to 555-0199 (reserved for fiction by NANPA), with any area code. After the code of
another country come two zeros, as in "+49 00 7261548", with which no country's numbers go on. A number with a leading zero begins with
three and ends in check digits; any other is a checked number. So is one of North America when those for fiction are used up, or it has
the two zeros.
"""

import re

from agentlog.privacy.forms.digits import SHORTEST, check, checked, decimals, digits_of, is_checked, laid
from agentlog.privacy.forms.draw import Draw
from agentlog.privacy.forms.words import plain

_EXTENSION = re.compile(r"[ ,;]*(?:extension|ext\.?|x|#)[ :=.]*([0-9]{1,7})$", re.IGNORECASE)
_FORMAT = re.compile(r"[+0-9(][0-9 ()./_+-]*")
_TWO_DIGIT_CODES_TEXT = """
20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95
98
"""
_TWO_DIGIT_CODES = frozenset(_TWO_DIGIT_CODES_TEXT.split())
_NORTH_AMERICAN = re.compile(r"(?:1|001|0111)?[2-9][0-9]{2}55501[0-9]{2}|55501[0-9]{2}")
_PREFIX = re.compile("(1|001|0111|)[2-9][0-9]{9}")
_ABROAD = re.compile("00[1-9]")
_LETTER = re.compile("[A-Za-z]")
_LONGEST = 30
_CHECKS = 3
_CROWDED = 8


def phone(draw: Draw, value: str, attempt: int) -> str:
    """The stand-in for a telephone number."""
    value = plain(value)[:_LONGEST]
    extension = _EXTENSION.search(value)
    shape = value[: extension.start()] if extension else value
    shape = shape.translate(_BLANKS)
    made = laid(_digits(draw, value, shape, attempt), shape).strip()
    if not extension:
        return made
    tail = extension[0].lstrip(",;")
    new = decimals(draw.number("extension", value, attempt), len(extension[1]))
    return made + tail[: len(tail) - len(new)] + new


def fits(text: str) -> bool:
    """Whether a text is a telephone number of ours."""
    if len(text) > 2 * _LONGEST:
        return False
    extension = _EXTENSION.search(text)
    number = text[: extension.start()] if extension else text
    if not _FORMAT.fullmatch(number):
        return False
    digits = digits_of(number)
    if _NORTH_AMERICAN.fullmatch(digits):
        return True
    if number.startswith(("+", "(+")):
        return rings_nowhere(digits)
    if digits.startswith("000"):
        return len(digits) >= SHORTEST + _CHECKS and check(digits[:-_CHECKS], _CHECKS) == digits[-_CHECKS:]
    return is_checked(digits) or (_ABROAD.match(digits) is not None and rings_nowhere(digits[2:]))


def _digits(draw: Draw, value: str, shape: str, attempt: int) -> str:
    """Vanity numbers have letters for digits, so places count, not digits alone."""
    digits = digits_of(_LETTER.sub("2", shape))
    length = len(digits)
    number = draw.number("phone", value, attempt)
    international = shape.lstrip(" (").startswith("+")
    found = _PREFIX.fullmatch(digits)
    if attempt < _CROWDED and length == 7 and digits == digits.lstrip("0") and not international:
        return "55501" + decimals(number, 2)
    if attempt < _CROWDED and found and (not international or found[1]):
        return found[1] + str(200 + number % 800) + "55501" + decimals(number >> 32, 2)
    if international or _ABROAD.match(digits):
        begin = digits if international else digits[2:]
        code = begin[: _code_length(begin)]
        kept = ("" if international else "00") + code + "00"
        return kept + decimals(number, max(length - len(kept), 5) + attempt // 8)
    if digits.startswith("0"):
        body = "000" + decimals(number, max(length - 3 - _CHECKS, 3) + attempt // 8)
        return body + check(body, _CHECKS)
    return checked(draw, value, attempt, length)


def rings_nowhere(digits: str) -> bool:
    """Whether there are two zeros behind the country's code with which digits begin."""
    code = _code_length(digits)
    return len(digits) >= code + 7 and digits[code : code + 2] == "00"


def _code_length(digits: str) -> int:
    """Of a country's code (ITU E.164)."""
    if digits[:1] in ("1", "7"):
        return 1
    return 2 if digits[:2] in _TWO_DIGIT_CODES else 3


_BLANKS = {
    0xA0: " ",
    0x202F: " ",
    0x2009: " ",
    0x2011: "-",
    0x2013: "-",
    0x2010: "-",
    0x2212: "-",
    9: " ",
    10: " ",
    13: " ",
    ord(","): " ",
    ord(":"): " ",
    ord("#"): " ",
}
