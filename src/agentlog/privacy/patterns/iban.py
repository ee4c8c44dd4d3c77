"""IBAN: bank accounts by ISO 13616: a country, two check digits, and as many characters as that country's accounts have.

They are read in either case, in one piece or in groups. The length comes from the register of SWIFT, and the remainder by 97 is
arithmetic; of what passes both, which chance does not in a hundred tries, the country's format is Presidio's to judge. An account that is
called an IBAN right before is taken at its country's length though its check fails.
"""

import re
from collections.abc import Iterator

from agentlog.privacy.forms.check_digits import passes_97
from agentlog.privacy.forms.digits import digits_of
from agentlog.privacy.patterns.judges import passes
from agentlog.privacy.recogniser import Span
from agentlog.privacy.text import Text

NAME = "iban"
_REGISTER = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18
FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27
MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27
SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30
"""
LENGTHS = {part[:2]: int(part[2:]) for part in _REGISTER.split()}
"""How many characters an account of a country has, by the IBAN register of SWIFT."""
_START = re.compile(rb"00(?<=[fa][fa]00)(?<![0fa][fa][fa]00)(?=(?:[ \-]?[0fa]){11})")
_WIDEST = re.compile(r"[A-Za-z]{2}\d\d(?:[ -]?[A-Za-z0-9]){11,29}+")
_SAID = re.compile(r"(?i)\biban\b.{0,16}$")
_LEAST_DIGITS = 6


def find(text: Text, shape: bytes) -> Iterator[Span]:
    """The accounts in a text."""
    last = -1
    for start in _START.finditer(shape):
        begin = start.start() - 2
        found = _WIDEST.match(text.view, begin)
        if found is None:
            continue
        end = _end(found[0])
        if end is None:
            continue
        value, after = found[0][:end], text.view[begin + end : begin + end + 1]
        between = text.view[max(begin - 3, 0) : begin]
        # A slash belongs to Base64, unless it stands behind another account.
        if after.isalnum() or after == "_" or (between[-1:] in ("_", "/", "+", ".") and between != "..." and last != begin - 1):
            continue
        if score := _score(text.view[max(begin - 24, 0) : begin], value):
            last = begin + end
            yield Span(begin, last, "IBAN_CODE", NAME, score)


def _end(text: str) -> int | None:
    """Where the account ends, by the length that its country's accounts have."""
    length = LENGTHS.get(text[:2].upper())
    if length is None:
        return None
    if text.isalnum():
        return length if len(text) >= length else None
    for place, char in enumerate(text):
        if char not in " -":
            length -= 1
        if length == 0:
            return place + 1
    return None


def _score(before: str, value: str) -> float:
    account = value.replace(" ", "").replace("-", "").upper()
    if len(digits_of(account)) < _LEAST_DIGITS or not (value.isupper() or value.islower()):
        return 0.0
    if passes_97(account) and passes("IbanRecognizer", account):
        return 1.0
    return 0.6 if _SAID.search(before) else 0.0
