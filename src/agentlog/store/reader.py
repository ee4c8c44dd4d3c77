"""Reading the log: all its files as one stream of interactions, each with its results and feedback joined.

Two passes. The first collects results, feedback and ids, because a result may stand in any file, even before its interaction; the second
streams the interactions. Each id is handed out once, and the same interactions come out whatever the order of the files: where copies of
an id differ, the one that sorts first as canonical JSON stands, and copies come last. A line that cannot be read is set aside with file,
number and reason; the rest is read. Nothing is repaired and nothing is written to the log.

Memory does not grow with the log: what the first pass finds beyond a budget lies in a temporary file (`LaterEvents`). Only the lines set
aside are kept as a list. Lines of agentlog's own making are told by their first bytes, parsed once and checked without pydantic; whatever
looks different in the least is validated as a whole.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any

import orjson

from agentlog._hashing import canonical_json
from agentlog._io.compress import open_binary
from agentlog._io.jsonl import BOM, BadLine, Line, raw_lines, read_line, read_lines
from agentlog._io.spill import Spill
from agentlog.errors import LogError
from agentlog.schema.events import Event, FeedbackEvent, LostEvent, ResultEvent, in_order, join_into, parse_event
from agentlog.schema.interaction import Interaction
from agentlog.schema.own_lines import take_over
from agentlog.store.first_bytes import interaction_id, target_id
from agentlog.store.later import STRETCH, LaterEvents, Record, Stretch
from agentlog.store.layout import compressed_file, log_files

MEMORY = 32 << 20
"""How many bytes of results, feedback and ids are held in memory before they go to a temporary file."""
_LINE_BITS = 40

Stretches = list[tuple[int, int]]
"""Of one file: how many lines from where the last part ended belong to which stretch."""


def read_interactions(path: str | Path, *, role: str | None = None) -> "Interactions":
    """The interactions of a data folder, a log folder or a log file; of one role if named.

    Raises:
        LogError: there is nothing at ``path``.
    """
    return Interactions(log_files(Path(path)), role)


def read_events(path: str | Path) -> Iterator[Line | BadLine]:
    """Every line as it stands, undecided what it means: cheap, and in the order of the files.

    Raises:
        LogError: there is nothing at ``path``, or a file cannot be opened.
    """
    for file in log_files(Path(path)):
        try:
            if file.stat().st_size == 0:
                yield BadLine(file, 1, "the file is empty")
            yield from read_lines(file)
        except OSError as error:
            raise _unreadable(file, error) from error


class Interactions:
    """An iterable of `Interaction`; every iteration reads the files anew, as far as they had come when it began.

    Complete once an iteration has ended: ``skipped`` (lines set aside), ``orphans`` (results and feedback that point at no interaction
    that can be read), ``other_roles`` (interactions left out because of their role), ``results`` and ``feedback`` (events read, each id
    once), ``lost`` (events that could not be written, as the log's tombstones tell).

    Raises (while iterating):
        LogError: a file cannot be read, or a temporary file cannot be written.
    """

    def __init__(self, files: list[Path], role: str | None = None, *, memory: int = MEMORY, stretch: int = STRETCH) -> None:
        self.files = files
        self.role = role
        self._memory, self._stretch = memory, stretch
        self._forget()

    def _forget(self) -> None:
        self.skipped: list[BadLine] = []
        self.orphans = self.other_roles = self.results = self.feedback = self.lost = 0

    def __iter__(self) -> Iterator[Interaction]:
        self._forget()
        with Spill(self._memory) as spill:
            later = LaterEvents(spill, sum(map(_plain_size, self.files)), self._stretch)
            stretches = [self._collect(place, file, later) for place, file in enumerate(self.files)]
            later.end_stretch()
            for records in later.settle():
                self._told(records)
            yield from self._streamed(later, stretches)
            yield from self._chosen(later)

    def _collect(self, place: int, file: Path, later: LaterEvents) -> Stretches:
        """The first pass over one file."""
        parts: Stretches = []
        damage: list[str] = []
        begun = number = 0
        keys, first = later.keys, place << _LINE_BITS
        with _opened(file) as stream:
            for number, raw in enumerate(raw_lines(stream, damage), start=1):
                name = interaction_id(raw)
                if name is not None:
                    keys.append(hash(name))
                elif (target := target_id(raw)) is not None:
                    later.add(hash(target), first + number, raw)
                else:
                    self._collect_foreign(first + number, raw, later)
                if later.is_full:
                    parts.append((later.end_stretch(), number - begun))
                    begun = number
        parts.append((later.stretch, number - begun))
        self.skipped += [BadLine(file, number + 1, reason) for reason in damage or (["the file is empty"] if number == 0 else [])]
        return parts

    def _collect_foreign(self, place: int, raw: bytes, later: LaterEvents) -> None:
        line = self._decoded(place, raw)
        if line is None:
            return
        if _says_interaction(line.value):
            later.keys.append(_key(str(line.value.get("id"))))
        else:
            event = self._validated(place, line.value)
            if event is not None and not isinstance(event, Interaction):
                later.add(_key(event.id if isinstance(event, LostEvent) else event.interaction_id), place, raw)

    def _streamed(self, later: LaterEvents, stretches: list[Stretches]) -> Iterator[Interaction]:
        """The second pass: every interaction whose id stands once."""
        number, here = -1, Stretch({}, set())
        for place, file in enumerate(self.files):
            with _opened(file) as stream:
                lines = enumerate(raw_lines(stream, []), start=(place << _LINE_BITS) + 1)
                for stretch, length in stretches[place]:
                    if stretch != number:
                        self._leave(here, later)
                        number, here = stretch, later.of_stretch(stretch)
                    yield from self._read(islice(lines, length), here, later)
        self._leave(here, later)

    def _read(self, lines: Iterable[tuple[int, bytes]], here: Stretch, later: LaterEvents) -> Iterator[Interaction]:
        events, doubled = here
        for place, raw in lines:
            name = interaction_id(raw)
            if name is None and target_id(raw) is not None:
                continue
            interaction = self._interaction(place, raw, name)
            if interaction is None:
                continue
            key = hash(name) if name is not None else _key(interaction.id)
            records = events.pop(key, None) if events else None
            if key in doubled:
                later.put_off([(key, place, raw), *(records or ())])
            elif self._is_wanted(interaction, records):
                yield interaction

    def _leave(self, stretch: Stretch, later: LaterEvents) -> None:
        """What is left over of a stretch points at copies, or at an interaction that could not be read."""
        for key, records in stretch.events.items():
            if key in stretch.doubled:
                later.put_off(records)
            else:
                self._told(records)

    def _chosen(self, later: LaterEvents) -> Iterator[Interaction]:
        """Of ids that stand more than once, the copy that stands."""
        for records in later.copies():
            copies: dict[str, list[Interaction]] = defaultdict(list)
            events: list[Record] = []
            for record in records:
                event = self._event(record[1], record[2])
                if isinstance(event, Interaction):
                    copies[event.id].append(event)
                else:
                    events.append(record)
            if not copies:
                self._told(events)
            for rivals in copies.values():
                interaction = min(rivals, key=lambda rival: canonical_json(rival.model_dump(mode="json")))
                if self._is_wanted(interaction, events):
                    yield interaction

    def _is_wanted(self, interaction: Interaction, records: list[Record] | None) -> bool:
        """Join what was told of an interaction, and say whether it is of the role that is asked for."""
        if records:
            self._told(records, interaction)
        if self.role is not None and interaction.agent_role != self.role:
            self.other_roles += 1
            return False
        return True

    def _told(self, records: list[Record], interaction: Interaction | None = None) -> None:
        """Count later events that are kept under one key, each id once, and join them to their interaction if there is one."""
        told: tuple[list[ResultEvent], list[FeedbackEvent], list[LostEvent]] = ([], [], [])
        for _, place, raw in records:
            event = self._event(place, raw)
            if isinstance(event, ResultEvent):
                told[0].append(event)
            elif isinstance(event, FeedbackEvent):
                told[1].append(event)
            elif isinstance(event, LostEvent):
                told[2].append(event)
        results, feedback, lost = (in_order(events) for events in told)
        self.results += len(results)
        self.feedback += len(feedback)
        self.lost += sum(event.count for event in lost)
        if interaction is None:
            self.orphans += len(results) + len(feedback)
        else:
            join_into(interaction, results, feedback)

    def _interaction(self, place: int, raw: bytes, name: bytes | None) -> Interaction | None:
        if name is None:
            line = self._decoded(place, raw, again=True)
            event = self._validated(place, line.value) if line is not None and _says_interaction(line.value) else None
        else:
            event = self._event(place, raw)
            if event is not None and event.id.encode() != name:
                self._set_aside(place, "a field stands twice in it")
                return None
        return event if isinstance(event, Interaction) else None

    def _event(self, place: int, raw: bytes) -> Event | None:
        """The event in a line; None if there is none, and the line is set aside."""
        try:
            event = take_over(orjson.loads(raw))
        except orjson.JSONDecodeError:
            event = None
        if event is not None:
            return event
        line = self._decoded(place, raw)
        return None if line is None else self._validated(place, line.value)

    def _decoded(self, place: int, raw: bytes, *, again: bool = False) -> Line | None:
        """A line's value; None if it is blank or set aside. What is decoded ``again`` was set aside before."""
        number = place & (1 << _LINE_BITS) - 1
        text = raw.removeprefix(BOM) if number == 1 else raw
        if not text or text.isspace():
            return None
        line = read_line(self.files[place >> _LINE_BITS], number, text)
        if isinstance(line, Line):
            return line
        if not again:
            self.skipped.append(line)
        return None

    def _validated(self, place: int, value: Any) -> Event | None:
        try:
            return parse_event(value)
        except ValueError as error:
            self._set_aside(place, str(error))
            return None

    def _set_aside(self, place: int, reason: str) -> None:
        self.skipped.append(BadLine(self.files[place >> _LINE_BITS], place & (1 << _LINE_BITS) - 1, reason))


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    """An open file of the log, under its new name if it was compressed since the files were listed."""
    try:
        try:
            stream = open_binary(file)
        except FileNotFoundError:
            stream = open_binary(compressed_file(file))
        with stream:
            yield stream
    except OSError as error:
        raise _unreadable(file, error) from error


def _says_interaction(value: Any) -> bool:
    return isinstance(value, dict) and value.get("event") == "interaction"


def _key(name: str) -> int:
    return hash(name.encode())


def _plain_size(file: Path) -> int:
    """About how large a file is when it is not compressed."""
    try:
        return file.stat().st_size * (1 if file.suffix == ".jsonl" else 8)
    except FileNotFoundError:
        return 0


def _unreadable(file: Path, error: OSError) -> LogError:
    return LogError(f"{file} cannot be read: {error.strerror or error}; mend it or move it out of the log")
