"""Is the log what it should be? Every line of every file is read and held against the schema, and what belongs together is compared.

Wrong are: lines that are no events, compressed files whose content is not what was recorded when they were closed, ids that stand for
different events, blobs that are not what they are named after, references to blobs that are not there. Each is told with its place. Not
wrong, only counted: events that stand twice and say the same, results and feedback whose interaction is not there (it may be on another
machine), a line that is being written, calls of dead processes that wait for recovery.

Memory does not grow with the log. Nothing is changed and nothing is repaired.
"""

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from agentlog._hashing import canonical_json, file_digest
from agentlog._io.jsonl import TORN, BadLine, Line, read_lines
from agentlog.errors import LogError
from agentlog.schema.events import Event, FeedbackEvent, LostEvent, ResultEvent, parse_event
from agentlog.schema.interaction import Interaction
from agentlog.schema.payloads import BLOB, exchange_payloads
from agentlog.store.digests import Content, content_of_file, read_digests
from agentlog.store.holding import is_held
from agentlog.store.layout import (
    blob_file,
    blob_files,
    blobs_folder,
    compressed_file,
    day_folders,
    digests_file,
    journal_files,
    log_files,
    plain_name,
    set_aside_folder,
)
from agentlog.store.seen import Place, Seen

_REFERENCE = re.compile(f"{BLOB}sha256:([0-9a-f]{{64}})")


class Finding(NamedTuple):
    """One thing that is wrong, and where: a line, or a whole file."""

    file: Path
    line: int | None
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}" if self.line else f"{self.file}: {self.reason}"


@dataclass
class Verified:
    """What was looked at, and how much was found wrong.

    ``closed`` are compressed files whose digest was compared, ``undigested`` those of which none is recorded. ``repeated`` events stand
    more than once and say the same; ``lost`` counts the events that the log itself says are missing. ``waiting`` journals of dead
    processes are there to be recovered, ``set_aside`` ones could not be read whole.
    """

    files: int = 0
    lines: int = 0
    interactions: int = 0
    results: int = 0
    feedback: int = 0
    lost: int = 0
    orphans: int = 0
    repeated: int = 0
    being_written: int = 0
    closed: int = 0
    undigested: int = 0
    blobs: int = 0
    references: int = 0
    waiting: int = 0
    set_aside: int = 0
    findings: int = 0


def verify_log(
    data: str | Path, on_finding: Callable[[Finding], None], on_file: Callable[[int, int], None] = lambda done, of: None
) -> Verified:
    """Verify the log of a data folder. ``on_finding`` hears of each thing that is wrong, ``on_file`` how many of how many files are done.

    Raises:
        LogError: there is nothing at ``data``, or a file cannot be opened.
    """
    with Seen() as seen:
        check = _Check(Path(data), seen)
        for finding in check.findings(on_file):
            check.counts.findings += 1
            on_finding(finding)
        return check.counts


class _Check:
    def __init__(self, data: Path, seen: Seen) -> None:
        self.data, self.seen = data, seen
        self.counts = Verified()

    def findings(self, on_file: Callable[[int, int], None]) -> Iterator[Finding]:
        files = log_files(self.data)
        day, contents = None, dict[str, Content]()
        for number, file in enumerate(files):
            on_file(number, len(files))
            if file.parent != day:
                day, contents = file.parent, read_digests(file.parent).contents
            yield from self._file(file, contents.get(plain_name(file)))
        self.counts.files = len(files)
        for folder in day_folders(self.data):
            yield from _missing(folder)
        self.counts.orphans = self.seen.orphans()
        yield from self._blobs()
        self._count_journals()

    def _file(self, file: Path, recorded: Content | None) -> Iterator[Finding]:
        try:
            yield from self._lines(file)
            if recorded is not None:
                self.counts.closed += 1
                if content_of_file(file) != recorded:
                    yield Finding(file, None, f"is not what it was when it was closed: {recorded.digest}, {recorded.lines} lines")
            elif file.name != plain_name(file):
                self.counts.undigested += 1
        except FileNotFoundError:
            if not compressed_file(file).exists():
                yield Finding(file, None, "was there and is gone")
                return
            # It was compressed since the files were listed.
            yield from self._file(compressed_file(file), read_digests(file.parent).contents.get(file.name))
        except OSError as error:
            raise LogError(f"{file} cannot be read: {error.strerror or error}; mend it or move it out of the log") from error

    def _lines(self, file: Path) -> Iterator[Finding]:
        if not file.stat().st_size and not is_held(file):
            yield Finding(
                file, None, "the file is empty: its process ended before it wrote anything, or it was emptied; move it out of the log"
            )
        for line in read_lines(file):
            self.counts.lines += 1
            if isinstance(line, Line):
                yield from self._line(line)
            elif line.reason.endswith(TORN) and is_held(file):
                self.counts.being_written += 1
            else:
                yield _as_finding(line)

    def _line(self, line: Line) -> Iterator[Finding]:
        try:
            event = parse_event(line.value)
        except ValueError as error:
            yield Finding(line.file, line.number, str(error))
            return
        self._count(event)
        place, content = Place(line.file, line.number), canonical_json(line.value)
        if BLOB.encode() in content:
            self._refer(line.value, place)
        if (target := getattr(event, "interaction_id", None)) is not None:
            self.seen.target(target)
        known = self.seen.event(event.event, event.id, content, place)
        if known is not None and known.same:
            self.counts.repeated += 1
        elif known is not None:
            yield Finding(line.file, line.number, f"{event.event} {event.id} differs from that of {known.place.file}:{known.place.line}")

    def _refer(self, value: Any, place: Place) -> None:
        """Take in which blobs a line refers to, where a payload would stand; what only looks so is text."""

        def seen(payload: str, _: str) -> str:
            if found := _REFERENCE.fullmatch(payload):
                self.seen.blob(found[1], place)
            return payload

        exchange_payloads(value, seen)

    def _count(self, event: Event) -> None:
        match event:
            case Interaction():
                self.counts.interactions += 1
            case ResultEvent():
                self.counts.results += 1
            case FeedbackEvent():
                self.counts.feedback += 1
            case LostEvent():
                self.counts.lost += event.count

    def _blobs(self) -> Iterator[Finding]:
        folder = blobs_folder(self.data)
        for file in blob_files(folder):
            self.counts.blobs += 1
            if file_digest(file) != f"sha256:{file.name}" or file != blob_file(folder, file.name):
                yield Finding(file, None, "its content is not what its name says")
        for name, place in self.seen.blobs():
            self.counts.references += 1
            if not blob_file(folder, name).is_file():
                yield Finding(place.file, place.line, f"refers to the blob {name}, which is not there")

    def _count_journals(self) -> None:
        for journal in journal_files(self.data):
            # One that vanishes meanwhile was recovered, or its process ended well.
            with contextlib.suppress(FileNotFoundError):
                self.counts.waiting += not is_held(journal)
        folder = set_aside_folder(self.data)
        self.counts.set_aside = sum(1 for _ in folder.iterdir()) if folder.is_dir() else 0


def _missing(day: Path) -> Iterator[Finding]:
    """What is wrong with the record of a day's closed files itself: lines of it, and files that are not there."""
    recorded = read_digests(day)
    yield from map(_as_finding, recorded.bad)
    there = {plain_name(file) for file in log_files(day)}
    for name in recorded.contents:
        if name not in there:
            yield Finding(digests_file(day), None, f"{name} was closed and is not there")


def _as_finding(bad: BadLine) -> Finding:
    return Finding(bad.file, bad.number, bad.reason)
