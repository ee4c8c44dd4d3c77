"""Telephone numbers, as they are written in the world: with a country's code, in brackets, in groups, with an extension.

A number counts by its form alone where that is a phone's (``+``, ``(415) 265-3890``, ``415-265-3890``), and by the judgement of
`phonenumbers` for the regions of the locales where the form is looser. Any other run or groups of digits count only beside a word that says
so; those words are anchors, so that the many numbers of a text are not asked what they are. Dates, versions, money, tables and ids have no
such word beside them; numbers reserved for fiction (555-01xx) are nobody's.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from agentlog.privacy.forms.digits import digits_of
from agentlog.privacy.forms.phones import rings_nowhere
from agentlog.privacy.patterns.judges import may_be_dialled, phone_number
from agentlog.privacy.recogniser import Anchored, Span
from agentlog.privacy.text import Text

NAME = "phone"
REGIONS = {"en": ("US", "GB", "CA"), "de": ("DE", "AT", "CH"), "fr": ("FR", "BE"), "es": ("ES", "MX"), "it": ("IT",)}
"""Where a locale's numbers are dialled."""
_GROUPED = rb"(?: - |\) ?[./\-]? ?\(?|[ ./\-]\(?| \()"
# Groups of digits with single separators, eight characters at least, that begin where no word or number is cut; no ISO date, no decimal.
_STRETCH = re.compile(
    rb"0(?<![0fa_\-]0)(?<!0[./]0)(?=[0 ().\-/]{7})(?!000-00-00(?![0\-]))(?!0*+\.0++(?![.\-/)]| ?[0(]))0{0,5}+"
    rb"(?:" + _GROUPED + rb"0++)++"
)
_INTERNATIONAL = re.compile(rb"\+\(?0(?<![0fa_\])}]\+0)(?<![0fa_\])}]\+\(0)(?=[0 ().\-/]{6})0*+(?:" + _GROUPED + rb"0++)*+")
_NUMBER = re.compile(r"[+(]{0,3}\d++(?:" + _GROUPED.decode() + r"\d++)*+")
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)
_EXTENSION = re.compile(r"(?i)\)?,? ?(?:x|ext\.?|extension|#|durchwahl|poste|int\.?)[ :]?\d{1,5}(?!\w)")
_FEWEST, _MOST = 6, 17
_BEFORE, _LONGEST, _NEAR = 56, 40, 4

