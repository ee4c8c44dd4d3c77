"""LaterEvents: which results and feedback belong to which stretch of the log, in memory that does not grow with the log.

A log is read twice, in stretches of some thousand interactions. While it is read first, each stretch leaves the keys of its interactions
and the later events that stand in it, as the lines they are. `settle` then leads every event to the stretch of its interaction, wherever
the two stand, and finds ids that stand more than once. While the log is read again, `of_stretch` gives what belongs to a stretch.

A key stands for an id and is a 64-bit hash: the reader compares the ids themselves. Events that stand in the stretch of their interaction,
as nearly all do, go straight to it. The others and the keys are dealt out in shares by key, each small enough to be looked at whole.
Records are kept by columns, because there are millions of them, and handling each by itself would take several times as long.
"""

import struct
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise
from typing import NamedTuple

from agentlog._io.spill import Spill

_SIZES = struct.Struct("<QQ")
_MARK = -1

Found = tuple[int, bytes]
"""A line of the log as it stands, and where: what the reader gave as its place."""


class Stretch(NamedTuple):
    """The later events of a stretch by key, and the keys of its interactions whose ids stand more than once in the log."""

    events: dict[int, list[Found]]
    doubled: set[int]


class Columns(NamedTuple):
    """Lines, the keys they are kept under, and their places. A line without a place marks a key whose id stands more than once."""

    keys: list[int]
    places: list[int]
    lines: list[bytes]

    def add(self, key: int, place: int, line: bytes) -> None:
        """Add one line."""
        self.keys.append(key)
        self.places.append(place)
        self.lines.append(line)

    def clear(self) -> None:
        """Forget all lines."""
        for column in self:
            column.clear()


class LaterEvents:
    """``keys`` and ``waiting`` are filled with what stands in a stretch, `end_stretch` ends it, `settle` puts all in order.

    ``shares`` is in how many parts what is looked at whole is to be looked at, ``most`` how many interactions one stretch has at most, and
    ``room`` about how many bytes its later events have.
    """

    def __init__(self, spill: Spill, shares: int, most: int, room: int) -> None:
        self.keys: list[int] = []
        self.waiting = _no_columns()
        self.stretch = 0
        self._most, self._room = most, room
        self._size = self._counted = 0
        self._spill = spill
        self._shares = shares

    def is_full(self) -> bool:
        """Whether the stretch should end here: it has enough interactions, or its later events take too much room."""
        lines = self.waiting.lines
        self._size += sum(map(len, lines[self._counted :]))
        self._counted = len(lines)
        return len(self.keys) >= self._most or self._size > self._room

    def end_stretch(self) -> int:
        """End the stretch that is being filled and begin the next; returns the number of the one that ended."""
        ended, waiting, here = self.stretch, self.waiting, set(self.keys)
        if here.issuperset(waiting.keys):
            self._keep(("stretch", ended), waiting)
        else:
            self._deal(ended, here)
        self._deal_keys(ended)
        self.keys.clear()
        waiting.clear()
        self._size = self._counted = 0
        self.stretch += 1
        return ended

    def settle(self) -> Iterator[list[Found]]:
        """Lead every event to its interaction's stretch; yields, id by id, those that point at nothing in the log."""
        for share in range(self._shares):
            rows = array("q", self._spill.take(("keys", share)))
            keys, stretches = rows[::2], rows[1::2]
            home = dict(zip(keys, stretches, strict=True))
            if len(home) < len(keys):
                self._mark_doubled(keys, stretches)
            strays: dict[int, list[Found]] = {}
            led: defaultdict[int, Columns] = defaultdict(_no_columns)
            for key, place, line in _records(self._spill.take(("later", share))):
                if key in home:
                    led[home[key]].add(key, place, line)
                else:
                    strays.setdefault(key, []).append((place, line))
            for stretch, columns in led.items():
                self._keep(("stretch", stretch), columns)
            yield from strays.values()

    def of_stretch(self, number: int) -> Stretch:
        """What is to be known of a stretch when it is read again."""
        events: dict[int, list[Found]] = {}
        doubled = set()
        for columns in _unpacked(self._spill.take(("stretch", number))):
            for key, found in zip(columns.keys, zip(columns.places, columns.lines, strict=True), strict=True):
                if found[0] == _MARK:
                    doubled.add(key)
                elif key in events:
                    events[key].append(found)
                else:
                    events[key] = [found]
        return Stretch(events, doubled)

    def put_off(self, key: int, lines: Iterable[Found]) -> None:
        """Keep lines until all the copies of their id are together."""
        columns = _no_columns()
        for place, line in lines:
            columns.add(key, place, line)
        self._keep(("copies", key % self._shares), columns)

    def copies(self) -> Iterator[list[Found]]:
        """The lines that were put off, those of one key together."""
        for share in range(self._shares):
            groups: dict[int, list[Found]] = {}
            for key, place, line in _records(self._spill.take(("copies", share))):
                groups.setdefault(key, []).append((place, line))
            yield from groups.values()

    def _deal(self, stretch: int, here: set[int]) -> None:
        dealt: defaultdict[tuple[str, int], Columns] = defaultdict(_no_columns)
        for key, place, line in zip(*self.waiting, strict=True):
            dealt[("stretch", stretch) if key in here else ("later", key % self._shares)].add(key, place, line)
        for stream, columns in dealt.items():
            self._keep(stream, columns)

    def _deal_keys(self, stretch: int) -> None:
        shares = self._shares
        dealt: defaultdict[int, list[int]] = defaultdict(list)
        for key in self.keys:
            dealt[key % shares].append(key)
        for share, keys in dealt.items():
            rows = array("q", bytes(16 * len(keys)))
            rows[::2], rows[1::2] = array("q", keys), array("q", [stretch]) * len(keys)
            self._spill.add(("keys", share), rows.tobytes())

    def _mark_doubled(self, keys: "array[int]", stretches: "array[int]") -> None:
        seen: set[int] = set()
        doubled: set[int] = set()
        for key in keys:
            (doubled if key in seen else seen).add(key)
        marked = {pair for pair in zip(stretches, keys, strict=True) if pair[1] in doubled}
        for stretch, key in marked:
            self._keep(("stretch", stretch), Columns([key], [_MARK], [b""]))

    def _keep(self, stream: tuple[str, int], columns: Columns) -> None:
        if columns.keys:
            self._spill.add(stream, _packed(columns))


def _no_columns() -> Columns:
    return Columns([], [], [])


def _packed(columns: Columns) -> bytes:
    numbers = columns.keys, columns.places, map(len, columns.lines)
    text = b"".join(columns.lines)
    return b"".join((_SIZES.pack(len(columns.keys), len(text)), *(array("q", column).tobytes() for column in numbers), text))


def _records(packed: bytes) -> Iterator[tuple[int, int, bytes]]:
    return (record for columns in _unpacked(packed) for record in zip(*columns, strict=True))


def _unpacked(packed: bytes) -> Iterator[Columns]:
    at = 0
    while at < len(packed):
        count, length = _SIZES.unpack_from(packed, at)
        text = at + _SIZES.size + 3 * 8 * count
        keys, places, lengths = (array("q", packed[start : start + 8 * count]) for start in range(at + _SIZES.size, text, 8 * count))
        bounds = pairwise(accumulate(lengths, initial=text))
        yield Columns(keys.tolist(), places.tolist(), [packed[start:end] for start, end in bounds])
        at = text + length
