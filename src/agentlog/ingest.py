"""Foreign logs into the store: each interaction once, every run accounted for.

Ids are made of content, so what the store has already is not written again, and importing a file twice adds nothing. Lines
appear in the log as whole files, in one step each: an import that is killed leaves nothing half-written, and the same import again
completes it.

One session is one run. Where a run's own session value is taken already by another run or by a live session (tau-bench repeats a task id
for each trial), the session is named ``<value>#<start of the run's content id>``; a run without such a value has its content id.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

from agentlog._clock import SYSTEM_CLOCK, Clock
from agentlog._io.atomic import write_file
from agentlog._io.jsonl import BadLine, Line, dump_line
from agentlog.errors import ImportRefusedError
from agentlog.formats import load_format
from agentlog.formats.run import FileRead, Options, Run
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

    def account(self, read: FileRead) -> None:
        """Count what a file gave, and what it did not."""
        self.runs += len(read.runs) + read.runs_set_aside
        self.runs_set_aside += read.runs_set_aside
        self.set_aside += read.set_aside
        for run in read.runs:
            self.lacking.update(run.lacking)


def import_logs(
    files: Iterable[str | Path],
    data: str | Path,
    *,
    format: str,  # noqa: A002
    options: Options,
    clock: Clock = SYSTEM_CLOCK,
) -> ImportReport:
    """Import files of a foreign log (plain, gzip'd or zstd-compressed) into the log of a data folder.

    Of a folder, all files below it are read whose names end as those of the format do; one that is of another kind is set aside.

    Raises:
        ImportRefusedError: a file cannot be read at all, none of its runs is what the options say, or no file holds any run. Files before
            it are imported.
        SettingError: unknown format, an option that it has no use for, or a role that could not be built because no folder can have its
            name.
    """
    module = load_format(format, options)
    folder_name(options.role)
    store = _Store(Path(data), clock)
    report = ImportReport()
    try:
        for place, (file, is_found) in enumerate(_files(map(Path, files), module.SUFFIXES)):
            read = _read(module, file, options, is_found, place)
            report.account(read)
            store.add(read.runs, report)
    finally:
        store.publish()
    if report.runs and report.runs == report.runs_set_aside:
        raise ImportRefusedError(f"nothing in the files can be imported; the first reason: {report.set_aside[0]}")
    return report


def _read(module: ModuleType, file: Path, options: Options, is_found: bool, place: int) -> FileRead:
    """What a file gives; one that was found in a folder and is of another kind is set aside as a whole."""
    try:
        read: FileRead = module.read_file(file, options)
    except ImportRefusedError as error:
        if is_found:
            return FileRead(runs_set_aside=1, set_aside=[BadLine(file, 1, str(error).removeprefix(str(file)).strip(": "))])
        if not place:
            raise
        raise ImportRefusedError(f"{error}. What the {place} before it hold is imported") from error
    return read


def _files(given: Iterable[Path], suffixes: tuple[str, ...]) -> Iterator[tuple[Path, bool]]:
    """Files in order, each with whether it was found in a folder."""
    endings = tuple(f"{suffix}{packed}" for suffix in suffixes for packed in ("", ".gz", ".zst"))
    for path in given:
        if not path.is_dir():
            yield path, False
            continue
        found = sorted(file for file in path.rglob("*") if file.name.endswith(endings) and file.is_file())
        if not found:
            raise ImportRefusedError(f"{path} cannot be read: a folder without a file named *{', *'.join(suffixes)}")
        yield from ((file, True) for file in found)


class _Store:
    """The log as an import sees it: which ids and sessions it has, and new files for new lines."""

    def __init__(self, data: Path, clock: Clock) -> None:
        self._data, self._clock = data, clock
        self._ids: set[str] = set()
        self._session_runs: dict[str, str | None] = {}
        self._waiting: list[bytes] = []
        for line in read_events(data) if data.exists() else ():
            if isinstance(line, Line) and isinstance(line.value, dict) and line.value.get("event") == "interaction":
                self._know(line.value)

    def _know(self, line: dict[str, Any]) -> None:
        self._ids.add(str(line.get("id")))
        metadata = line.get("metadata")
        if session := line.get("session_id"):
            self._session_runs.setdefault(session, metadata.get("run") if isinstance(metadata, dict) else None)

    def add(self, runs: list[Run], report: ImportReport) -> None:
        """Take what is new; whole files of it are written."""
        for line in chain.from_iterable(map(self._in_session, runs)):
            report.interactions_read += 1
            if line["id"] in self._ids:
                report.already_there += 1
                continue
            self._know(line)
            report.interactions_added += 1
            self._waiting.append(dump_line(line))
            if len(self._waiting) == _LINES_PER_FILE:
                self.publish()

    def publish(self) -> None:
        """Write the rest."""
        if self._waiting:
            write_file(new_log_file(self._data, self._clock.time_ns()), b"".join(self._waiting), FILE_MODE)
            self._waiting.clear()

    def _in_session(self, run: Run) -> Iterator[dict[str, Any]]:
        name = run.session or run.key
        if self._session_runs.get(name, run.key) != run.key:
            name = f"{name}#{run.key[:_KEY_START]}"
        for line in run.lines:
            yield {**line, "session_id": name}