_BETWEEN = (
    r"numbers?|no|nr|num|nummer|numéro|numero|número|is|are|was|at|on|to|via|by|me|us|him|her|them|you|my|our|your|his|their|the|a|an|or|and"
    r"|back|up|now|please|under|over|ist|lautet|unter|auf|der|die|est|au|sur|le|la|es|al|en|il|è|this|that|it|home|work|office|cell|mobile|new"
    r"|main|direct|toll|free|line|usa?|uk|int|intl|type|value|string|str|text|here|still|anytime|today|tomorrow|directly|instead|again|desk|support"
    r"|customer|service|emergency|contact"
)
_LINK = rf"(?:[\s\"'\\:=#.,*_|>()\[\]/-]|(?<![a-z])(?:{_BETWEEN})(?![a-z]))"
_SAID = re.compile(
    r"(?i)(?:es|s|e|os|o|nummer|ic)?(?:[_ -]?(?:no|nr|num(?:ber)?s?|work|home|mobile|cell|office|main|primary)|_?[1-9](?=[\"'\\:=]))?"
    rf"(?![a-z]){_LINK}{{0,24}}+"
)
_HINTED = re.compile(rf"(?i)(?:ed|ing|s|able|r|en|ez|er|are|ami|ar|ame|eme|bar|e)?(?=[\s:]|[\"'\\]+:){_LINK}{{1,24}}+")
_SURE_TEXT = (
    "phone|telefon|téléphon|teléfon|tel:|tel.|tel |tel=|tel-|tel_|tel'|tel\"|tel\\|tel/|telno|telnr|mobil|cellphone|fax|whatsapp|sms|"
    "hotline|landline|pager|handy|rufnummer|durchwahl|festnetz|portable|gsm|móvil|movil|celular|cellular|facetime|voicemail|helpline|msisdn"
)
_SURE = tuple(_SURE_TEXT.split("|"))
"""Words that say that a number is a phone's, wherever it is written."""
_HINTS_TEXT = (
    "call|reach|a ring|ring me|ring us|ring him|ring her|ring them|rang me|dial |dialled|dialed|text me|text us|text him|text her|"
    "text them|texted|texting|answering|contact|cell|anruf|erreich|appel|joindre|joignable|llam|chiam|contatt|my number|"
    "your number|his number|her number|their number|our number|new number|whose number"
)
_HINTS = tuple(_HINTS_TEXT.split("|"))
"""Words that say so in a sentence: what stands between them and the number must be of the kind that a sentence has there."""
_CALLED_TEXT = (
    "-office|-fax|-home|-mobile|-mobil|-cell|-work|-tel|-phone|(office|(fax|(home|(mobile|(mobil|(cell|(work|(tel|(phone|(direct|"
    "(büro|(privat|[fax|[mobile|[home|[work| is my| is his| is her| is their| is our"
)
_CALLED = tuple(_CALLED_TEXT.split("|"))
"""What is said of a number behind it."""
_CALLED_REST = re.compile(
    r"(?i)(?<!is my)(?<!is our)(?<!is his)(?<!is her)(?<!is their)(?![a-z])|.{0,20}(?:number|phone|cell|mobile|fax|line)\b"
)
_BACKWARDS = re.compile(r"\s{0,2}(?:\d{1,5}\s?(?:[x#]|\.?txe)\s?)?+(\d++(?:(?: - | ?\(?[./\-]? ?\)|\(?[ ./\-]|\( )\d++)*+)")
_LOOSE = re.compile(rb" - |(?<=[^0])0(?![0)])|^000-00-0000$")
"""What no national number has by itself: a digit alone behind the first group, a dash between blanks, the groups of social security."""
_DATE = re.compile(rb"(?:0000[.\-/]00?[.\-/]00?|00?[./\-]00?[./\-]00(?:00)?)(?: .*)?|0000[-/]0000")
"""Dates, and versions."""
_AMERICAN = re.compile(
    rb"(?:00?0?0?[ .-]?)?(?:\(000\)[ -]?000[ .-]0000|000(?P<mark>[.-])000(?P=mark)0000|000/000-0000|000 000-0000|000 000 0000)"
)
_WITHIN = re.compile(rb"(?<![0fa.\-])(?:\(000\) ?000-0000|000(?P<mark>[.-])000(?P=mark)0000)(?![0fa.\-])")
_LEAST, _TEN, _E164, _BRACKET = 9, 10, 15, ord("(")
_GROUPS = {
    "ES": frozenset({b"000 000 000", b"000 00 00 00", b"00 000 00 00", b"000-000-000", b"000.000.000"}),
    "IT": frozenset({b"000 0000000", b"000 000 0000"}),
}
"""How numbers without a leading zero are grouped, where they are dialled so."""
_DECIMAL = re.compile(rb"\(?0+\.0+\)?")
_FEWEST_ABROAD = 8
_NORTH_AMERICAN = re.compile(r"1[2-9]\d\d[2-9]\d{6}")
_FICTION = re.compile(r"(?:1?[2-9]\d\d)?55501\d\d")


def finder(locales: Sequence[str]) -> Callable[[Text, bytes], Iterator[Span]]:
    """What finds the numbers that are known by their form in these locales."""
    regions = tuple(sorted({region for locale in locales for region in REGIONS[locale]}))

    grouped = frozenset().union(*(_GROUPS.get(region, frozenset()) for region in regions))

    def find(text: Text, shape: bytes) -> Iterator[Span]:
        view = text.view
        for match in _STRETCH.finditer(shape):
            start, end = match.span()
            kind = _kind(match[0])
            if kind.digits > _TEN:
                yield from _american_within(view, shape, start, end)
            # Most groups of digits can be no phone: the number is looked at only where it might be one, and a plus is not looked for below.
            if view[start - 1 : start] == "+":
                continue
            if kind.american or (
                kind.possible and (view[start] == "0" or kind.bracketed or match[0] in grouped or view[start - 1 : start] == "(")
            ):
                number = _Number.at(view, start, end)
                if number:
                    yield from number.span(_by_form(number, regions))
        if b"+" in shape:
            for match in _INTERNATIONAL.finditer(shape):
                yield from _international(view, shape.index(b"0", match.start()), match.end())

    return find


class _Kind(NamedTuple):
    """What groups of digits can be by their form: how many digits, whether of North America, whether any number, whether with brackets."""

    digits: int
    american: bool
    possible: bool
    bracketed: bool


