"""What has been seen of a log, for questions about the whole of it, in memory that does not grow with it.

Ids, digests and references go into a private temporary database, which the system keeps in memory while it is small, on the disk when it
is not, and removes by itself. Texts of the log never go there.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

_TABLES = """
    PRAGMA journal_mode = OFF;
    PRAGMA cache_size = -16384;
    CREATE TABLE event (kind TEXT, id TEXT, content BLOB, file INTEGER, line INTEGER, PRIMARY KEY (kind, id)) WITHOUT ROWID;
    CREATE TABLE target (id TEXT);
    CREATE TABLE blob (name TEXT PRIMARY KEY, file INTEGER, line INTEGER) WITHOUT ROWID;
    BEGIN;
"""


class Place(NamedTuple):
    """Where something stands in the log; lines count from 1."""

    file: Path
    line: int


class Known(NamedTuple):
    """The first place where an event of this id stood, and whether it said the same."""

    place: Place
    same: bool


class Seen:
    """A memory for ``with``, gone at the end of the block."""

    def __enter__(self) -> Self:
        # An empty name asks for a database that is private and temporary.
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.executescript(_TABLES)
        self._files: list[Path] = []
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._base.close()

    def event(self, kind: str, id: str, content: bytes, place: Place) -> Known | None:  # noqa: A002
        """Take in an event, given as canonical JSON; what is known of its id if that was seen before."""
        digest = hashlib.blake2b(content, digest_size=16).digest()
        row = (kind, id, digest, self._number(place.file), place.line)
        if self._base.execute("INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?, ?)", row).rowcount:
            return None
        first, file, line = self._base.execute("SELECT content, file, line FROM event WHERE kind = ? AND id = ?", row[:2]).fetchone()
        return Known(Place(self._files[file], line), first == digest)

    def target(self, id: str) -> None:  # noqa: A002
        """Take in that an event points at this interaction."""
        self._base.execute("INSERT INTO target VALUES (?)", (id,))

    def blob(self, name: str, place: Place) -> None:
        """Take in that a line refers to this blob."""
        self._base.execute("INSERT OR IGNORE INTO blob VALUES (?, ?, ?)", (name, self._number(place.file), place.line))

    def orphans(self) -> int:
        """How many events point at an interaction that was not seen."""
        query = "SELECT count(*) FROM target WHERE NOT EXISTS (SELECT 1 FROM event WHERE kind = 'interaction' AND event.id = target.id)"
        return int(self._base.execute(query).fetchone()[0])

    def blobs(self) -> Iterator[tuple[str, Place]]:
        """Every blob that was referred to, with the first place that did."""
        for name, file, line in self._base.execute("SELECT name, file, line FROM blob"):
            yield name, Place(self._files[file], line)

    def _number(self, file: Path) -> int:
        if not self._files or self._files[-1] != file:
            self._files.append(file)
        return len(self._files) - 1
