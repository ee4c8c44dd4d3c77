"""Assignment: the split of every group by its hash, and the few moves that correct it.

A group's position is a number in [0, 1); train, validation and test are ranges of it, as long as their shares. A move takes the group whose
position lies nearest to the range that lacks one, so that it depends on nothing but the groups there are, and two moves are never about
one group.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from agentlog._hashing import digest, short
from agentlog.schema.sample import SPLITS
from agentlog.stages.groups import Groups
from agentlog.stages.lots import fractions

_TRAIN, _VAL, _TEST = range(3)


class Assignment:
    """``split_of`` and ``sizes`` (rows) are by group, ``moves`` says what was corrected.

    ``kinds`` are the task types of the rows and ``shares`` those of the splits, in the order of `SPLITS`.
    """

    def __init__(self, groups: Groups, kinds: Sequence[str], shares: Sequence[float], seed: int) -> None:
        self._names = groups.names
        self._rows = len(kinds)
        self._shares = shares
        self._ranges = ((0.0, shares[0]), (shares[0], shares[0] + shares[1]), (shares[0] + shares[1], 1.0))
        self._positions: list[float] = fractions("split", seed, groups.names).tolist()
        self.split_of = [next((split for split in (_TRAIN, _VAL) if at < self._ranges[split][1]), _TEST) for at in self._positions]
        counted = Counter(groups.of_row)
        self.sizes = [counted[number] for number in range(len(groups.names))]
        self.moves: list[dict[str, Any]] = []
        self._moved: set[int] = set()
        pairs = sorted(set(zip(kinds, groups.of_row, strict=True)))
        self._kinds_of: list[list[str]] = [[] for _ in groups.names]
        self._groups_of: dict[str, list[int]] = {}
        for kind, number in pairs:
            self._kinds_of[number].append(kind)
            self._groups_of.setdefault(kind, []).append(number)
        self._count = Counter((kind, self.split_of[number]) for kind, number in pairs)
        self._groups_in = Counter(self.split_of)

    def correct(self) -> None:
        """Carry out the moves that there is a reason for."""
        for number, size in enumerate(self.sizes):
            if 2 * size > self._rows and self.split_of[number] != _TRAIN:
                self._move(number, _TRAIN, None)
        for split in (_TEST, _VAL, _TRAIN):
            if self.sizes and not self._groups_in[split]:
                self._fill(split)
        for kind in sorted(self._groups_of):
            for split in (_VAL, _TEST):
                share = self._shares[split]
                if not self._count[kind, split] and len(self._groups_of[kind]) * share >= 1:
                    self._fill_kind(kind, split, share * self._rows)

    def _fill(self, split: int) -> None:
        """Move a group into an empty split, if another keeps one."""
        movable = [number for number, place in enumerate(self.split_of) if self._groups_in[place] > 1]
        small = [number for number in movable if 2 * self.sizes[number] <= self._rows]
        for number in self._nearest(small or movable, split)[:1]:
            self._move(number, split, None)

    def _fill_kind(self, kind: str, split: int, most: float) -> None:
        for number in self._nearest(self._groups_of[kind], split):
            place = self.split_of[number]
            stays = all(self._count[each, place] > 1 for each in self._kinds_of[number]) and self._groups_in[place] > 1
            if stays and self.sizes[number] <= most and number not in self._moved:
                self._move(number, split, kind)
                return

    def _nearest(self, numbers: Iterable[int], split: int) -> list[int]:
        start, end = self._ranges[split]

        def distance(number: int) -> tuple[float, str]:
            at = self._positions[number]
            return max(start - at, at - end), self._names[number]

        return sorted(numbers, key=distance)

    def _move(self, number: int, split: int, kind: str | None) -> None:
        before = self.split_of[number]
        for each in self._kinds_of[number]:
            self._count[each, before] -= 1
            self._count[each, split] += 1
        self._groups_in[before] -= 1
        self._groups_in[split] += 1
        self.split_of[number] = split
        self._moved.add(number)
        # Names of sessions and tasks may be private.
        name = short(digest("group", self._names[number]))
        told = {"group": name, "rows": self.sizes[number], "from": SPLITS[before], "to": SPLITS[split]}
        self.moves.append(told | ({"task_type": kind} if kind is not None else {}))
