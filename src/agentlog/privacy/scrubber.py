"""Scrubber: private values out of a JSON value, all of it or nothing.

The texts of the value are searched by the recognisers and for known texts; what is found, and may be looked for elsewhere, is looked for
in all other texts too; everything found is replaced by its stand-in; and what was changed is searched again until nothing is found any
more. So the result is a fixed point: scrubbing it again changes nothing. What does not come to rest in a few passes, or makes a recogniser
fail, raises, and is never passed on.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

from agentlog.errors import AgentlogError
from agentlog.privacy.detector import Detector
from agentlog.privacy.json_value import Leaf, leaves, place_of, with_texts
from agentlog.privacy.known import LEAST, Known, KnownTexts, unescaped
from agentlog.privacy.overlaps import resolve
from agentlog.privacy.recogniser import Span
from agentlog.privacy.standins import StandIns, is_stand_in
from agentlog.privacy.text import Text

_PASSES = 6


class Finding(NamedTuple):
    """One replacement: what was there, where, who found it and how surely (0 to 1). Never the value itself.

    ``place`` is the path in the value, such as ``messages[3].content``; ``start`` and ``end`` are in characters of the text as it stood.
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


class Allowed:
    """Texts that are known to be harmless, each exact or with ``*`` for anything."""

    def __init__(self, texts: Iterable[str]) -> None:
        given = list(texts)
        self._exact = {text for text in given if "*" not in text}
        self._like = [text for text in given if "*" in text]

    def __contains__(self, text: str) -> bool:
        return text in self._exact or any(fnmatchcase(text, like) for like in self._like)


class Scrubber:
    """Recognisers, known texts and allowed texts, ready to scrub any number of values; safe for threads.

    Args:
        recognisers: what finds private values.
        known: texts that are private wherever they stand, such as the names of known people.
        allow: texts that stay.
        key: the secret of all stand-ins.
    """

    def __init__(self, detector: Detector, known: Mapping[str, Known], allow: Iterable[str], *, key: str) -> None:
        self._detector = detector
        self._known = KnownTexts(known)
        self._allow = Allowed(allow)
        self._key = key

    def scrub(self, value: Any, scope: str = "") -> Scrubbed:
        """Replace what is private in a text or JSON value; equal values have equal stand-ins within one scope.

        Raises:
            UnsettledError: it still finds something after several passes.
            RecursionError: the value is nested too deeply to be looked through.
        """
        places = list(leaves(value))
        run = _Run(places, StandIns(scope, self._key))
        todo: Iterable[int] = range(len(places))
        for _ in range(_PASSES):
            found = {number: spans for number in todo if (spans := self._found(places[number], run.texts[number]))}
            self._spread(found, run)
            if not found:
                texts = iter(run.texts)
                return Scrubbed(with_texts(value, texts) if run.findings else value, dict(sorted(run.counts.items())), run.told())
            for number, spans in found.items():
                run.replace(number, spans)
            todo = list(found)
        left = sorted({span.entity for spans in found.values() for span in spans})
        raise UnsettledError(f"still private after {_PASSES} passes: {', '.join(left)}")

    def _found(self, leaf: Leaf, value: str) -> list[Span]:
        if not value:
            return []
        text = Text(value)
        own = list(self._detector.under(leaf.keys, text)) if leaf.keys and leaf.kind != "key" else []
        if leaf.kind != "number":
            own += self._detector.find(text)
        own += self._known.find(text)
        return [span for span in own if not self._stays(value[span.start : span.end])] if own else own

    def _stays(self, text: str) -> bool:
        return text in self._allow or is_stand_in(text)

    def _spread(self, found: dict[int, list[Span]], run: "_Run") -> None:
        """Add the places where the values just found stand in other texts."""
        fresh: dict[str, Known] = {}
        for number, spans in found.items():
            text = run.texts[number]
            for span in spans:
                value = text[span.start : span.end]
                if span.spreads and len(value) >= LEAST and value not in run.known:
                    fresh.setdefault(value, Known(span.entity, "seen-elsewhere", span.score))
        if not fresh:
            return
        run.known.update(fresh)
        everywhere = KnownTexts(fresh)
        for number, text in enumerate(run.texts):
            more = [span for span in everywhere.find(Text(text)) if not self._stays(text[span.start : span.end])]
            if more:
                found[number] = [*found.get(number, ()), *more]


class _Run:
    """What changes while one value is scrubbed."""

    def __init__(self, places: Sequence[Leaf], stand_ins: StandIns) -> None:
        self.places = places
        self.texts = [leaf.text for leaf in places]
        self.known: dict[str, Known] = {}
        self.counts: Counter[str] = Counter()
        self.findings: list[tuple[int, Span]] = []
        self._stand_ins = stand_ins
        self._made: dict[str, str] = {}
        self._changed_keys: set[str] = set()

    def replace(self, number: int, spans: list[Span]) -> None:
        """Put stand-ins in one text."""
        text = self.texts[number]
        whole = self.places[number].kind == "number"
        parts: list[str] = []
        end = 0
        for span in resolve(spans):
            if whole:
                span = span._replace(start=0, end=len(text))
            parts += [text[end : span.start], self._stand_in(span.entity, text[span.start : span.end])]
            end = span.end
            self.counts[span.entity] += 1
            self.findings.append((number, span))
        self.texts[number] = "".join(parts) + text[end:]
        if self.places[number].kind == "key":
            self._changed_keys.add(self.places[number].text)

    def _stand_in(self, entity: str, slice_: str) -> str:
        if entity == "EMAIL_ADDRESS" and "%40" in slice_:
            return quote(self._stand_in(entity, unquote(slice_)), safe="")
        plain = unescaped(slice_)
        # A value that is written with escapes has the stand-in of the value as it reads, unless that could not stand within quotes.
        value = plain if plain.isprintable() and not set(plain) & set("\"'\\") else slice_
        # Recognisers may disagree on what a value is; it has one stand-in all the same.
        return self._made.setdefault(value, self._stand_ins.of(entity, value))

    def told(self) -> list[Finding]:
        """The replacements, in the order of the texts."""
        return [
            Finding(span.entity, place_of(self.places[number].path, self._changed_keys), span.start, span.end, span.recogniser, span.score)
            for number, span in sorted(self.findings, key=lambda found: found[0])
        ]
