"""Which calls have ended: those whose interaction stands in the log, whole and readable.

Only the days since a call began are looked at, and one before them for a clock that was set back. Lines of our own are told by how they
begin, so that a log of any size is passed over quickly; only a line that may be a call asked for is read.
"""

from collections.abc import Iterable, Iterator, Set
from datetime import date, timedelta
from pathlib import Path
from typing import IO

from agentlog._io.compress import open_binary
from agentlog._io.jsonl import BadLine, Line, raw_lines, read_line
from agentlog.schema.events import parse_event
from agentlog.schema.interaction import Interaction
from agentlog.store.first_bytes import OWN_ID, OWN_INTERACTION, OWN_LATER
from agentlog.store.layout import compressed_file, log_files


def files_since(data: Path, timestamp: str) -> list[Path]:
    """The log files in which a call may have ended that began at this time, given as a log line has it.

    Raises:
        LogError: there is nothing at ``data``.
    """
    first = _day_before(timestamp)
    return [file for file in log_files(data) if file.parent.name >= first]


def ended_calls(files: Iterable[Path], ids: Set[str]) -> set[str]:
    """Which of these ids stand in the files as interactions.

    Raises:
        OSError: a file cannot be opened.
    """
    names = {each.encode() for each in ids}
    return {found for file in files for found in _interactions(file, names)}


def _day_before(timestamp: str) -> str:
    try:
        return (date.fromisoformat(timestamp[:10]) - timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return ""


def _interactions(file: Path, names: Set[bytes]) -> Iterator[str]:
    with _opened(file) as stream:
        for number, raw in enumerate(raw_lines(stream, []), start=1):
            # What begins neither in the one way nor in the other may still be a call that is asked for.
            if raw.startswith(OWN_LATER) or (raw.startswith(OWN_INTERACTION) and raw[OWN_ID] not in names):
                continue
            event = _interaction(read_line(file, number, raw))
            if event is not None and event.id.encode() in names:
                yield event.id


def _interaction(line: Line | BadLine) -> Interaction | None:
    try:
        event = parse_event(line.value) if isinstance(line, Line) else None
    except ValueError:
        return None
    return event if isinstance(event, Interaction) else None


def _opened(file: Path) -> IO[bytes]:
    """The file, under its new name if it was compressed since the files were listed."""
    try:
        return open_binary(file)
    except FileNotFoundError:
        return open_binary(compressed_file(file))
