"""Rows: the outlines of a build in memory, their texts in the cache.

The order is that of the sessions. Whoever needs texts asks an outline for its sample; the texts of the sessions that were asked for last
are at hand, as many as a budget of bytes holds: going through rows in order reads each session once, and so does going through those of a
few long sessions in any order.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import zstandard

from agentlog.build.cache import OutcomeCache
from agentlog.build.session_outcome import SessionOutlines, SessionTexts, read_outlines, read_texts, sample_of
from agentlog.errors import BuildRefusedError
from agentlog.schema.outline import Outline
from agentlog.schema.sample import Sample


class Place(NamedTuple):
    """Where the texts of one row lie: the texts of a session, and the row's number in it."""

    rows: "Rows"
    session: int
    number: int

    def sample(self, outline: Outline) -> Sample:
        """The row itself."""
        texts = self.rows.texts(self.session)
        return sample_of(texts.rows[self.number], texts.answers[self.number], outline)


class _Unplaced:
    """Stands where a place will be while outlines are read."""

    def sample(self, outline: Outline) -> Sample:
        raise AssertionError("no place yet")


_UNPLACED = _Unplaced()


_AT_HAND = 64 << 20


class Rows:
    """All rows that the first half of a build has made, by the keys of their sessions in order."""

    def __init__(self, cache: OutcomeCache, keys: Sequence[bytes]) -> None:
        self._cache = cache
        self._keys = keys
        self._open: dict[int, SessionTexts] = {}
        self._open_bytes = 0

    def __len__(self) -> int:
        return len(self._keys)

    def outlines(self) -> Iterator[SessionOutlines]:
        """For each session what its stages counted, and its outlines."""
        for session, key in enumerate(self._keys):
            found = read_outlines(self._cache.outlines(key), _UNPLACED)
            for number, outline in enumerate(found.rows):
                outline.texts = Place(self, session, number)
            yield found

    def texts(self, session: int) -> SessionTexts:
        """The texts of one session.

        Raises:
            BuildRefusedError: they are not what was written; the pack that held them is removed.
        """
        # A dictionary keeps the order in which things were put into it: what was not asked for the longest comes first.
        if session in self._open:
            self._open[session] = self._open.pop(session)
            return self._open[session]
        key = self._keys[session]
        try:
            texts = read_texts(self._cache.texts(key))
        except zstandard.ZstdError as error:
            pack = self._cache.give_up(key)
            raise BuildRefusedError(f"{pack} was damaged and is removed: the same command makes anew what it held") from error
        self._open_bytes += texts.size
        while self._open and self._open_bytes > _AT_HAND:
            self._open_bytes -= self._open.pop(next(iter(self._open))).size
        self._open[session] = texts
        return texts


def place_of(outline: Outline) -> Place:
    """Where the texts of a row lie."""
    assert isinstance(outline.texts, Place)
    return outline.texts
