"""Rows: the outlines of a build in memory, their texts in the cache.

The order is that of the sessions. Whoever needs texts asks an outline for its sample; the texts of the session that was asked for last are
at hand, so that going through rows in order reads each session once.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from agentlog.build.cache import OutcomeCache
from agentlog.build.session_outcome import Ledger, ledger_of, lines_of, sample_of, steps_and_rows
from agentlog.schema.outline import Outline
from agentlog.schema.sample import Sample


class RowText(NamedTuple):
    """A row as it will be written, and what is told of it beside that."""

    line: bytes
    told: dict[str, Any]


class _Place(NamedTuple):
    """Where the texts of one row lie: the texts of a session, and the row's number in it."""

    rows: "Rows"
    session: int
    number: int

    def sample(self, outline: Outline) -> Sample:
        """The row itself."""
        text = self.rows.text(outline)
        return sample_of(text.line, text.told, outline)


class _Unplaced:
    """Stands where a place will be while outlines are read."""

    def sample(self, outline: Outline) -> Sample:
        raise AssertionError("no place yet")


_UNPLACED = _Unplaced()


class Rows:
    """All rows that the first half of a build has made, by the keys of their sessions in order."""

    def __init__(self, cache: OutcomeCache, keys: Sequence[bytes]) -> None:
        self._cache = cache
        self._keys = keys
        self._open: tuple[int, list[bytes], Ledger] = (-1, [], Ledger([], [], []))

    def outcomes(self) -> Iterator[tuple[list[Sequence[Any]], list[Outline]]]:
        """For each session what its stages counted, and its outlines."""
        for session, key in enumerate(self._keys):
            steps, outlines = steps_and_rows(self._cache.outlines(key), _UNPLACED)
            for number, outline in enumerate(outlines):
                outline.texts = _Place(self, session, number)
            yield steps, outlines

    def ledgers(self) -> Iterator[Ledger]:
        """For each session what is told beside its rows."""
        for session in range(len(self._keys)):
            yield self._session(session)[1]

    def session_of(self, outline: Outline) -> int:
        """The number of the session that a row is of."""
        place = outline.texts
        assert isinstance(place, _Place)
        return place.session

    def text(self, outline: Outline) -> RowText:
        """The texts of one row."""
        place = outline.texts
        assert isinstance(place, _Place)
        lines, ledger = self._session(place.session)
        return RowText(lines[place.number + 1], ledger.rows[place.number])

    def _session(self, session: int) -> tuple[list[bytes], Ledger]:
        if self._open[0] != session:
            lines = lines_of(self._cache.texts(self._keys[session]))
            self._open = (session, lines, ledger_of(lines[0]))
        return self._open[1:]
