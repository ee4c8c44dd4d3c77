"""Sessions: what a build works on, grouped and in an order that no order of files changes.

Texts lie in a temporary file without a name, which ends with the process however that ends. A session has a key, the digest of all that is
known of it; what was made of it before can be used again, and then its texts need not be at hand.
"""

import hashlib
import os
from collections.abc import Iterable
from types import TracebackType
from typing import IO, Any, Self

import orjson

from agentlog._hashing import digest
from agentlog._io.jsonl import BadLine
from agentlog.build.table import DIGEST, Table
from agentlog.schema.events import parse_event
from agentlog.schema.interaction import Interaction, LogModel, Session
from agentlog.schema.manifest import InputFacts
from agentlog.schema.own_lines import take_over


class Sessions:
    """All sessions of a role, oldest first, the facts about them, and the lines of the log that could not be read.

    Line ``i`` has ``lengths[i]`` bytes from ``starts[i]``; session ``s`` has the lines from ``begins[s]`` up to ``begins[s + 1]``.
    """

    def __init__(self, file: IO[bytes], table: Table, role: str, set_aside: list[BadLine]) -> None:
        order = table.order(role)
        self._file = file
        self._names = order.names
        self._begins = order.begins
        self._starts = [table.start[row] for row in order.rows]
        self._lengths = [table.length[row] for row in order.rows]
        digests = [table.digest_of(row) for row in order.rows]
        self.keys = [
            key_of(name, digests[begin:end]) for name, begin, end in zip(order.names, order.begins, order.begins[1:], strict=False)
        ]
        self.set_aside = set_aside
        self.facts = InputFacts(
            digest=digest("input", [key.hex() for key in self.keys]),
            interactions=len(order.rows),
            sessions=len(order.names),
            lines_set_aside=len(set_aside),
            first=order.first,
            last=order.last,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._names)

    def interactions_of(self, place: int) -> int:
        """How many interactions the session at that place has."""
        return self._begins[place + 1] - self._begins[place]

    def content(self, place: int) -> bytes:
        """The session at that place: its name and its interactions, as lines of JSON."""
        handle = self._file.fileno()
        rows = range(self._begins[place], self._begins[place + 1])
        if any(self._starts[row] < 0 for row in rows):
            raise AssertionError(f"the content of session {place} was not read")
        return b"\n".join([orjson.dumps(self._names[place]), *(os.pread(handle, self._lengths[row], self._starts[row]) for row in rows)])


def key_of(name: str, digests: Iterable[bytes]) -> bytes:
    """The key of a session: equal for equal names and equal contents of all interactions in order."""
    return hashlib.blake2b(orjson.dumps(name) + b"\n" + b"".join(digests), digest_size=DIGEST).digest()


def session_of(content: bytes) -> Session:
    """The session that `Sessions.content` gave."""
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
