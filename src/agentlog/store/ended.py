"""Which calls have ended: those whose interaction stands in the log, whole and readable.

Only the days since a call began are looked at, and one before them for a clock that was set back. Lines of our own are told by how they
begin, so that a log of any size is passed over quickly; only a line that may be a call asked for is read.
"""

from collections.abc import Iterator, Set
from datetime import date, timedelta
from pathlib import Path

from agentlog._io.compress import DAMAGED, open_binary
from agentlog._io.jsonl import Line, read_line
from agentlog.schema.events import parse_event
from agentlog.store.layout import compressed_file, log_files

_OURS = b'{"event":"interaction","schema_version":1,"id":"'
_OTHERS = (b'{"event":"result",', b'{"event":"feedback",', b'{"event":"lost",')
_ID = slice(len(_OURS), len(_OURS) + 36)


def ended_calls(data: Path, ids: Set[str], since: str) -> set[str]:
    """Which of these ids stand in the log as interactions; ``since`` is the time, as a log line has it, when the first began.

    Raises:
        LogError: there is nothing at ``data``.
        OSError: a file cannot be opened.
    """
    names, first = {each.encode() for each in ids}, _day_before(since)
    return {found for file in log_files(data) if file.parent.name >= first for found in _interactions(file, names)}


def _day_before(timestamp: str) -> str:
    try:
        return (date.fromisoformat(timestamp[:10]) - timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return ""


def _interactions(file: Path, names: Set[bytes]) -> Iterator[str]:
    for number, raw in enumerate(_raw_lines(file), start=1):
        if raw.startswith(_OTHERS) or (raw.startswith(_OURS) and raw[_ID] not in names):
            continue
        line = read_line(file, number, raw)
        try:
            event = parse_event(line.value) if isinstance(line, Line) else None
        except ValueError:
            continue
        if event is not None and event.event == "interaction" and event.id.encode() in names:
            yield event.id


def _raw_lines(file: Path) -> Iterator[bytes]:
    """The lines of a file as far as they can be read, under its new name if it was compressed since the files were listed."""
    try:
        stream = open_binary(file)
    except FileNotFoundError:
        stream = open_binary(compressed_file(file))
    with stream:
        try:
            yield from stream
        except DAMAGED:
            return
