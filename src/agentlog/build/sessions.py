"""What a build reads: the interactions of a role, joined, grouped into sessions and put into an order that no order of files changes.

Texts go through a temporary file without a name, which ends with the process however that ends; in memory is only where each interaction
lies and when it was. A session has a key, the digest of all that is known of it: what was made of it before can be used again.
"""

import hashlib
import os
import tempfile
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

import orjson

from agentlog._extras import require
from agentlog._io.jsonl import BadLine
from agentlog.errors import BuildRefusedError
from agentlog.schema.events import parse_event
from agentlog.schema.interaction import Interaction, LogModel, Session
from agentlog.schema.manifest import InputFacts
from agentlog.schema.own_lines import take_over
from agentlog.store.reader import read_interactions

_MOMENT = len("2026-11-20T17:00:00.123456Z")
_BUFFER = 1 << 20
_REPORT_EVERY = 1000
OnRead = Callable[[int], None]
"""Called now and then with the number of interactions read."""


class SessionBytes(NamedTuple):
    """One session: its key, and its id and interactions as lines of JSON."""

    key: bytes
    content: bytes


@dataclass(slots=True)
class _Table:
    """For each interaction where its line lies in the file, its session and its time; for each session its name."""

    sessions: dict[str, int]
    session: "array[int]"
    start: "array[int]"
    length: "array[int]"
    moment: bytearray
    ids: list[str]


class _Lines(NamedTuple):
    """Where the lines of all interactions lie, in the order of the build."""

    starts: "array[int]"
    lengths: "array[int]"
    begins: "array[int]"


class Sessions:
    """All sessions of a role, oldest first, the facts about them, and the lines of the log that could not be read.

    Line ``i`` has ``lengths[i]`` bytes from ``starts[i]``; session ``s`` has the lines from ``begins[s]`` up to ``begins[s + 1]``.
    """

    def __init__(self, file: IO[bytes], names: list[str], lines: _Lines, facts: InputFacts, unread: list[BadLine]) -> None:
        self._file = file
        self._names = names
        self._lines = lines
        self.facts = facts
        self.set_aside = unread

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._names)

    def interactions_of(self, place: int) -> int:
        """How many interactions the session at that place has."""
        return self._lines.begins[place + 1] - self._lines.begins[place]

    def read(self, place: int) -> SessionBytes:
        """The session at that place."""
        handle, (starts, lengths, begins) = self._file.fileno(), self._lines
        lines = (os.pread(handle, lengths[line], starts[line]) for line in range(begins[place], begins[place + 1]))
        content = b"\n".join([orjson.dumps(self._names[place]), *lines])
        return SessionBytes(hashlib.blake2b(content, digest_size=16).digest(), content)


def read_sessions(data: Path, role: str, on_read: OnRead | None = None) -> Sessions:
    """Read all interactions of a role.

    Raises:
        BuildRefusedError: there are none; the message says which roles there are.
        LogError: there is no log.
    """
    roles: Counter[str] = Counter()
    table = _Table({}, array("i"), array("q"), array("q"), bytearray(), [])
    reader = read_interactions(data)
    file: IO[bytes] = tempfile.TemporaryFile(prefix="agentlog-", buffering=_BUFFER)  # noqa: SIM115  closed with the sessions
    try:
        end = 0
        for interaction in reader:
            roles[interaction.agent_role] += 1
            if interaction.agent_role == role:
                line = dumped(interaction)
                file.write(line)
                _note(table, interaction, end, len(line))
                end += len(line)
            if on_read and not len(table.ids) % _REPORT_EVERY:
                on_read(len(table.ids))
        if not table.ids:
            raise BuildRefusedError(f"no interactions of role {role!r} in {data}; {_what_there_is(roles, len(reader.skipped))}")
        file.flush()
        unread = sorted(reader.skipped, key=lambda line: (line.file, line.number))
        return _in_order(file, table, roles.total() - roles[role], unread)
    except BaseException:
        file.close()
        raise


