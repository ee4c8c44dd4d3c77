"""Foreign logs into the store: each interaction once, every run accounted for.

Ids are made of content, so what the store has already is not written again, and importing a file twice adds nothing. The lines of a file
appear in the log as whole files, in one step each: an import that is killed leaves nothing half-written, and the same import again
completes it.

One session is one run. Where a run's own session value is taken already by another run or by a live session (tau-bench repeats a task id
for each trial), the session is named ``<value>#<start of the run's content id>``; a run without such a value has its content id.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from agentlog._clock import SYSTEM_CLOCK, Clock
from agentlog._io.atomic import write_file
from agentlog._io.compress import DAMAGED, open_binary
from agentlog._io.jsonl import BOM, TOO_DEEP, BadLine, Line, dump_line, nests_too_deeply, read_lines
from agentlog.errors import ImportRefusedError
from agentlog.formats import load_format
from agentlog.formats.chat_shape import is_chat
from agentlog.formats.messages import Options, Run
from agentlog.project import folder_name
from agentlog.store.layout import FILE_MODE, new_log_file
from agentlog.store.reader import read_events

# Whole lines are held in memory until their file is written; a line repeats its history, so a file stays within some hundred MB.
_LINES_PER_FILE = 2_000
_KEY_START = 8


@dataclass
class ImportReport:
    """What was read and what became of it: ``interactions_read == interactions_added + already_there``.

    ``runs`` counts all runs, ``runs_set_aside`` those of which nothing could be used. ``set_aside`` says which runs and messages and
    why; places are lines of JSON lines, or positions in an array, from 1. ``lacking`` counts imported runs without a value at a path
    that was asked for (session, task, result).
    """

    runs: int = 0
    runs_set_aside: int = 0
    interactions_read: int = 0
    interactions_added: int = 0
    already_there: int = 0
    set_aside: list[BadLine] = field(default_factory=list)
    lacking: Counter[str] = field(default_factory=Counter)


def import_logs(
    files: Iterable[str | Path],
    data: str | Path,
    *,
    format: str,  # noqa: A002
    options: Options,
    clock: Clock = SYSTEM_CLOCK,
) -> ImportReport:
    """Import files of runs (a JSON array or JSON lines; plain, gzip'd or zstd-compressed) into the log of a data folder.

    Raises:
        ImportRefusedError: a file cannot be read at all, or none of its runs is what the options say. Files before it are imported.
        SettingError: unknown format, or a role that could not be built because no folder can have its name.
    """
    read_run = load_format(format).read_run
    folder_name(options.role)
    store = _Store(Path(data), clock)
    report = ImportReport()
    for place, file in enumerate(map(Path, files)):
        try:
            runs = _runs(file, read_run, options, report)
        except ImportRefusedError as error:
            if not place:
                raise
            raise ImportRefusedError(f"{error}. What the {place} before it hold is imported") from error
        store.add(runs, report)
    return report


def _runs(file: Path, read_run: Callable[[Any, Options, str], Run], options: Options, report: ImportReport) -> list[Run]:
    runs: list[Run] = []
    seen = len(report.set_aside)
    for row in _rows(file):
        report.runs += 1
        try:
            if isinstance(row, BadLine):
                raise ValueError(row.reason)
            run = read_run(row.value, options, file.name)
        except ValueError as error:
            report.runs_set_aside += 1
            report.set_aside.append(BadLine(file, row.number, str(error)))
            continue
        report.set_aside += [BadLine(file, row.number, reason) for reason in run.set_aside]
        runs.append(run)
    _refuse_if_nothing_fits(file, runs, report.set_aside[seen:])
    for run in runs:
        report.lacking.update(run.lacking)
    return runs


def _refuse_if_nothing_fits(file: Path, runs: list[Run], set_aside: list[BadLine]) -> None:
    if not runs:
        reason = set_aside[0].reason if set_aside else "it holds no runs"
        raise ImportRefusedError(f"{file}: nothing in it can be imported; the first reason: {reason} (see --messages-path)")
    for name in runs[0].lacking:
        if all(name in run.lacking for run in runs):
            raise ImportRefusedError(f"{file}: none of its {len(runs)} runs has a value at --{name}-path: correct the path or leave it out")


def _rows(file: Path) -> Iterator[Line | BadLine]:
    """The values of a JSON array, of JSON lines, or one JSON object; an array of messages is one run and not many."""
    lines: list[Line | BadLine] = []
    try:
        with open_binary(file) as stream:
            first = stream.read(1024).removeprefix(BOM).lstrip()[:1]
        if not first:
            raise ImportRefusedError(f"{file} is empty")
        if first != b"[":
            lines = list(read_lines(file))
            if isinstance(lines[0], Line):
                return iter(lines)
        with open_binary(file) as stream:
            text = stream.read().removeprefix(BOM)
        value = orjson.loads(text)
    except DAMAGED as error:
        raise ImportRefusedError(f"{file} is damaged: {error}; fetch it again") from error
    except OSError as error:
        raise ImportRefusedError(f"{file} cannot be read: {error.strerror or error}") from error
    except orjson.JSONDecodeError as error:
        # Lines of which the first is broken; but a single line of one large broken object may well be JSON by itself.
        if any(isinstance(line, Line) and isinstance(line.value, dict) for line in lines):
            return iter(lines)
        raise ImportRefusedError(f"{file} is neither JSON nor JSON lines: {error}") from error
    return (
        BadLine(file, place, TOO_DEEP) if nests_too_deeply(text, row) else Line(file, place, row)
        for place, row in enumerate(value if isinstance(value, list) and not is_chat(value) else [value], start=1)
    )


class _Store:
    """The log as an import sees it: which ids and sessions it has, and new files for new lines."""

    def __init__(self, data: Path, clock: Clock) -> None:
        self._data, self._clock = data, clock
        self._ids: set[str] = set()
        self._session_runs: dict[str, str | None] = {}
        for line in read_events(data) if data.exists() else ():
            if isinstance(line, Line) and isinstance(line.value, dict) and line.value.get("event") == "interaction":
                self._know(line.value)

    def _know(self, line: dict[str, Any]) -> None:
        self._ids.add(str(line.get("id")))
        metadata = line.get("metadata")
        if session := line.get("session_id"):
            self._session_runs.setdefault(session, metadata.get("run") if isinstance(metadata, dict) else None)

    def add(self, runs: list[Run], report: ImportReport) -> None:
        """Write what is new."""
        waiting: list[bytes] = []
        for line in chain.from_iterable(map(self._in_session, runs)):
            report.interactions_read += 1
            if line["id"] in self._ids:
                report.already_there += 1
                continue
            self._know(line)
            report.interactions_added += 1
            waiting.append(dump_line(line))
            if len(waiting) == _LINES_PER_FILE:
                self._publish(waiting)
        self._publish(waiting)

    def _in_session(self, run: Run) -> Iterator[dict[str, Any]]:
        name = run.session or run.key
        if self._session_runs.get(name, run.key) != run.key:
            name = f"{name}#{run.key[:_KEY_START]}"
        for line in run.lines:
            yield {**line, "session_id": name}

    def _publish(self, waiting: list[bytes]) -> None:
        if waiting:
            write_file(new_log_file(self._data, self._clock.time_ns()), b"".join(waiting), FILE_MODE)
            waiting.clear()
