"""Payment cards: 12 to 19 digits in the ranges of ISO/IEC 7812 that card brands have, with the check digit of Luhn.

One number in ten has the right check digit, and one in four begins as a card does; so a bare run of digits must also stand free, under no
name of an id or a time. Where a word says that it is a card, the range may be unknown; where the number is also written in a card's
groups, or is of a brand and its length, the check digit may be wrong: a mistyped number is still somebody's.

Nothing of this needs Presidio's judgement: ranges and Luhn's sum are arithmetic, which takes a hundredth of the time here. The numbers that
brands and payment services document for tests (``4111 1111 1111 1111`` and its kin) go like any other: they have the form of a card in all
points, and a stand-in serves a test as well.
"""

import re
from collections.abc import Iterator

from agentlog.privacy.forms.check_digits import passes_luhn
from agentlog.privacy.forms.digits import digits_of
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
_IN_A_LIST = re.compile(r"-?\s{1,12},(?P<other>\d{1,20})|-\s{0,12}[\[({]")
_LIST_GOES_ON = re.compile(r",\s{1,12}-?(?P<other>\d{1,20})")
"""Lists of numbers in code have blanks behind their commas; rows of a table have none. The first is matched against what stands before,
read backwards."""
_LENGTH = 19
_WORDS = re.compile(
    r"card|kredit|(?<![a-z])(?:credit|debit|visa|master ?card|amex|american express|discover|diners|jcb|maestro|unionpay|tarjeta|carta"
    r"|carte|cc|pan|cvv|cvc|exp|charged?|billed|pay|payment|paid|payer)(?![a-z])"
)
"""What says that a number is a card's; matched in lower case."""
_SAID = re.compile(
    r"(?:card|visa|amex|tarjeta|carte|carta|karte)(?:[ _-]?(?:num(?:ber|mer|éro|ero)?|nr|no|#))?"
    r"[\s\"'\\:=#.-]{0,8}(?:(?:is|ist|es|est|è)\s)?$"
)
_OTHER_TEXT = (
    "ids|id|hash|time|timestamp|ts|seed|nonce|offset|ns|us|ms|version|checksum|digest|size|bytes|count|number|order|tracking|isbn|ean|upc|imei"
    "|serial|run|build|rev|revision|range|int|long|uint64|int64|0x"
)
_OTHER = re.compile(rf"[\"'\\]{{0,4}}\s{{0,4}}[:=#(\[]?\s{{0,4}}[\"'\\]{{0,4}}(?:{_OTHER_TEXT[::-1]})")
"""What says that it is another thing; matched against what stands before, read backwards."""
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
        found = _judged(text, run) if len(run[0]) <= _LENGTH + 4 else None
        if found:
            yield found
        # Groups that are no card may begin with another number.
        place = found.end if found else run.end() if run[2] is None else begin + 4


def _judged(text: Text, run: re.Match[str]) -> Span | None:
    start = run.start()
    for end in _ends(run):
        digits = digits_of(text.view[start:end])
        if len(set(digits)) < 2 or not 12 <= len(digits) <= _LENGTH or not alone(text.view, start, end):
            continue
        score = _score(text, start, end, digits, run[2])
        if score:
            return Span(start, end, "CREDIT_CARD", NAME, score)
    return None


def _ends(run: re.Match[str]) -> Iterator[int]:
    """Where the number may end: what looks like a last group may be the security code beside it."""
    yield run.end()
    if run[2] is not None and run[0].count(run[2]) > 3:
        yield run.start() + run[0].rindex(run[2])


def _score(text: Text, start: int, end: int, digits: str, mark: str | None) -> float:
    """How surely it is a card. What costs least is asked first: of a thousand numbers none may be one."""
    branded, right = _BRAND.fullmatch(digits) is not None, passes_luhn(digits)
    if not branded and (not right or digits.startswith("00")):
        return 0.0
    before = text.low[max(start - _BEFORE, 0) : start]
    if right:
        formed = branded and (mark is not None or (_USUAL.fullmatch(digits) and not _is_another_thing(text, before, end)))
        return 1.0 if formed or _is_spoken_of(text, before, end) else 0.0
    # Of groups among groups, the check digit decides.
    within = mark is not None and before[-1:] == mark and before[-2:-1].isdigit()
    if within or not (_SAID.search(before) if mark is None else _is_spoken_of(text, before, end)):
        return 0.0
    return 0.6


def _is_another_thing(text: Text, before: str, end: int) -> bool:
    backwards = before[::-1]
    if _OTHER.match(backwards):
        return True
    first, second = _IN_A_LIST.match(backwards), _LIST_GOES_ON.match(text.low, end, end + _AFTER)
    others = [found["other"][::-1] if found["other"] else "" for found in (first,) if found] + [
        found["other"] for found in (second,) if found
    ]
    # A list of cards is one of cards: two numbers side by side have both brand and check digit once in a thousand times.
    return bool(others) and not any(_BRAND.fullmatch(other) and passes_luhn(other) for other in others)


def _is_spoken_of(text: Text, before: str, end: int) -> bool:
    return bool(_WORDS.search(before) or _WORDS.search(text.low[end : end + _AFTER]))
