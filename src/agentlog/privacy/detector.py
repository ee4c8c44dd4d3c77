"""Detector: a set of recognisers at work on one text.

All anchors are looked for in one pass of an Aho-Corasick automaton, so that a text in which nothing could be found costs a few
nanoseconds a character, however many recognisers there are. What each call of a recogniser finds is its own; overlaps are resolved after.
"""

from collections.abc import Iterable, Iterator, Sequence

from agentlog._extras import require
from agentlog.privacy.overlaps import resolve
from agentlog.privacy.recogniser import Anchored, Keyed, Recogniser, Scanned, Span
from agentlog.privacy.standins import is_stand_in
from agentlog.privacy.text import Text

_REMEMBERED, _SHORT = 8192, 200
"""Of so many keys it is remembered who cares for them; longer ones are seldom met twice."""


class Detector:
    """Finds private values in texts; holds no state but which recognisers care for which key.

    Raises:
        MissingExtraError: a package of the extra ``build`` is not installed.
    """

    def __init__(self, recognisers: Sequence[Recogniser]) -> None:
        require("ahocorasick_rs", "build")
        from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

        self._scanned = [found for found in recognisers if isinstance(found, Scanned)]
        self._keyed = [found for found in recognisers if isinstance(found, Keyed)]
        anchored = [found for found in recognisers if isinstance(found, Anchored)]
        owners: dict[str, list[Anchored]] = {}
        for recogniser in anchored:
            for anchor in recogniser.anchors:
                owners.setdefault(anchor, []).append(recogniser)
        self._owners = list(owners.values())
        self._lengths = [len(anchor) for anchor in owners]
        self._anchors = AhoCorasick(list(owners), matchkind=MatchKind.Standard, implementation=Implementation.DFA) if owners else None
        self._caring: dict[str, tuple[Keyed, ...]] = {}

    def find(self, text: Text) -> tuple[Span, ...]:
        """What is private in a text by itself: spans in order, none overlapping."""
        return tuple(resolve(self.every(text)))

    def every(self, text: Text) -> list[Span]:
        """What each recogniser finds in a text by itself."""
        return list(_real(text, self._search(text))) if text.value else []

    def caring(self, key: str) -> tuple[Keyed, ...]:
        """The recognisers that may find something right under a key."""
        known = self._caring.get(key)
        if known is None:
            known = tuple(recogniser for recogniser in self._keyed if recogniser.cares is None or recogniser.cares(key))
            if len(self._caring) >= _REMEMBERED:
                self._caring.clear()
            if len(key) <= _SHORT:
                self._caring[key] = known
        return known

    def under(self, keys: tuple[str, ...], text: Text) -> tuple[Span, ...]:
        """What is private in a text because of the keys that lead to it."""
        return tuple(_real(text, (span for recogniser in self.caring(keys[-1]) for span in recogniser.under(keys, text))))

    def _search(self, text: Text) -> Iterator[Span]:
        for scanned in self._scanned:
            yield from scanned.find(text)
        if self._anchors is None:
            return
        # A recogniser is not asked again within what it has found: else a text that is one long run of an anchor would take forever.
        done: dict[str, int] = {}
        for number, start, end in self._anchors.find_matches_as_indexes(text.low, overlapping=True):
            for recogniser in self._owners[number]:
                if end <= done.get(recogniser.name, 0):
                    continue
                for span in recogniser.at(text, start, end):
                    done[recogniser.name] = max(done.get(recogniser.name, 0), span.end)
                    yield span


def _real(text: Text, spans: Iterable[Span]) -> Iterator[Span]:
    """Stand-ins, ours or a vendor's documented ones, are nobody's."""
    return (span for span in spans if span.start < span.end and not is_stand_in(text.value[span.start : span.end]))
