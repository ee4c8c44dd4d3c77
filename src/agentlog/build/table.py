"""Table: of every interaction of a log what putting them into order needs, without its content.

A row has an id, a role, a session, a moment, the digest of all that is known of it, and, if its content is at hand, where that lies. A
million rows take some 200 MB.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from agentlog._extras import require

MOMENT = len("2026-11-20T17:00:00.123456Z")
DIGEST = 16
NOT_AT_HAND = -1


class Order(NamedTuple):
    """The sessions of a role, oldest first, by name; session ``s`` has the rows ``rows[begins[s]:begins[s + 1]]``, oldest first."""

    names: list[str]
    rows: "array[int]"
    begins: "array[int]"
    first: str
    last: str


@dataclass(slots=True)
class Table:
    """Columns of equal length, and the names that two of them count."""

    ids: list[str] = field(default_factory=list)
    roles: dict[str, int] = field(default_factory=dict)
    sessions: dict[str, int] = field(default_factory=dict)
    role: "array[int]" = field(default_factory=lambda: array("i"))
    session: "array[int]" = field(default_factory=lambda: array("i"))
    moment: bytearray = field(default_factory=bytearray)
    digest: bytearray = field(default_factory=bytearray)
    start: "array[int]" = field(default_factory=lambda: array("q"))
    length: "array[int]" = field(default_factory=lambda: array("i"))

    def add(self, name: str, role: str, session: str, moment: bytes, digest: bytes, start: int = NOT_AT_HAND, length: int = 0) -> None:
        """One more interaction."""
        self.ids.append(name)
        self.role.append(self.roles.setdefault(role, len(self.roles)))
        self.session.append(self.sessions.setdefault(session, len(self.sessions)))
        self.moment += moment
        self.digest += digest
        self.start.append(start)
        self.length.append(length)

    def digest_of(self, row: int) -> bytes:
        """The digest of one interaction."""
        return bytes(self.digest[DIGEST * row : DIGEST * (row + 1)])

    def without(self, gone: Iterable[int]) -> "Table":
        """The rows but for some, none of them at hand."""
        left = Table(roles=self.roles, sessions=self.sessions)
        numpy = require("numpy", "build")
        stay = numpy.ones(len(self.ids), bool)
        stay[list(gone)] = False
        left.ids = [name for name, stays in zip(self.ids, stay.tolist(), strict=True) if stays]
        left.role = array("i", numpy.frombuffer(self.role, "i4")[stay].tobytes())
        left.session = array("i", numpy.frombuffer(self.session, "i4")[stay].tobytes())
        left.moment = bytearray(numpy.frombuffer(self.moment, f"S{MOMENT}")[stay].tobytes())
        left.digest = bytearray(numpy.frombuffer(self.digest, f"V{DIGEST}")[stay].tobytes())
        left.start = array("q", [NOT_AT_HAND]) * len(left.ids)
        left.length = array("i", [0]) * len(left.ids)
        return left

    def counts(self) -> dict[str, int]:
        """How many interactions each role has; roles without any are left out."""
        numpy = require("numpy", "build")
        found = numpy.bincount(numpy.frombuffer(self.role, "i4"), minlength=len(self.roles)).tolist() if self.ids else []
        return {name: found[number] for name, number in self.roles.items() if found and found[number]}

    def order(self, role: str) -> Order:
        """The sessions of a role by the time of their first interaction and by name, their interactions by time and id."""
        numpy = require("numpy", "build")
        own = numpy.flatnonzero(numpy.frombuffer(self.role, "i4") == self.roles[role])
        moments = numpy.frombuffer(self.moment, f"S{MOMENT}")[own]
        known, number = numpy.unique(numpy.frombuffer(self.session, "i4")[own], return_inverse=True)
        every = list(self.sessions)
        names = [every[place] for place in known.tolist()]
        by_time = numpy.argsort(moments, kind="stable")
        first = numpy.empty(len(names), f"S{MOMENT}")
        # Written last to first, so that what stays is the first.
        first[number[by_time[::-1]]] = moments[by_time[::-1]]
        ranked = [place for _, _, place in sorted(zip(first.tolist(), names, range(len(names)), strict=True))]
        rank = numpy.empty(len(names), "i8")
        rank[ranked] = numpy.arange(len(names))
        order = by_time[numpy.argsort(rank[number[by_time]], kind="stable")]
        self._settle_ties(order, own, number, moments)
        begins = numpy.concatenate(([0], numpy.cumsum(numpy.bincount(rank[number], minlength=len(names)))))
        return Order(
            [names[place] for place in ranked],
            array("q", own[order].astype("i8").tobytes()),
            array("q", begins.astype("i8").tobytes()),
            moments[by_time[0]].decode(),
            moments[by_time[-1]].decode(),
        )

    def _settle_ties(self, order: Any, own: Any, number: Any, moments: Any) -> None:
        """Interactions of one session and one moment come in the order of their ids, not in that of the files."""
        numpy = require("numpy", "build")
        same = (number[order[1:]] == number[order[:-1]]) & (moments[order[1:]] == moments[order[:-1]])
        edges = numpy.flatnonzero(numpy.diff(numpy.concatenate(([False], same, [False])).astype("i1")))
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            tied: Sequence[int] = order[start : end + 1].tolist()
            order[start : end + 1] = sorted(tied, key=lambda place: self.ids[int(own[place])])
