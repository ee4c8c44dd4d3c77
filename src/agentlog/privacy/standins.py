"""Stand-ins: what is put in the place of a private value. They keep its type and its syntax, and can be told from real values.

A stand-in is drawn by an HMAC over the build's secret, the scope (usually a session) and the value: the same value has the same stand-in
throughout a scope, two values never share one, nobody without the secret can link scopes or guess values, and no second pass takes a
stand-in for a real value. It holds no character that needs an escape in JSON, in code or in a shell's quotes, unless the value has line
breaks that stay. How each kind looks is told at the top of its module in ``forms``. In short: e-mail user-0011aabb@example.com, addresses
of machines in the ranges for documentation, telephone numbers 555-0100 to 555-0199 or with zeros after the country's code, cards 9999...,
social security numbers 000-12-3456, IBANs with the check digits 00, birth dates of 1800 to 1907, made-up words in "zux" for names, logins
and places, check digits in other numbers, and the marks EXAMPLE, example and deadbeef in secrets.
"""

import re
from collections.abc import Callable
from itertools import count

from agentlog.privacy.forms import accounts, dates, keys, networks, numbers, phones, words
from agentlog.privacy.forms.digits import checked, decimals, digits_of, is_checked
from agentlog.privacy.forms.draw import Draw
from agentlog.privacy.forms.in_text import reduced

__all__ = ["StandIns", "is_stand_in", "reduced"]

Maker = Callable[[Draw, str, int], str]

_PATIENCE = 40
"""Attempts in the form of the entity; then a plainer one, of which there are enough."""
_REDRAWN = frozenset({"IP_ADDRESS", "MAC_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD", "US_SSN", "ZIP_CODE", "ACCOUNT_ID"})
"""Entities of which each attempt is as good as the first, only in a wider range after some."""
_TAKEN, _STRIKES = 4, 2
"""Where so many attempts were taken for some values in a row, those that come after need not try them."""
_LONGEST = 320
_DIGIT = re.compile("[0-9]")
_LEADING_NUMBER = re.compile("[0-9]{1,6}")


def _username(draw: Draw, value: str, attempt: int) -> str:
    if "@" in value:
        return networks.email(draw, value, attempt)
    return words.login(draw, value, attempt) if 0 < words.new_words(value) <= 4 else accounts.account(draw, value, attempt)


def _named(draw: Draw, value: str, attempt: int) -> str:
    return words.person(draw, value, attempt) if any(map(str.isalpha, value)) else _anything(draw, value, attempt)


def _line_of_address(draw: Draw, value: str, attempt: int) -> str:
    if accounts.is_numbered(value):
        return accounts.account(draw, value, attempt)
    made = words.place(draw, value, attempt)
    number = _LEADING_NUMBER.match(value)
    # Where every word was a generic one, as in "12 North Street", the number went with them.
    return made if not number or _DIGIT.search(made) else f"1{decimals(draw.number('house', value), len(number[0]) - 1)} {made}"


def _birth_date(draw: Draw, value: str, attempt: int) -> str:
    return dates.date(draw, value, attempt) or _anything(draw, value, attempt)


def _anything(draw: Draw, value: str, attempt: int) -> str:
    return _username(draw, value, attempt) if any(map(str.isalnum, value)) else words.login(draw, value, attempt)


_MAKERS: dict[str, Maker] = {
    "EMAIL_ADDRESS": networks.email,
    "IP_ADDRESS": networks.ip,
    "MAC_ADDRESS": networks.mac,
    "PHONE_NUMBER": phones.phone,
    "CREDIT_CARD": numbers.card,
    "IBAN_CODE": numbers.iban,
    "US_SSN": numbers.ssn,
    "ZIP_CODE": numbers.zip_code,
    "CRYPTO": keys.coin,
    "SECRET": keys.secret,
    "DATE_OF_BIRTH": _birth_date,
    "USERNAME": _username,
    "ACCOUNT_ID": accounts.account,
    "ADDRESS": _line_of_address,
    **dict.fromkeys(("PERSON", "LOCATION", "ORGANIZATION", "NRP"), _named),
    "DENIED": _anything,
}
_MARK = re.compile("z[^a-z0-9]{0,3}u[^a-z0-9]{0,3}x")
"""The mark of made-up words and ids, which separators may stand in."""
_NATIONAL = re.compile("[A-Z]{2}_[A-Z_]+|MEDICAL_LICENSE")


