"""Search: what is private in a text, by recognisers and by lists, less what the user allows and what is a stand-in already.

It depends on the settings alone, so one serves all sessions, all keys and all threads. It remembers what it found in short texts, of which
the messages of a session have many in common: a session that is logged call by call is searched once.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from agentlog.privacy.detector import Detector
from agentlog.privacy.known import Known, KnownTexts
from agentlog.privacy.recogniser import Span
from agentlog.privacy.standins import is_stand_in
from agentlog.privacy.text import Text

_REMEMBERED, _SHORT = 8192, 4096
_NOTHING: tuple[Span, ...] = ()


class Allowed:
    """Texts that are known to be harmless, each exact or with ``*`` for anything."""

    def __init__(self, texts: Iterable[str]) -> None:
        given = list(texts)
        self._exact = {text for text in given if "*" not in text}
        self._like = [text.split("*") for text in given if "*" in text]

    def __contains__(self, text: str) -> bool:
        return text in self._exact or any(_is_like(text, parts) for parts in self._like)


def _is_like(text: str, parts: Sequence[str]) -> bool:
    """Whether the parts stand in the text in this order, the first at its beginning and the last at its end; takes linear time."""
    first, *middle, last = parts
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


class Search:
    """Recognisers, known texts and allowed texts.

    Args:
        detector: the recognisers.
        known: texts that are private wherever they stand alone, such as the names of known people.
        allow: texts that stay.
    """

    def __init__(self, detector: Detector, known: Mapping[str, Known] | None = None, allow: Iterable[str] = ()) -> None:
        self._detector = detector
        self._known = KnownTexts(known or {})
        self._allow = Allowed(allow)
        self._remembered: dict[str, tuple[Span, ...]] = {}
        self.caring = detector.caring
        """Who may find something right under a key."""

    def reads(self, view: str) -> str | None:
        """How a known text reads that is written otherwise."""
        return self._known.reads.get(view)

    def alone(self, value: str) -> tuple[Span, ...]:
        """What is private in a text by itself; spans may overlap."""
        if not value:
            return _NOTHING
        known = self._remembered.get(value)
        if known is None:
            text = Text(value)
            known = self.real(value, [*self._detector.every(text), *self._known.find(text.view)])
            if len(value) <= _SHORT:
                if len(self._remembered) >= _REMEMBERED:
                    self._remembered.clear()
                self._remembered[value] = known
        return known

    def under(self, keys: tuple[str, ...], value: str, beside: Collection[Any] = ()) -> tuple[Span, ...]:
        """What is private in a text because of the keys that lead to it, and of those beside it."""
        return self.real(value, self._detector.under(keys, Text(value, beside))) if value else _NOTHING

    def listed(self, value: str) -> tuple[Span, ...]:
        """What is private in the digits of a number because it is on a list."""
        return self.real(value, self._known.find(value))

    def real(self, value: str, spans: Sequence[Span]) -> tuple[Span, ...]:
        """The spans whose text neither is allowed nor a stand-in."""
        return tuple(span for span in spans if not self.stays(value[span.start : span.end])) if spans else _NOTHING

    def stays(self, text: str) -> bool:
        """Whether a text is allowed or a stand-in."""
        return text in self._allow or is_stand_in(text)
