"""Known texts: values that are private whatever they look like, found wherever they stand alone.

They come from a list of people, from a deny-list, and from what was found elsewhere in the same session. All are looked for in one pass
of an Aho-Corasick automaton. A text stands alone where no letter or digit continues it: ``id=12`` is no part of ``id=123``, but ``ana``
is found in ``/home/ana/x``. Each is looked for plain, as JSON escapes it, and percent-encoded; numbers also without what groups their
digits; texts of several parts also in small and in capital letters.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import orjson

from agentlog._extras import require
from agentlog.privacy.recogniser import Span
from agentlog.privacy.text import view_of

_READS_AS_IT_IS = re.compile(r"[ !#-\[\]-~]*")
"""Texts that neither JSON nor a view of a text writes otherwise: printable ASCII without quotes and backslashes."""
_UNRESERVED = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
_PERCENT = {code: f"%{code:02X}" for code in range(256) if chr(code) not in _UNRESERVED}
_PERCENT_SMALL = {code: form.lower() for code, form in _PERCENT.items()}
_IN_AN_ADDRESS = re.compile(r"[\w.~-]*", re.ASCII)
"""Texts that an address writes as they are (RFC 3986)."""
_GROUPING = re.compile(r"[\s().+/-]+")
_LEAST_DIGITS, _MOST_LETTERS = 9, 6
_LEAST_ANY_CASE, _LONGEST_VARIED = 6, 80
LEAST = 3
"""Shorter texts that were found are replaced where they were found, and nowhere else."""


class Known(NamedTuple):
    """What a known text is, and who knows it."""

    entity: str
    recogniser: str
    score: float = 1.0


class KnownTexts:
    """An automaton over known texts. Takes time in proportion to the texts it is made of, and to those it looks at."""

    def __init__(self, known: Mapping[str, Known]) -> None:
        require("ahocorasick_rs", "build")
        from ahocorasick_rs import AhoCorasick, MatchKind

        patterns: dict[str, Known] = {}
        self.reads: dict[str, str] = {}
        """How the forms read in which something is written that has escapes or stands in an address."""
        for text, what in known.items():
            plain = unescaped(text)
            for form in _writings(text, plain):
                patterns.setdefault(form, what)
                if form not in (text, plain):
                    self.reads.setdefault(form, plain)
            for form in _variants(plain, what.entity):
                patterns.setdefault(form, what)
        patterns = {form: what for form, what in patterns.items() if form.strip()}
        self._known = list(patterns.values())
        self._automaton = AhoCorasick(list(patterns), matchkind=MatchKind.Standard) if patterns else None

    def find(self, view: str) -> list[Span]:
        """The known texts that stand alone in the view of a text; they may overlap."""
        if self._automaton is None:
            return []
        # Not the longest only: one that does not stand alone may hide others that do.
        found = self._automaton.find_matches_as_indexes(view, overlapping=True)
        return list(self._spans(view, found)) if found else []

    def _spans(self, view: str, found: list[tuple[int, int, int]]) -> Iterator[Span]:
        for number, start, end in found:
            if _alone(view, start, end):
                what = self._known[number]
                yield Span(start, end, what.entity, what.recogniser, what.score, False)


def _writings(text: str, plain: str) -> Iterable[str]:
    """A text as it may be written elsewhere, each form as it looks in the view of a text."""
    yield text if text == plain else view_of(text)
    if not _READS_AS_IT_IS.fullmatch(text):
        once, ascii_once = _escaped(plain), _escaped(plain, ensure_ascii=True)
        yield from map(view_of, (plain, once, _escaped(once), ascii_once, _escaped(ascii_once, ensure_ascii=True)))
    if not _IN_AN_ADDRESS.fullmatch(plain):
        yield from _in_addresses(plain)


def _variants(plain: str, entity: str) -> Iterable[str]:
    """Other texts that say the same."""
    if plain.isalpha() or len(plain) > _LONGEST_VARIED:
        return
    compact = _GROUPING.sub("", plain)
    if compact != plain and compact.isalnum() and compact.isascii() and _is_number(compact):
        yield compact
    # A secret counts in its own letters only. One word could be another in other case: Mia and MIA, an airport.
    if entity != "SECRET" and len(plain) >= _LEAST_ANY_CASE:
        yield view_of(plain.lower())
        yield view_of(plain.upper())


def _is_number(compact: str) -> bool:
    digits = sum(map(str.isdigit, compact))
    return digits >= _LEAST_DIGITS and len(compact) - digits <= _MOST_LETTERS


def _in_addresses(text: str) -> Iterable[str]:
    # As Latin-1, every byte is the character of its number.
    text = text.encode("utf-8", "replace").decode("latin-1")
    for table, slash, blank in ((_PERCENT, "%2F", "%20"), (_PERCENT_SMALL, "%2f", "%20")):
        form = text.translate(table)
        yield form
        if "/" in text:
            yield form.replace(slash, "/")
        if " " in text:
            yield form.replace(blank, "+")


def _escaped(text: str, *, ensure_ascii: bool = False) -> str:
    return json.dumps(text, ensure_ascii=ensure_ascii)[1:-1]


def unescaped(text: str) -> str:
    """A slice of JSON inside a string as it reads, however often it was escaped; the slice itself where it is no such thing."""
    for _ in range(4):
        if "\\" not in text:
            break
        try:
            plain = orjson.loads(f'"{text}"')
        except orjson.JSONDecodeError:
            break
        text = plain
    return text


def _alone(view: str, start: int, end: int) -> bool:
    return not (start and _continues(view[start - 1], view[start])) and not (end < len(view) and _continues(view[end - 1], view[end]))


def _continues(first: str, second: str) -> bool:
    return first.isalnum() and second.isalnum() and not (_unspaced(first) or _unspaced(second))


def _unspaced(char: str) -> bool:
    """Whether a letter is of a script that puts no blanks between words, or joins particles to names: Thai, Chinese, Japanese, Korean."""
    return char >= "\u0e00" and (char >= "\u2e80" or char < "\u0f00" or "\u1000" <= char < "\u10a0" or "\u1780" <= char < "\u1800")
