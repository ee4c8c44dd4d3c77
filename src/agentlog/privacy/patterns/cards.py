"""Payment cards: 12 to 19 digits in the ranges of ISO/IEC 7812 that card brands have, with the check digit of Luhn.

One number in ten has the right check digit, and one in four begins as a card does; so a bare run of digits must also stand free, under no
name of an id or a time. Where a word says that it is a card, the range may be unknown; where the number is also written in a card's
groups, or is of a brand and its length, the check digit may be wrong: a mistyped number is still somebody's.
"""

import re
from collections.abc import Iterator

from agentlog.privacy.patterns.judges import passes
from agentlog.privacy.patterns.shape import alone
from agentlog.privacy.recogniser import Span
from agentlog.privacy.text import Text

NAME = "cards"
_START = re.compile(rb"0000(?:00000000|[ .\-]000(?:0[ .\-]0000|000[ .\-]0000))")
_RUN = re.compile(r"\d{12,}+|(\d{4})([ .-])(?:\d{4}\2\d{4}(?:\2\d{4}(?:\2\d{1,3}(?!\d))?)?|\d{6}\2\d{4,5})(?!\d)")
_BRAND = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12,14}"
    r"|3[47]\d{13}|3(?:0[0-5]|095|[689]\d)\d{11}|(?:6011|64[4-9]\d|65\d\d)\d{12,15}|62\d{14,17}|35(?:2[89]|[3-8]\d)\d{12,15}"
    r"|(?:2131|1800)\d{11}|(?:5018|5020|5038|5[678]\d\d|6304|6390|67\d\d|0604)\d{8,15}|220[0-4]\d{12,15}|(?:60|81|82|508)\d{13,14}"
)
_USUAL = re.compile(
    r"4(?:\d{12}|\d{15})|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[0689]\d{12}|6(?:011|4[4-9]\d|5\d\d)\d{12}|35\d{14}|(?:2131|1800)\d{11}"
)
"""The brands and lengths that are met most; a bare number must be one of them."""
_IN_A_LIST = re.compile(r"(?:\d\s{0,2},|[\[({]|,)\s{0,12}-?$")
_LENGTH = 19
_WORDS = re.compile(
    r"(?i)\b(?:credit|debit|visa|master ?card|amex|american express|discover|diners|jcb|maestro|unionpay|kredit\w*|carte|tarjeta|carta)\b"
    r"|card|(?<![a-z])(?:cc|pan|cvv|cvc|exp|charged?|billed|pay|payment|paid|payer)(?![a-z])"
)
_SAID = re.compile(
    r"(?i)(?:card|visa|amex|tarjeta|carte|carta|karte)(?:[ _-]?(?:num(?:ber|mer|éro|ero)?|nr|no|#))?"
    r"[\s\"'\\:=#.-]{0,8}(?:(?:is|ist|es|est|è)\s)?$"
)
_OTHER = re.compile(
    r"(?i)(?:ids?|hash|time|timestamp|ts|seed|nonce|offset|ns|us|ms|version|checksum|digest|size|bytes|count|number|order|tracking|isbn|ean"
    r"|upc|imei|serial|run|build|rev|revision|range|int|long|uint64|int64|0x)[\"'\\]*\s*[:=#(\[]?\s*[\"'\\]*$"
)
_BEFORE = 60
_AFTER = 30


def find(text: Text, shape: bytes) -> Iterator[Span]:
    """The card numbers in a text."""
    place = 0
    while start := _START.search(shape, place):
        begin = start.start()
        run = _RUN.match(text.view, begin)
        if run is None:
            place = start.end()
            continue
        found = _judged(text.view, run) if len(run[0]) <= _LENGTH + 4 else None
        if found:
            yield found
        # Groups that are no card may begin with another number.
        place = found.end if found else run.end() if run[2] is None else begin + 4


def _judged(view: str, run: re.Match[str]) -> Span | None:
    start = run.start()
    for end in _ends(run):
        if not alone(view, start, end):
            continue
        digits = "".join(filter(str.isdigit, view[start:end]))
        if len(set(digits)) < 2 or not 12 <= len(digits) <= _LENGTH:
            continue
        score = _score(view, start, end, digits, run[2] is not None)
        if score:
            return Span(start, end, "CREDIT_CARD", NAME, score)
    return None


def _ends(run: re.Match[str]) -> Iterator[int]:
    """Where the number may end: what looks like a last group may be the security code beside it."""
    yield run.end()
    if run[2] is not None and run[0].count(run[2]) > 3:
        yield run.start() + run[0].rindex(run[2])


def _score(view: str, start: int, end: int, digits: str, grouped: bool) -> float:
    before = view[max(start - _BEFORE, 0) : start]
    branded = _BRAND.fullmatch(digits) is not None
    spoken = _WORDS.search(before) or _WORDS.search(view[end : end + _AFTER])
    if not branded and not spoken:
        return 0.0
    if not grouped and not spoken and (_OTHER.search(before) or _IN_A_LIST.search(before) or not _USUAL.fullmatch(digits)):
        return 0.0
    if passes("CreditCardRecognizer", digits):
        return 1.0 if spoken or grouped else 0.8
    return 0.6 if branded and ((grouped and spoken) or _SAID.search(before)) else 0.0
