"""Near lines: JSON lines without near-duplicates, by the text of one of their fields; of each cluster the first line stays.

Lines are kept as the bytes they are, and so they come out again; a field is read anew whenever its text is needed. A line that is no JSON,
or has no text in that field, is set aside and counted. With an index, lines near to something kept in an earlier run are dropped first.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from agentlog._io.compress import open_binary
from agentlog._io.jsonl import BOM, BadLine, raw_lines, read_line
from agentlog.stages.dedup_near import first_leaders
from agentlog.stages.near_index import NearIndex

_BATCH = 4096


@dataclass(slots=True)
class NearLines:
    """The lines with a text: their bytes, their numbers (from 1), and for each the place of the line that it nearly repeats, or its own.

    ``similarities`` tells how alike the two are; ``remembered`` those that an index knows, by place, as ``FILE:LINE``.
    """

    raw: list[bytes] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    leaders: list[int] = field(default_factory=list)
    similarities: list[float] = field(default_factory=list)
    remembered: dict[int, str] = field(default_factory=dict)
    set_aside: int = 0

    def kept(self) -> Iterator[bytes]:
        """The lines that stay, as they stood."""
        return (self.raw[place] for place, leader in enumerate(self.leaders) if leader == place and place not in self.remembered)

    def clusters(self) -> Iterator[dict[str, Any]]:
        """For each line the first line of its cluster and how alike they are; or what in the index it is near to."""
        for place, leader in enumerate(self.leaders):
            said = {"line": self.numbers[place], "cluster": self.numbers[leader], "similarity": round(self.similarities[place], 4)}
            yield said | ({"cluster": None, "indexed": self.remembered[place]} if place in self.remembered else {})

    def counts(self) -> dict[str, int]:
        """How many texts there were, and what became of them."""
        sizes = Counter(leader for place, leader in enumerate(self.leaders) if place not in self.remembered)
        kept = len(sizes)
        return {
            "texts": len(self.raw),
            "kept": kept,
            "near_duplicates": len(self.raw) - kept - len(self.remembered),
            "near_indexed": len(self.remembered),
            "clusters": sum(size > 1 for size in sizes.values()),
            "set_aside": self.set_aside,
        }


def read_near_lines(path: Path, name: str) -> NearLines:
    """The lines of a file, plain or compressed, that have a text in a field; dots lead into objects.

    Raises:
        OSError: the file cannot be opened.
    """
    found = NearLines()
    damage: list[str] = []
    with open_binary(path) as file:
        for number, raw in enumerate(raw_lines(file, damage), start=1):
            line = raw.removeprefix(BOM) if number == 1 else raw
            if not line or line.isspace():
                continue
            read = read_line(path, number, line)
            if isinstance(read, BadLine) or not isinstance(_at(read.value, name), str):
                found.set_aside += 1
            else:
                found.raw.append(line)
                found.numbers.append(number)
    found.set_aside += len(damage)
    return found


def find_near_lines(
    lines: NearLines, name: str, threshold: float, ngram: int, index: NearIndex | None = None, told: Callable[[int], None] = lambda _: None
) -> None:
    """Decide which lines nearly repeat an earlier one, or one of an index; ``told`` learns of every line that is decided.

    Raises:
        SettingError: threshold or ngram is out of range.
        MissingExtraError: numba, numpy or, for an index, datasketch is not installed.
    """
    places = list(range(len(lines.raw)))
    lines.leaders, lines.similarities = list(places), [1.0] * len(places)
    if index is not None:
        for begin in range(0, len(places), _BATCH):
            some = places[begin : begin + _BATCH]
            for place, near in zip(some, index.near(_texts(lines, name, some)), strict=True):
                if near is not None:
                    lines.remembered[place], lines.similarities[place] = f"{near.file}:{near.line}", near.similarity
    new = [place for place in places if place not in lines.remembered]
    found = first_leaders(_Texts(lines, name, new), threshold, ngram, told)
    for place, leader, similarity in zip(new, found.places.tolist(), found.similarities.tolist(), strict=True):
        lines.leaders[place], lines.similarities[place] = new[leader], similarity


def remember(lines: NearLines, name: str, file: str, index: NearIndex) -> None:
    """Add the lines that stay to an index.

    Raises:
        OSError: the index cannot be written.
    """
    kept = [place for place, leader in enumerate(lines.leaders) if leader == place and place not in lines.remembered]
    index.add(file, [lines.numbers[place] for place in kept], _texts(lines, name, kept))


class _Texts(Sequence[str]):
    """The texts of some lines, each read from its bytes when it is asked for."""

    def __init__(self, lines: NearLines, name: str, places: Sequence[int]) -> None:
        self._lines, self._name, self._places = lines, name, places

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return _texts(self._lines, self._name, self._places[place])
        return _texts(self._lines, self._name, [self._places[place]])[0]


def _texts(lines: NearLines, name: str, places: Sequence[int]) -> list[str]:
    return [str(_at(orjson.loads(lines.raw[place]), name)) for place in places]


def _at(value: Any, name: str) -> Any:
    """What stands under a name; under its whole, if there is such a key, else step by step from dot to dot."""
    if isinstance(value, dict) and name in value:
        return value[name]
    for step in name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value
