"""Reading the log: all its files as one stream of interactions, each with its results and feedback joined.

Two passes. The first collects results, feedback and ids, because a result may stand in any file, even before its interaction; the second
streams the interactions. Each id is handed out once, and the same interactions come out whatever the order of the files: where copies of
an id differ, the one that sorts first as canonical JSON stands. A line that cannot be read is set aside with file, number and reason; the
rest is read. Nothing is repaired and nothing is written here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agentlog._hashing import canonical_json
from agentlog._io.jsonl import BadLine, Line, read_lines
from agentlog.errors import LogError
from agentlog.schema.events import FeedbackEvent, ResultEvent, joined, parse_event
from agentlog.schema.interaction import Interaction
from agentlog.store.layout import log_files


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
        yield from _lines(file)


class Interactions:
    """An iterable of `Interaction`; every iteration reads the files anew.

    Complete once an iteration has ended: ``skipped`` (lines set aside), ``orphans`` (results and feedback that point at no interaction),
    ``other_roles`` (interactions left out because of their role), ``results`` and ``feedback`` (events read).

    Raises (while iterating):
        LogError: a file cannot be opened.
    """

    def __init__(self, files: list[Path], role: str | None = None) -> None:
        self.files = files
        self.role = role
        self._forget()

    def _forget(self) -> None:
        self.skipped: list[BadLine] = []
        self.orphans = self.other_roles = self.results = self.feedback = 0

    def __iter__(self) -> Iterator[Interaction]:
        self._forget()
        later = self._collect()
        copies: defaultdict[str, list[Interaction]] = defaultdict(list)
        for interaction in self._parsed():
            if later.ids[interaction.id] > 1:
                copies[interaction.id].append(interaction)
            else:
                yield from self._finished(interaction, later)
        for rivals in copies.values():
            yield from self._finished(min(rivals, key=lambda rival: canonical_json(rival.model_dump(mode="json"))), later)

    def _collect(self) -> "_Later":
        later = _Later()
        for line in self._all_lines():
            if isinstance(line, BadLine):
                self.skipped.append(line)
            elif _is_interaction(line):
                later.ids[str(line.value.get("id"))] += 1
            else:
                self._take(line, later)
        self.orphans = sum(len(events) for target, events in later.results.items() if target not in later.ids)
        self.orphans += sum(len(events) for target, events in later.feedback.items() if target not in later.ids)
        return later

    def _take(self, line: Line, later: "_Later") -> None:
        try:
            event = parse_event(line.value)
        except ValueError as error:
            self.skipped.append(BadLine(line.file, line.number, str(error)))
            return
        if isinstance(event, ResultEvent):
            self.results += 1
            later.results[event.interaction_id].append(event)
        elif isinstance(event, FeedbackEvent):
            self.feedback += 1
            later.feedback[event.interaction_id].append(event)

    def _parsed(self) -> Iterator[Interaction]:
        for line in self._all_lines():
            if isinstance(line, Line) and _is_interaction(line):
                try:
                    event = parse_event(line.value)
                except ValueError as error:
                    self.skipped.append(BadLine(line.file, line.number, str(error)))
                    continue
                if isinstance(event, Interaction):
                    yield event

    def _finished(self, interaction: Interaction, later: "_Later") -> Iterator[Interaction]:
        if self.role is not None and interaction.agent_role != self.role:
            self.other_roles += 1
            return
        results, feedback = later.results.get(interaction.id), later.feedback.get(interaction.id)
        yield joined(interaction, results or (), feedback or ()) if results or feedback else interaction

    def _all_lines(self) -> Iterator[Line | BadLine]:
        for file in self.files:
            yield from _lines(file)


@dataclass
class _Later:
    """What the first pass keeps: every event that points at an interaction, and how often each id stands in the log."""

    ids: Counter[str] = field(default_factory=Counter)
    results: defaultdict[str, list[ResultEvent]] = field(default_factory=lambda: defaultdict(list))
    feedback: defaultdict[str, list[FeedbackEvent]] = field(default_factory=lambda: defaultdict(list))


def _is_interaction(line: Line) -> bool:
    return isinstance(line.value, dict) and line.value.get("event") == "interaction"


def _lines(file: Path) -> Iterator[Line | BadLine]:
    try:
        if file.stat().st_size == 0:
            yield BadLine(file, 1, "the file is empty")
        yield from read_lines(file)
    except OSError as error:
        raise LogError(f"{file} cannot be read: {error.strerror or error}; mend it or move it out of the log") from error
