"""Follower: events as they arrive in the log, whoever writes them, in files that are there and in files yet to come.

It keeps in mind how far each file was read and goes on from there; a line without its end is being written and waits. A process writes
to no file of a day that is over, so only the newest two days of the log are looked at, and today and yesterday. A file that was
compressed in between is read on under its new name.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from agentlog._io.compress import DAMAGED, open_binary
from agentlog._io.jsonl import BadLine, read_line
from agentlog.schema.events import Event, parse_event
from agentlog.store.digests import chunks_of
from agentlog.store.layout import day_folders, log_files, plain_name

_CHUNK = 1 << 20
_LAST = "~"


class _Point(NamedTuple):
    """How far a file was read: behind this many plain bytes, which are this many whole lines."""

    offset: int = 0
    lines: int = 0


class Follower:
    """What arrives in the log of a data folder from now on.

    Raises:
        LogError: there is nothing at ``path``.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._points: dict[tuple[str, str], _Point] = {}
        # Compressed files do not grow: one look at each is enough, and at those that are there already none.
        self._done: set[Path] = set()
        for file in self._files():
            if _is_plain(file):
                self._points[_key(file)] = _end_of(file)
            else:
                self._done.add(file)

    def arrived(self) -> list[Event | BadLine]:
        """What arrived since the last time this was asked: events by their time, then lines that cannot be read.

        Raises:
            LogError: the log is gone.
            OSError: a file cannot be read.
        """
        found = [event for file in self._files() if file not in self._done for event in self._read_on(file)]
        return sorted(found, key=lambda event: _LAST if isinstance(event, BadLine) else event.timestamp)

    def _files(self) -> list[Path]:
        now = datetime.now(UTC)
        recent = {f"{now:%Y-%m-%d}", f"{now - timedelta(days=1):%Y-%m-%d}"}
        days = day_folders(self._path)
        return [file for number, day in enumerate(days) if number >= len(days) - 2 or day.name in recent for file in log_files(day)]

    def _read_on(self, file: Path) -> Iterator[Event | BadLine]:
        point = self._points.get(_key(file), _Point())
        try:
            for raw in _lines_from(file, point.offset):
                point = _Point(point.offset + len(raw), point.lines + 1)
                if not raw.isspace():
                    yield _event(file, point.lines, raw)
        except FileNotFoundError:
            # It is being compressed; the next look finds it under its new name.
            return
        except DAMAGED as error:
            yield BadLine(file, point.lines + 1, f"damaged file, nothing readable from here on: {error}")
        self._points[_key(file)] = point
        if not _is_plain(file):
            self._done.add(file)


def _key(file: Path) -> tuple[str, str]:
    return file.parent.name, plain_name(file)


def _is_plain(file: Path) -> bool:
    return file.suffix == ".jsonl"


def _end_of(file: Path) -> _Point:
    """Behind the last whole line of a plain file."""
    end = read = lines = 0
    with file.open("rb") as stream:
        for chunk in chunks_of(stream):
            if (last := chunk.rfind(b"\n")) >= 0:
                end, lines = read + last + 1, lines + chunk.count(b"\n")
            read += len(chunk)
    return _Point(end, lines)


def _lines_from(file: Path, offset: int) -> Iterator[bytes]:
    """The whole lines of a file behind a place in its plain bytes."""
    with open_binary(file) as stream:
        if _is_plain(file):
            stream.seek(offset)
        else:
            while offset and (passed := len(stream.read(min(offset, _CHUNK)))):
                offset -= passed
        for raw in stream:
            if raw.endswith(b"\n"):
                yield raw


def _event(file: Path, number: int, raw: bytes) -> Event | BadLine:
    line = read_line(file, number, raw)
    if isinstance(line, BadLine):
        return line
    try:
        return parse_event(line.value)
    except ValueError as error:
        return BadLine(file, number, str(error))
