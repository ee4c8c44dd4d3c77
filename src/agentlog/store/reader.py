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
from collections.abc import Iterable, Iterator, Set
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
from agentlog.schema.events import Event, FeedbackEvent, LostEvent, ResultEvent, in_order, join_into, parse_event, put
from agentlog.schema.interaction import ExecutionResult, Interaction
from agentlog.schema.own_lines import outcome_for, take_over
from agentlog.store.first_bytes import OWN_ID, OWN_INTERACTION, OWN_LATER, OWN_OUTCOME, OWN_RESULT, OWN_TARGET, own_interaction, own_later
from agentlog.store.later import Found, LaterEvents, Stretch
from agentlog.store.layout import compressed_file, log_files

MEMORY = 16 << 20
"""How many bytes of results, feedback and ids are held in memory before they go to a temporary file."""
STRETCH = 8192
"""How many interactions are prepared at a time."""
_LEAST_ROOM = 1 << 10
_LINE_BITS = 40
_OWN = 1 << 62
"""Added to the place of a result or feedback that is of our own making up to its time."""
_SHORT, _MOST_OUTCOMES = 400, 1000
_LOOK = 64
"""After how many lines it is looked whether a stretch is full: often enough, unless stretches are as small as in a test."""
_TWICE = "a field stands in it twice, and says different things"

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
            raise unreadable(file, error) from error


