"""Known texts: values that are private whatever they look like, found wherever they stand alone.

They come from a list of people, from a deny-list, and from what was found elsewhere in the same session. All are looked for in one pass
of an Aho-Corasick automaton. A text stands alone where no letter or digit continues it: ``id=12`` is no part of ``id=123``, but ``ana``
is found in ``/home/ana/x``. Each is looked for plain, as JSON escapes it, and percent-encoded.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import quote

import orjson

from agentlog._extras import require
from agentlog.privacy.recogniser import Span
from agentlog.privacy.text import Text

_READS_AS_IT_IS = re.compile(r"[\w@ .,'()+-]*", re.ASCII)
"""Texts that neither JSON nor a view of a text writes otherwise."""
LEAST = 3
"""Shorter texts are replaced where they were found, and nowhere else."""


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
        for text, what in known.items():
            for form in _forms(text):
                if len(form.strip()) >= LEAST:
                    patterns.setdefault(form, what)
        self._known = list(patterns.values())
        self._longest = AhoCorasick(list(patterns), matchkind=MatchKind.LeftmostLongest)
        self._every = AhoCorasick(list(patterns), matchkind=MatchKind.Standard)

    def find(self, text: Text) -> Iterator[Span]:
        """The known texts that stand alone in a text; of those that begin at one place, the longest."""
        if not self._known:
            return
        view = text.view
        for number, start, end in self._longest.find_matches_as_indexes(view):
            if _alone(view, start, end):
                yield self._span(number, start, end)
            else:
                yield from self._within(view, start, end)

    def _within(self, view: str, start: int, end: int) -> Iterator[Span]:
        """A longer text that does not stand alone may hide shorter ones that do."""
        for number, first, last in self._every.find_matches_as_indexes(view[start:end], overlapping=True):
            if _alone(view, start + first, start + last):
                yield self._span(number, start + first, start + last)

    def _span(self, number: int, start: int, end: int) -> Span:
        what = self._known[number]
        return Span(start, end, what.entity, what.recogniser, what.score, False)


def _forms(text: str) -> Iterable[str]:
    """A text as it may be written, each form as it looks in the view of a text."""
    if _READS_AS_IT_IS.fullmatch(text):
        yield text
        if "@" in text or " " in text:
            yield _percent_encoded(text)
        return
    plain = unescaped(text)
    once, twice = _escaped(plain), _escaped(_escaped(plain))
    ascii_once, ascii_twice = _escaped(plain, ensure_ascii=True), _escaped(_escaped(plain, ensure_ascii=True))
    forms = (text, plain, once, twice, ascii_once, ascii_twice, _percent_encoded(plain))
    yield from (Text(form).view for form in dict.fromkeys(forms))


def _escaped(text: str, *, ensure_ascii: bool = False) -> str:
    return json.dumps(text, ensure_ascii=ensure_ascii)[1:-1]


def _percent_encoded(text: str) -> str:
    return quote(text.encode("utf-8", "replace"), safe="")


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
    before = view[start - 1] if start else " "
    after = view[end] if end < len(view) else " "
    return not (before.isalnum() and view[start].isalnum()) and not (after.isalnum() and view[end - 1].isalnum())