@lru_cache(maxsize=2048)
def _kind(form: bytes) -> _Kind:
    """The kind of a form, in which every digit is 0; a bracket before it may be missing."""
    digits, bracketed = form.count(b"0"), b"(" in form or b")" in form
    if not _FEWEST <= digits <= _MOST:
        return _Kind(digits, False, False, bracketed)
    forms = (form, b"(" + form) if b")" in form else (form,)
    american = any(_AMERICAN.fullmatch(one) for one in forms)
    possible = digits >= _LEAST and not any(pattern.fullmatch(form) for pattern in (_DECIMAL, _DATE)) and not _LOOSE.search(form)
    return _Kind(digits, american, possible, bracketed)


def _american_within(view: str, shape: bytes, start: int, end: int) -> Iterator[Span]:
    """Numbers with marks of their own among other numbers."""
    for match in _WITHIN.finditer(shape, start - 1 if start else 0, end):
        if number := _Number.at(view, match.start() + (shape[match.start()] == _BRACKET), match.end()):
            yield from number.span(_american(number.form, number.digits))


def _international(view: str, first: int, end: int) -> Iterator[Span]:
    """What stands behind a number may be another: it ends at the last blank up to which it is in use, or could be dialled at least."""
    ends = [end] if end - first <= _LONGEST else []
    blank = view.find(" ", first, min(end, first + _LONGEST))
    while blank >= 0:
        ends.append(blank)
        blank = view.find(" ", blank + 1, min(end, first + _LONGEST))
    for number in _in_use(view, first, sorted(ends, reverse=True)):
        yield from number.span(0.9)


def _in_use(view: str, first: int, ends: Sequence[int]) -> Iterator["_Number"]:
    """The first of some numbers, the longest first, that is in a range in use, or else could be dialled."""
    numbers: list[_Number] = []
    for last in ends:
        number = _Number.at(view, first, last)
        if number is None or not _FEWEST_ABROAD <= len(number.digits) <= _E164 or _DECIMAL.fullmatch(number.form):
            continue
        if _NORTH_AMERICAN.fullmatch(number.digits):
            yield number  # neither a longer nor a shorter one could be
            return
        if not rings_nowhere(number.digits):
            numbers.append(number)
    if len(numbers) > 1:
        # Where the lengths of the country's numbers leave one of them, nobody need be asked which.
        numbers = [number for number in numbers if may_be_dialled(number.digits)]
    if len(numbers) == 1 and not numbers[0].needs_use:
        yield from (number for number in numbers if phone_number("+" + number.digits, None, False))
        return
    for strict in (True, False):
        for number in numbers:
            if phone_number("+" + number.digits, None, strict or number.needs_use):
                yield number
                return


def announced() -> list[Anchored]:
    """What finds the numbers that a word before or behind them calls a phone's, in all languages at once."""
    return [
        Anchored(f"{NAME}:said", _SURE, _after(_SAID, 0.9)),
        Anchored(f"{NAME}:hinted", _HINTS, _after(_HINTED, 0.7)),
        Anchored(f"{NAME}:called", _CALLED, _before),
    ]


def _after(link: re.Pattern[str], score: float) -> Callable[[Text, int, int], Iterator[Span]]:
    sure = link is _SAID

    def at(text: Text, start: int, end: int) -> Iterator[Span]:
        view = text.view
        if (
            start
            and view[start - 1].isalpha()
            and not (sure and (end - start > 4 or (view[start].isupper() and view[start - 1].islower())))
        ):
            return
        linked = link.match(view, end, end + _BEFORE)
        found = _NUMBER.match(view, linked.end(), linked.end() + _LONGEST) if linked else None
        if found is None:
            return
        first = found.start() + len(found[0]) - len(found[0].lstrip("+("))
        number = _Number.at(view, first, found.end())
        if number is None or not _FEWEST <= len(number.digits) <= _MOST - 2 or _DATE.fullmatch(number.form):
            return
        if sure or number.grouped or len(number.digits) >= 7:
            yield from number.span(score)

    return at


def _before(text: Text, start: int, end: int) -> Iterator[Span]:
    view = text.view
    if not _CALLED_REST.match(view, end, end + _BEFORE):
        return
    backwards = _BACKWARDS.match(view[max(start - _LONGEST, 0) : start][::-1])
    if backwards is None:
        return
    number = _Number.at(view, start - backwards.end(1), start - backwards.start(1))
    if (
        number
        and _FEWEST <= len(number.digits) <= _MOST - 2
        and not _DATE.fullmatch(number.form)
        and (number.grouped or len(number.digits) >= 9)
    ):
        yield from number.span(0.8)