class Interactions:
    """An iterable of `Interaction`; every iteration reads the files anew, as far as they had come when it began.

    Complete once an iteration has ended: ``skipped`` (lines set aside), ``orphans`` (results and feedback that point at no interaction
    that can be read), ``other_roles`` (interactions left out because of their role), ``results`` and ``feedback`` (events read, each id
    once), ``lost`` (events that could not be written, as the log's tombstones tell).

    With ``only``, a few ids, lines of agentlog's own making that belong to other ids are passed over, and are not counted. ``memory`` is
    how many bytes of results, feedback and ids are held before they go to a temporary file, ``stretch`` how many interactions are
    prepared at a time.

    Raises (while iterating):
        LogError: a file cannot be read, or a temporary file cannot be written.
    """

    def __init__(
        self,
        files: list[Path],
        role: str | None = None,
        *,
        only: Set[str] | None = None,
        memory: int = MEMORY,
        stretch: int = STRETCH,
    ) -> None:
        self.files = files
        self.role = role
        self._only = None if only is None else frozenset(name.encode() for name in only)
        self._memory, self._stretch = memory, stretch
        self._outcomes: dict[bytes, ExecutionResult] = {}
        self._forget()

    def _forget(self) -> None:
        self.skipped: list[BadLine] = []
        self.orphans = self.other_roles = self.results = self.feedback = self.lost = 0

    def __iter__(self) -> Iterator[Interaction]:
        self._forget()
        with Spill(self._memory) as spill:
            room = max(self._memory // 4, _LEAST_ROOM)
            later = LaterEvents(spill, 1 + sum(map(_plain_size, self.files)) // room, self._stretch, room)
            stretches = [self._collect(place, file, later) for place, file in enumerate(self.files)]
            later.end_stretch()
            for told in later.settle():
                self._join(told)
            yield from self._streamed(later, stretches)
            yield from self._chosen(later)

    def _collect(self, place: int, file: Path, later: LaterEvents) -> Stretches:
        """The first pass over one file."""
        parts: Stretches = []
        damage: list[str] = []
        begun = number = 0
        before, only, waiting = place << _LINE_BITS, self._only, later.waiting
        look = _LOOK - 1 if self._stretch > _LOOK else 0
        add_key, add_target, add_place, add_line = later.keys.append, waiting.keys.append, waiting.places.append, waiting.lines.append
        with opened(file) as stream:
            for number, raw in enumerate(raw_lines(stream, damage), start=1):
                if own := own_interaction(raw):
                    if only is None or own[1] in only:
                        add_key(hash(own[1]))
                elif own := own_later(raw):
                    if only is None or own[1] in only:
                        add_target(hash(own[1]))
                        add_place(before + number | _OWN)
                        add_line(raw)
                else:
                    self._collect_foreign(before + number, raw, later)
                if not number & look and later.is_full():
                    parts.append((later.end_stretch(), number - begun))
                    begun = number
        parts.append((later.stretch, number - begun))
        self.skipped += [BadLine(file, number + 1, reason) for reason in damage or (["the file is empty"] if number == 0 else [])]
        return parts

    def _collect_foreign(self, place: int, raw: bytes, later: LaterEvents) -> None:
        line = self._decoded(place, raw)
        if line is None:
            return
        if raw.startswith(OWN_LATER) and _says_interaction(line.value):
            self._set_aside(place, _TWICE)
        elif _says_interaction(line.value):
            later.keys.append(_key(str(line.value.get("id"))))
        else:
            event = self._validated(place, line.value)
            if event is not None and not isinstance(event, Interaction):
                later.waiting.add(_key(event.id if isinstance(event, LostEvent) else event.interaction_id), place, raw)

    def _streamed(self, later: LaterEvents, stretches: list[Stretches]) -> Iterator[Interaction]:
        """The second pass: every interaction whose id stands once."""
        number, here = -1, Stretch({}, set())
        for place, file in enumerate(self.files):
            with opened(file) as stream:
                lines = enumerate(raw_lines(stream, []), start=(place << _LINE_BITS) + 1)
                for stretch, length in stretches[place]:
                    if stretch != number:
                        self._leave(here, later)
                        number, here = stretch, later.of_stretch(stretch)
                    yield from self._read(islice(lines, length), here, later)
        self._leave(here, later)

    def _read(self, lines: Iterable[tuple[int, bytes]], here: Stretch, later: LaterEvents) -> Iterator[Interaction]:
        events, doubled = here
        only, role = self._only, self.role
        for place, raw in lines:
            # What begins like a later event of ours was read by the first pass, whatever it is.
            if raw.startswith(OWN_LATER) or (only is not None and (own := own_interaction(raw)) and own[1] not in only):
                continue
            interaction = self._interaction(place, raw)
            if interaction is None:
                continue
            name = interaction.id.encode()
            if name != raw[OWN_ID] and own_interaction(raw):
                self._set_aside(place, _TWICE)
            elif only is None or name in only:
                key = hash(name)
                if key in doubled:
                    later.put_off(key, [(place, raw), *events.pop(key, ())])
                    continue
                if key in events:
                    self._join(events.pop(key), interaction)
                if role is None or self._is_wanted(interaction):
                    yield interaction

    def _leave(self, stretch: Stretch, later: LaterEvents) -> None:
        """What is left over of a stretch points at copies, or at an interaction that could not be read."""
        for key, told in stretch.events.items():
            if key in stretch.doubled:
                later.put_off(key, told)
            else:
                self._join(told)

    def _chosen(self, later: LaterEvents) -> Iterator[Interaction]:
        """Of ids that stand more than once, the copy that stands."""
        for lines in later.copies():
            copies: dict[str, list[Interaction]] = defaultdict(list)
            told: list[Found] = []
            for place, raw in lines:
                event = self._event(place, raw)
                if isinstance(event, Interaction):
                    copies[event.id].append(event)
                elif event is not None:
                    told.append((place, raw))
            interactions = [min(rivals, key=_canonical) for rivals in copies.values()]
            # Copies share their key, and two ids do not share one but by a chance of one in billions of billions.
            self._join(told, interactions[0] if interactions else None)
            yield from filter(self._is_wanted, interactions)

    def _is_wanted(self, interaction: Interaction) -> bool:
        if self.role is None or interaction.agent_role == self.role:
            return True
        self.other_roles += 1
        return False

    def _join(self, told: list[Found], interaction: Interaction | None = None) -> None:
        """Count later events that are kept under one key, each id once, and join them to their interaction if there is one."""
        if interaction is not None and self._join_outcome(told, interaction) and not told:
            return
        results: list[ResultEvent] = []
        feedback: list[FeedbackEvent] = []
        lost: list[LostEvent] = []
        for place, raw in told:
            event = self._event(place, raw)
            if isinstance(event, ResultEvent):
                results.append(event)
            elif isinstance(event, FeedbackEvent):
                feedback.append(event)
            elif isinstance(event, LostEvent):
                lost.append(event)
        results, feedback = in_order(results), in_order(feedback)
        self.lost += sum(event.count for event in in_order(lost))
        self.results += len(results)
        self.feedback += len(feedback)
        if interaction is None:
            self.orphans += len(results) + len(feedback)
        else:
            name = interaction.id
            own = [each for each in results if each.interaction_id == name], [each for each in feedback if each.interaction_id == name]
            self.orphans += len(results) + len(feedback) - len(own[0]) - len(own[1])
            join_into(interaction, *own)

    def _join_outcome(self, told: list[Found], interaction: Interaction) -> bool:
        """Join what nearly every interaction has, one result of our own making, and take it out; returns whether that was there."""
        if interaction.execution_result is not None:
            return False
        results = told if len(told) == 1 else [found for found in told if not found[0] & _OWN or found[1].startswith(OWN_RESULT)]
        if len(results) != 1:
            return False
        [(place, raw)] = results
        if not place & _OWN or raw[OWN_TARGET] != interaction.id.encode():
            return False
        outcome = self._outcomes.get(raw[OWN_OUTCOME]) or self._learned(raw, interaction.id)
        if outcome is None:
            return False
        put(interaction, "execution_result", outcome)
        self.results += 1
        told.remove(results[0])
        return True

    def _learned(self, raw: bytes, target: str) -> ExecutionResult | None:
        """What a result says. Results say the same few things again and again: with all before them in order, their ends say it all."""
        try:
            outcome = outcome_for(target, orjson.loads(raw))
        except orjson.JSONDecodeError:
            return None
        if outcome is not None and len(raw) < _SHORT and not outcome.model_extra and not isinstance(outcome.error, dict | list):
            if len(self._outcomes) >= _MOST_OUTCOMES:
                self._outcomes.clear()
            self._outcomes[raw[OWN_OUTCOME]] = outcome
        return outcome

    def _interaction(self, place: int, raw: bytes) -> Interaction | None:
        """The interaction in a line that is no later event; None if there is none."""
        if raw.startswith(OWN_INTERACTION):
            try:
                event = take_over(orjson.loads(raw))
            except orjson.JSONDecodeError:
                event = None
            if event is not None:
                return event if isinstance(event, Interaction) else None
        own = own_interaction(raw) is not None
        # What the first pass had to decode it has set aside, too, if there was need.
        line = self._decoded(place, raw, again=not own)
        if line is None or not (own or _says_interaction(line.value)):
            return None
        event = self._validated(place, line.value)
        if own and event is not None and not isinstance(event, Interaction):
            self._set_aside(place, _TWICE)
        return event if isinstance(event, Interaction) else None

    def _event(self, place: int, raw: bytes) -> Event | None:
        """The event in a line; None if there is none, and the line is set aside."""
        event = _taken_over(raw)
        if event is not None:
            return event
        line = self._decoded(place, raw)
        return None if line is None else self._validated(place, line.value)

    def _decoded(self, place: int, raw: bytes, *, again: bool = False) -> Line | None:
        """A line's value; None if it is blank or set aside. What is decoded ``again`` was set aside before."""
        file, number = self._where(place)
        text = raw.removeprefix(BOM) if number == 1 else raw
        if not text or text.isspace():
            return None
        line = read_line(file, number, text)
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
        self.skipped.append(BadLine(*self._where(place), reason))

    def _where(self, place: int) -> tuple[Path, int]:
        file, number = divmod(place & ~_OWN, 1 << _LINE_BITS)
        return self.files[file], number


@contextmanager
def opened(file: Path) -> Iterator[IO[bytes]]:
    """An open file of the log, under its new name if it was compressed since the files were listed."""
    try:
        try:
            stream = open_binary(file)
        except FileNotFoundError:
            stream = open_binary(compressed_file(file))
        with stream:
            yield stream
    except OSError as error:
        raise unreadable(file, error) from error


def _says_interaction(value: Any) -> bool:
    return isinstance(value, dict) and value.get("event") == "interaction"


def _taken_over(raw: bytes) -> Event | None:
    try:
        return take_over(orjson.loads(raw))
    except orjson.JSONDecodeError:
        return None


def _canonical(interaction: Interaction) -> tuple[bytes, bytes]:
    """Sorts copies; those that differ in the order of keys only are told apart by that, not by the order of the files."""
    said = interaction.model_dump(mode="json")
    return canonical_json(said), orjson.dumps(said)


def _key(name: str) -> int:
    return hash(name.encode())


def _plain_size(file: Path) -> int:
    """About how large a file is when it is not compressed."""
    try:
        return file.stat().st_size * (1 if file.suffix == ".jsonl" else 8)
    except FileNotFoundError:
        return 0


def unreadable(file: Path, error: OSError) -> LogError:
    """What to say of a file that cannot be opened."""
    return LogError(f"{file} cannot be read: {error.strerror or error}; mend it or move it out of the log")
