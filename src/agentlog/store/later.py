"""LaterEvents: which results and feedback belong to which stretch of the log, in memory that does not grow with the log.

A log is read twice, in stretches of some thousand interactions. While it is read first, each stretch leaves the keys of its interactions
and the later events that stand in it, as the lines they are. `settle` then leads every event to the stretch of its interaction, wherever
the two stand, and finds ids that stand more than once. While the log is read again, `of_stretch` gives what belongs to a stretch.

A key stands for an id and is a 64-bit hash: the reader compares the ids themselves. Events that stand in the stretch of their interaction,
as nearly all do, go straight to it. The others and the keys are dealt out in shares by key, each small enough to be looked at whole.
"""

import struct
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise
from typing import NamedTuple

from agentlog._io.spill import Spill

STRETCH = 8192
_STRETCH_BYTES = 8 << 20
_SHARE_BYTES = 16 << 20
_SIZES = struct.Struct("<QQ")
MARK = -1
"""The place of a record that is no line, but says that its key's id stands more than once in the log."""


Record = tuple[int, int, bytes]
"""The key that a line of the log is kept under, where it stands, and the line itself without its newline. A bare tuple, because there are
millions of them and a named one takes several times as long to make."""


class Stretch(NamedTuple):
    """The later events of a stretch by key, and the keys of its interactions whose ids stand more than once in the log."""

    events: dict[int, list[Record]]
    doubled: set[int]


class LaterEvents:
    """Filled by `interactions` and `add`, cut by `end_stretch`, put in order by `settle`, then given out.

    ``log_bytes`` is about how large the log is; ``stretch`` how many interactions one stretch has.
    """

    def __init__(self, spill: Spill, log_bytes: int, stretch: int = STRETCH) -> None:
        self.keys: list[int] = []
        self._full = stretch
        self._spill = spill
        self._shares = 1 + log_bytes // _SHARE_BYTES
        self._waiting: list[Record] = []
        self._waiting_bytes = 0
        self.stretch = 0

    def add(self, key: int, place: int, line: bytes) -> None:
        """Keep a later event under the key of its interaction."""
        self._waiting.append((key, place, line))
        self._waiting_bytes += len(line)

    @property
    def is_full(self) -> bool:
        """Whether the stretch should end here."""
        return len(self.keys) >= self._full or self._waiting_bytes > _STRETCH_BYTES

    def end_stretch(self) -> int:
        """End the stretch that is being filled and begin the next; returns the number of the one that ended."""
        number, here = self.stretch, set(self.keys)
        local = [record for record in self._waiting if record[0] in here]
        self._keep(("stretch", number), local)
        if len(local) < len(self._waiting):
            self._deal([record for record in self._waiting if record[0] not in here])
        self._deal_keys(number)
        self.keys.clear()
        self._waiting.clear()
        self._waiting_bytes = 0
        self.stretch += 1
        return number

    def settle(self) -> Iterator[list[Record]]:
        """Lead every event to its interaction's stretch; yields, id by id, those that point at nothing in the log."""
        for share in range(self._shares):
            rows = array("q", self._spill.take(("keys", share)))
            keys, stretches = rows[::2], rows[1::2]
            home = dict(zip(keys, stretches, strict=True))
            if len(home) < len(keys):
                self._mark_doubled(keys, stretches)
            strays: dict[int, list[Record]] = defaultdict(list)
            found: dict[int, list[Record]] = defaultdict(list)
            for record in _records(self._spill.take(("later", share))):
                stretch = home.get(record[0])
                (strays[record[0]] if stretch is None else found[stretch]).append(record)
            for stretch, records in found.items():
                self._keep(("stretch", stretch), records)
            yield from strays.values()

    def of_stretch(self, number: int) -> "Stretch":
        """What is to be known of a stretch when it is read again."""
        found = Stretch({}, set())
        for record in _records(self._spill.take(("stretch", number))):
            if record[1] == MARK:
                found.doubled.add(record[0])
            else:
                found.events.setdefault(record[0], []).append(record)
        return found

    def put_off(self, records: Iterable[Record]) -> None:
        """Keep lines until all the copies of their id are together."""
        for record in records:
            self._keep(("copies", record[0] % self._shares), [record])

    def copies(self) -> Iterator[list[Record]]:
        """The lines that were put off, those of one key together."""
        for share in range(self._shares):
            groups: dict[int, list[Record]] = {}
            for record in _records(self._spill.take(("copies", share))):
                groups.setdefault(record[0], []).append(record)
            yield from groups.values()

    def _deal(self, records: list[Record]) -> None:
        dealt = defaultdict(list)
        for record in records:
            dealt[record[0] % self._shares].append(record)
        for share, part in dealt.items():
            self._keep(("later", share), part)

    def _deal_keys(self, stretch: int) -> None:
        shares, dealt = self._shares, defaultdict(list)
        for key in self.keys:
            dealt[key % shares].append(key)
        for share, keys in dealt.items():
            rows = array("q", bytes(16 * len(keys)))
            rows[::2], rows[1::2] = array("q", keys), array("q", [stretch]) * len(keys)
            self._spill.add(("keys", share), rows.tobytes())

    def _mark_doubled(self, keys: "array[int]", stretches: "array[int]") -> None:
        places: dict[int, set[int]] = defaultdict(set)
        seen: set[int] = set()
        doubled: set[int] = set()
        for key in keys:
            (doubled if key in seen else seen).add(key)
        for key, stretch in zip(keys, stretches, strict=True):
            if key in doubled:
                places[stretch].add(key)
        for stretch, marked in places.items():
            self._keep(("stretch", stretch), [(key, MARK, b"") for key in marked])

    def _keep(self, stream: tuple[str, int], records: list[Record]) -> None:
        if records:
            self._spill.add(stream, _packed(records))


def _packed(records: list[Record]) -> bytes:
    """By columns, which costs far less for each record than packing it by itself."""
    keys, places, lines = zip(*records, strict=True)
    text = b"".join(lines)
    columns = array("q", keys).tobytes(), array("q", places).tobytes(), array("q", map(len, lines)).tobytes()
    return b"".join((_SIZES.pack(len(records), len(text)), *columns, text))


def _records(packed: bytes) -> Iterator[Record]:
    at = 0
    while at < len(packed):
        count, length = _SIZES.unpack_from(packed, at)
        keys, places, lengths = (array("q", packed[start : start + 8 * count]) for start in range(at + 16, at + 16 + 24 * count, 8 * count))
        text = at + 16 + 24 * count
        bounds = pairwise(accumulate(lengths, initial=text))
        for key, place, (start, end) in zip(keys, places, bounds, strict=True):
            yield key, place, packed[start:end]
        at = text + length