class StandIns:
    """The stand-ins of one scope; remembers what it has given."""

    def __init__(self, scope: str, key: str) -> None:
        self._draw = Draw(key, scope)
        self._given: dict[tuple[str, str], str] = {}
        self._owners: dict[str, str] = {}
        self._crowded: dict[tuple[str, int], tuple[int, int]] = {}

    def of(self, entity: str, value: str) -> str:
        """The stand-in for a value of that entity, e.g. ``EMAIL_ADDRESS``."""
        given = self._given.get((entity, value))
        if given is None:
            given = self._given[entity, value] = self._made(entity, value)
        return given

    def _made(self, entity: str, value: str) -> str:
        maker = _MAKERS.get(entity) or (numbers.national_id if _NATIONAL.fullmatch(entity) else _anything)
        # Writings of one value may share; "MIA" and "Mia" have the same word in different case anyway.
        owner = words.folded(value)
        crowd = (entity, len(value)) if entity in _REDRAWN else None
        first, strikes = self._crowded.get(crowd, (0, 0)) if crowd else (0, 0)
        for attempt in count(first):
            made = maker(self._draw, value, attempt) if attempt < _PATIENCE else _plainer(self._draw, value, attempt)
            if made != value and self._owners.get(made, owner) == owner and is_stand_in(made):
                break
        if crowd and attempt - first >= _TAKEN and first + _TAKEN < _PATIENCE:
            self._crowded[crowd] = (first, strikes + 1) if strikes < _STRIKES else (first + _TAKEN, 0)
        elif strikes and crowd:
            self._crowded[crowd] = (first, 0)
        self._owners[made] = owner
        return made


def is_stand_in(text: str) -> bool:
    """Whether a text is plainly one of ours, or one of the vendors' own documented examples; takes time linear in its length."""
    low = text.lower() if len(text) <= _LONGEST else text
    if ("example" in low or "EXAMPLE" in text or "deadbeef" in low) and (keys.fits(text) or networks.fits_email(text)):
        return True
    if len(text) > _LONGEST:
        return False
    if "z" in low and ((_MARK.search(low) and (words.fits(text) or accounts.fits(text))) or (low[0] == "z" and numbers.fits(text))):
        return True
    digits = digits_of(text)
    return bool(digits) and _fits_number(text, digits)


def _fits_number(text: str, digits: str) -> bool:
    """What each kind cannot be without is looked at first: nearly all real values end there."""
    begin = digits[0]
    if begin == "9" and (digits.startswith("999") or is_checked(digits)):
        return numbers.fits(text) or phones.fits(text) or accounts.fits(text)
    if begin == "0" and "00" in digits and (numbers.fits(text) or networks.fits_machine(text) or phones.fits(text) or accounts.fits(text)):
        return True
    if ("55501" in digits or (text[0] in "+(" and "00" in digits)) and phones.fits(text):
        return True
    if digits.startswith(("192", "198", "203", "2001", "24", "25")) and networks.fits_machine(text):
        return True
    if (text[2:4] == "00" or digits.startswith("666")) and numbers.fits(text):
        return True
    return ("18" in digits or "190" in digits) and dates.fits(text)


def _plainer(draw: Draw, value: str, attempt: int) -> str:
    """Numbers stay numbers, since they may be so in JSON; all else becomes a word."""
    digits = digits_of(value)
    if digits == value and digits:
        return checked(draw, value, attempt, len(digits))
    return words.login(draw, "", attempt) + "-" + checked(draw, value, attempt, 8)
