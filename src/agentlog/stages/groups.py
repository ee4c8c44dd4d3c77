"""Groups: which rows must not be parted. Rows of one session or of one task are one group, and so on along the chain.

What a row stands for since its duplicates are gone (`agentlog.stages.ties`) ties as well, but within limits: greetings and health checks
recur in most sessions of an agent, and followed to the end they would tie the whole dataset into one group. So a tie by duplicates is left
undone where the group would outgrow ``most``; the rarest duplicates, which say most, come first. What was left undone is counted. No two
rows that are near each other are parted by that: of near rows only one is there.

A group has the name of its first task in alphabetical order, or of its first session, or of its only row. New sessions of a known task
leave its name alone; a group is renamed only when something ties it to another.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from agentlog.schema.outline import Outline
from agentlog.stages.ties import inherited_ties

_LEAST = 10


@dataclass(frozen=True, slots=True)
class Groups:
    """By row the number of its group; by group its name. ``tied`` and ``untied`` count the ties by duplicates that hold and that do not."""

    of_row: list[int]
    names: list[str]
    tied: int = 0
    untied: int = 0


def most_rows(rows: int) -> int:
    """The size up to which duplicates may tie groups: a hundredth of the rows, but ten in small datasets, and never more than a fifth."""
    return max(rows // 100, min(_LEAST, rows // 5), 1)


def group(batch: Sequence[Outline]) -> Groups:
    """The groups of a dataset, numbered by their first rows; linear in rows."""
    nodes = _Nodes()
    of_row = [nodes.add(outline) for outline in batch]
    tied, untied = _tie_duplicates(nodes, of_row, batch)
    numbers: dict[int, int] = {}
    numbered = [numbers.setdefault(root, len(numbers)) for root in map(nodes.root, of_row)]
    names = nodes.names()
    return Groups(numbered, [names[root] for root in numbers], tied, untied)


class _Nodes:
    """A union-find over the names of sessions and tasks, and of rows that have neither."""

    def __init__(self) -> None:
        self._parent: list[int] = []
        self._known: dict[str, dict[str, int]] = {"row": {}, "session": {}, "task": {}}

    def add(self, outline: Outline) -> int:
        """The node of a row: that of its session or of its task, which belong together from now on."""
        session, task = outline.session_id, outline.task_id
        if session is None:
            return self._node("row", outline.id) if task is None else self._node("task", task)
        node = self._node("session", session)
        if task is not None:
            self.join(node, self._node("task", task))
        return node

    def find(self, tie: str) -> int | None:
        """The node of a session or task that some row is of."""
        kind, _, name = tie.partition(":")
        return self._known[kind].get(name)

    def root(self, node: int) -> int:
        """The node that stands for all of a group."""
        parent = self._parent
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def join(self, one: int, other: int) -> int:
        """Make two groups one; the root of both."""
        one, other = self.root(one), self.root(other)
        small, large = (one, other) if one < other else (other, one)
        self._parent[large] = small
        return small

    def names(self) -> dict[int, str]:
        """By root, the name of its group."""
        found: dict[int, str] = {}
        for kind, known in self._known.items():
            firsts: dict[int, str] = {}
            for name, node in known.items():
                root = self.root(node)
                if root not in firsts or name < firsts[root]:
                    firsts[root] = name
            found |= {root: f"{kind}:{name}" for root, name in firsts.items()}
        return found

    def _node(self, kind: str, name: str) -> int:
        fresh = len(self._parent)
        node = self._known[kind].setdefault(name, fresh)
        if node == fresh:
            self._parent.append(fresh)
        return node


def _tie_duplicates(nodes: _Nodes, of_row: Sequence[int], batch: Sequence[Outline]) -> tuple[int, int]:
    """Join what duplicates tie, as far as groups stay small enough; how many ties hold, and how many do not."""
    standing = [place for place, outline in enumerate(batch) if inherited_ties(outline)]
    if not standing:
        return 0, 0
    sizes = Counter(map(nodes.root, of_row))
    most, tied, untied = most_rows(len(batch)), 0, 0
    for place in sorted(standing, key=lambda place: (len(inherited_ties(batch[place])), batch[place].id)):
        for tie in inherited_ties(batch[place]):
            one, other = nodes.root(of_row[place]), nodes.find(tie)
            # Of the session of a duplicate no row may be left.
            if other is None or (other := nodes.root(other)) == one:
                continue
            together = sizes[one] + sizes[other]
            if together > most:
                untied += 1
                continue
            sizes[nodes.join(one, other)] = together
            tied += 1
    return tied, untied