class _Number(NamedTuple):
    """A candidate: where it stands with its plus, bracket and extension, its digits, its form with every digit as 0, and the text."""

    start: int
    end: int
    digits: str
    form: bytes
    international: bool
    view: str

    @classmethod
    def at(cls, view: str, first: int, end: int) -> "_Number | None":
        """The number whose first digit and end these are, if it stands free and is of no stand-in."""
        lead = _lead(view, first)
        extension = _EXTENSION.match(view, end, end + 20)
        finish = extension.end() if extension else end
        digits = digits_of(view[first:end])
        if len(set(digits)) < 2 or _FICTION.fullmatch(digits) or not _stands_free(view, first - len(lead), finish, bool(lead)):
            return None
        # A bracket that is not closed within is around the number, and no part of it.
        if "(" in lead and lead.count("(") + view.count("(", first, end) > view.count(")", first, end):
            lead = lead.replace("(", "", 1)
        form = view[first - (lead[-1:] == "(") : end].encode("ascii", "replace").translate(_DIGITS)
        start = first - len(lead)
        return cls(start, finish, digits, form, "+" in lead, view)

    @property
    def needs_use(self) -> bool:
        """Whether it could be a plain number: short, or what a diff adds, since that begins a line with a plus, too."""
        return _DECIMAL.fullmatch(self.form) is not None or (
            len(self.form) == len(self.digits) and (len(self.digits) < 11 or self.start == 0 or self.view[self.start - 1] == "\n")
        )

    @property
    def among_numbers(self) -> bool:
        """Whether there are digits on both sides, or on the one side that there is: then it is a part of a table."""
        before = self.view[max(self.start - _NEAR, 0) : self.start].rstrip(" \t\n,")
        after = self.view[self.end : self.end + _NEAR].lstrip(" \t\n,")
        return (before[-1:].isdigit() or not before) and (after[:1].isdigit() or not after) and bool(before or after)

    @property
    def grouped(self) -> bool:
        """Whether it is more than a run of digits."""
        return self.international or len(self.form) > len(self.digits)

    def span(self, score: float) -> Iterator[Span]:
        """The finding, if there is a score; a short number may be another thing elsewhere."""
        if score:
            yield Span(self.start, self.end, "PHONE_NUMBER", NAME, score, len(self.digits) >= (7 if self.grouped else 9))


def _lead(view: str, start: int) -> str:
    """The plus and the bracket before the first digit."""
    lead = ""
    for char in reversed(view[max(start - 3, 0) : start]):
        if char not in "+(" or (char == "(" and "(" in lead):
            break
        lead = char + lead
    return lead


def _stands_free(view: str, begin: int, end: int, led: bool) -> bool:
    before, after = view[max(begin - 2, 0) : begin], view[end : end + 2]
    if before and (before[-1].isalnum() or before[-1] in "_$€£¥%\\+"):
        return False
    # In rows of a table, other numbers stand right beside it, with commas between.
    marked = led or "-" in view[begin:end]
    if len(before) == 2 and before[-1] in ".-/:,@" and before[0].isalnum():
        if before[-1] not in "/:,":
            return False
        in_a_row = marked and (before[0].isdigit() or before[-1] == ",")
        if not in_a_row and not (before[0].isalpha() and before[-1] != "/"):
            return False
    if (before[-1:] in ("-", "−") and not led) or (after and (after[0].isalnum() or after[0] in "_%°")):
        return False
    return not (len(after) == 2 and after[1].isdigit() and (after[0] in ".+*=" or (after[0] in ":," and not marked)))


def _by_form(number: _Number, regions: Sequence[str]) -> float:
    digits, form = number.digits, number.form
    if _DECIMAL.fullmatch(form) or _DATE.fullmatch(form):
        return 0.0
    if _AMERICAN.fullmatch(form):
        return _american(form, digits) if not number.among_numbers or b"-" in form or b"(" in form else 0.0
    if len(digits) < _LEAST or _LOOSE.search(form) or (number.among_numbers and form[:1] != b"("):
        return 0.0
    if digits[:2] == "00":
        return 0.8 if phone_number("+" + digits[2:], None, True) else 0.0
    dialled = digits[0] == "0" or (form[:1] == b"(" and b")" in form)
    known = any((dialled or form in _GROUPS.get(region, ())) and phone_number(digits, region, True) for region in regions)
    return 0.6 if known else 0.0


def _american(form: bytes, digits: str) -> float:
    """Ten digits in the groups of North America, with or without a prefix; only spaces between are weak, and must be in use."""
    area = digits[-10]
    prefix = digits[:-10]
    if prefix not in ("", "1", "01", "001") or (area in "01" and form[:1] != b"("):
        return 0.0
    if form == b"000 000 0000":
        return 0.6 if phone_number(digits, "US", True) else 0.0
    return 0.8