def session_of(content: bytes) -> Session:
    """The session that `SessionBytes` hold."""
    name, *lines = content.split(b"\n")
    return Session.model_construct(id=orjson.loads(name), interactions=tuple(map(_interaction, lines)))


def dumped(interaction: Interaction) -> bytes:
    """An interaction as JSON in the order of its fields; what was said of it beside what counts is left out."""
    content = interaction.__dict__
    if "feedback" in content or interaction.__pydantic_extra__:
        content = {name: value for name, value in content.items() if name != "feedback"} | (interaction.__pydantic_extra__ or {})
    return orjson.dumps(content, default=_fields)


def _fields(part: Any) -> dict[str, Any]:
    if isinstance(part, LogModel):
        return {**part.__dict__, **(part.__pydantic_extra__ or {})}
    raise TypeError(f"no JSON: {type(part).__name__}")


def _interaction(line: bytes) -> Interaction:
    event = take_over(orjson.loads(line)) or parse_event(orjson.loads(line))
    assert isinstance(event, Interaction)
    return event


def _note(table: _Table, interaction: Interaction, start: int, length: int) -> None:
    name = interaction.session_id or interaction.id
    table.session.append(table.sessions.setdefault(name, len(table.sessions)))
    table.start.append(start)
    table.length.append(length)
    table.moment += interaction.timestamp.encode()
    table.ids.append(interaction.id)


def _in_order(file: IO[bytes], table: _Table, other_roles: int, unread: list[BadLine]) -> Sessions:
    """Sessions by the time of their first interaction and by name, their interactions by time and id."""
    numpy = require("numpy", "build")
    moments = numpy.frombuffer(table.moment, f"S{_MOMENT}")
    number = numpy.frombuffer(table.session, "i4")
    names = list(table.sessions)
    by_time = numpy.argsort(moments, kind="stable")
    first = numpy.empty(len(names), f"S{_MOMENT}")
    # Written last to first, so that what stays is the first.
    first[number[by_time[::-1]]] = moments[by_time[::-1]]
    ranked = sorted(range(len(names)), key=lambda place: (first[place], names[place]))
    rank = numpy.empty(len(names), "i4")
    rank[ranked] = numpy.arange(len(names))
    order = by_time[numpy.argsort(rank[number[by_time]], kind="stable")]
    _settle_ties(order, number, moments, table.ids)
    begins = numpy.concatenate(([0], numpy.cumsum(numpy.bincount(rank[number], minlength=len(names)))))
    facts = InputFacts(
        digest="",
        interactions=len(table.ids),
        other_roles=other_roles,
        sessions=len(names),
        lines_set_aside=len(unread),
        first=moments[by_time[0]].decode(),
        last=moments[by_time[-1]].decode(),
    )
    lines = _Lines(_picked(table.start, order), _picked(table.length, order), array("q", begins.astype("i8").tobytes()))
    return Sessions(file, [names[place] for place in ranked], lines, facts, unread)


def _picked(values: "array[int]", order: Any) -> "array[int]":
    numpy = require("numpy", "build")
    return array("q", numpy.frombuffer(values, "i8")[order].tobytes())


def _settle_ties(order: Any, number: Any, moments: Any, ids: list[str]) -> None:
    """Interactions of one session and one moment come in the order of their ids, not in that of the files."""
    numpy = require("numpy", "build")
    same = (number[order[1:]] == number[order[:-1]]) & (moments[order[1:]] == moments[order[:-1]])
    edges = numpy.flatnonzero(numpy.diff(numpy.concatenate(([False], same, [False])).astype("i1")))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        tied = order[start : end + 1].tolist()
        order[start : end + 1] = sorted(tied, key=ids.__getitem__)


def _what_there_is(roles: Counter[str], set_aside: int) -> str:
    there = ", ".join(f"{name} ({number})" for name, number in sorted(roles.items())) or "no interactions at all"
    unread = f", and {set_aside} lines that could not be read" if set_aside else ""
    return f"the log has {there}{unread}: name one of these roles, or log or import some first"
