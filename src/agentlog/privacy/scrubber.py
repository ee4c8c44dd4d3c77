"""Scrubber: private values out of a JSON value, all of it or nothing.

The texts of the value are searched by the recognisers and for known texts; what is found, and may be looked for elsewhere, is looked for
in all other texts too; everything found is replaced by its stand-in; and what was changed is searched again until nothing is found any
more. So the result is a fixed point: scrubbing it again changes nothing. What does not come to rest in a few passes, or makes a recogniser
fail, raises, and is never passed on.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from agentlog.errors import AgentlogError
from agentlog.privacy.common_words import is_common
from agentlog.privacy.json_value import leaves, place_of, with_texts
from agentlog.privacy.known import LEAST, Known, KnownTexts
from agentlog.privacy.overlaps import outstanding
from agentlog.privacy.recogniser import Span
from agentlog.privacy.replacing import Replacing
from agentlog.privacy.search import Search
from agentlog.privacy.text import view_of

_PASSES = 6
_LEAST_NUMBER = 7
_Found = dict[int, tuple[Span, ...]]


class Finding(NamedTuple):
    """One replacement: what was there, where, who found it and how surely (0 to 1). Never the value itself.

    ``place`` is the path in the value, such as ``messages[3].content``; ``start`` and ``end`` count characters of the text as it was given.
    """

    entity: str
    place: str
    start: int
    end: int
    recogniser: str
    score: float


class Scrubbed(NamedTuple):
    """A value without its private parts, how often each entity was replaced, and every replacement."""

    value: Any
    counts: dict[str, int]
    findings: list[Finding]


class UnsettledError(AgentlogError):
    """A value still holds findings after several passes."""


class Scrubber:
    """A search and a secret, ready to scrub any number of values; safe for threads.

    Args:
        search: what finds private values.
        key: the secret of all stand-ins.
    """

    def __init__(self, search: Search, *, key: str) -> None:
        self._search = search
        self._key = key

    def scrub(self, value: Any, scope: str = "") -> Scrubbed:
        """Replace what is private in a text or JSON value; equal values have equal stand-ins within one scope.

        Raises:
            RecursionError: the value is nested too deeply to be looked through.
            TypeError: the value holds something that is no JSON.
            UnsettledError: it still finds something after several passes.
        """
        run = Replacing(leaves(value), self._search, scope, self._key)
        spread = _Spread(run, self._search)
        todo: Iterable[int] = range(len(run.leaves))
        for _ in range(_PASSES):
            found = self._found(run, todo)
            if not found:
                return _result(value, run)
            spread.add_to(found)
            for number, spans in found.items():
                run.replace(number, spans)
            todo = list(found)
        if not (found := self._found(run, todo)):
            return _result(value, run)
        left = sorted({span.entity for spans in found.values() for span in spans})
        raise UnsettledError(f"still private after {_PASSES} passes: {', '.join(left)}")

    def _found(self, run: Replacing, todo: Iterable[int]) -> _Found:
        """What is private in these texts, by themselves and by the keys that lead to them."""
        search, texts, every = self._search, run.texts, run.leaves
        found: _Found = {}
        alone: dict[str, tuple[Span, ...]] = {}
        for number in todo:
            _, keys, _, is_key, is_number, _, beside = every[number]
            text = texts[number]
            if is_number:
                if search.stays(text.lstrip("-")):
                    continue
                spans = search.listed(text)
            else:
                known = alone.get(text)
                spans = alone[text] = search.alone(text) if known is None else known
            if keys and not is_key and search.caring(keys[-1]):
                spans = (*search.under(keys, text, beside), *spans)
            if spans:
                found[number] = spans
        return found


class _Spread:
    """Where the values that were found in some texts stand in the others."""

    def __init__(self, run: Replacing, search: Search) -> None:
        self._run = run
        self._search = search
        self._known: set[str] = set()

    def add_to(self, found: _Found) -> None:
        """Add those places to what was found."""
        fresh = self._fresh(found)
        if not fresh:
            return
        everywhere = KnownTexts(fresh)
        self._run.reads.update(everywhere.reads)
        seen: dict[str, tuple[Span, ...]] = {}
        for number, text in enumerate(self._run.texts):
            more = seen.get(text)
            if more is None:
                more = seen[text] = self._search.real(text, everywhere.find(view_of(text)))
            if more:
                own = found.get(number, ())
                places = {(span.start, span.end) for span in own}
                found[number] = (*own, *(span for span in more if (span.start, span.end) not in places))

    def _fresh(self, found: _Found) -> dict[str, Known]:
        fresh: dict[str, Known] = {}
        before = ""
        for number, spans in found.items():
            text = self._run.texts[number]
            for span in outstanding(spans) if len(spans) > 1 else spans:
                value = text[span.start : span.end]
                if span.entity == "PERSON":
                    fresh.update((name, Known("PERSON", "seen-elsewhere", span.score)) for name in _with_short_half(before, value))
                    before = value
                if span.spreads and value not in self._known:
                    self._known.add(value)
                    # Short numbers are also amounts, times and lines.
                    if len(value) >= LEAST and not is_common(value) and not (value.isdigit() and len(value) < _LEAST_NUMBER):
                        fresh[value] = Known(span.entity, "seen-elsewhere", span.score)
        return fresh


def _with_short_half(one: str, two: str) -> tuple[str, ...]:
    """The full names of two names found in a row, if one is too short to be looked for alone: Mia and Li."""
    shorter, longer = sorted((one, two), key=len)
    if not 2 <= len(shorter) < LEAST <= len(longer) or not (one + two).isalpha() or not (one[0].isupper() and two[0].isupper()):
        return ()
    return f"{one} {two}", f"{two} {one}"


def _result(value: Any, run: Replacing) -> Scrubbed:
    if not run.replaced:
        return Scrubbed(value, {}, [])
    told = run.told()
    places = {number: place_of(run.leaves[number].trail, run.changed_keys) for number in {one.number for one in told}}
    findings = [Finding(one.entity, places[one.number], one.start, one.end, one.recogniser, one.score) for one in told]
    return Scrubbed(with_texts(value, iter(run.texts)), run.counts(), findings)
