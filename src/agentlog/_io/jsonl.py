"""JSON lines: one value per line, and a reader that goes on after a bad line and says which it was.

A line that is no JSON costs that line only. The last line may lack its newline; if it is torn as well, it is reported like any other.
Blank lines are nothing, and so is a byte order mark. A damaged compressed file yields what could be read before the damage, and one
report. A value is reported, too, if it is nested so deeply that it could be read but never written again.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson

from agentlog._io.compress import DAMAGED, open_binary

BOM = b"\xef\xbb\xbf"
# orjson reads 1,024 levels but writes 254, and what is read here is written again as a part of rows and records.
_MOST_LEVELS = 200
_NESTING = frozenset({dict, list, tuple})
TORN = " (the line has no end: it was torn)"
TOO_DEEP = f"nested too deeply: more than {_MOST_LEVELS} levels"


@dataclass(frozen=True, slots=True)
class Line:
    """One value and where it stands; lines count from 1."""

    file: Path
    number: int
    value: Any


@dataclass(frozen=True, slots=True)
class BadLine:
    """One line that could not be read, where it stands and why."""

    file: Path
    number: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.number}: {self.reason}"


def read_lines(path: Path) -> Iterator[Line | BadLine]:
    """Every line of a file, plain, gzip'd or zstd-compressed, in constant memory.

    Raises:
        OSError: the file cannot be opened.
    """
    number = 0
    damage: list[str] = []
    with open_binary(path) as file:
        for number, raw in enumerate(raw_lines(file, damage), start=1):
            text = raw.removeprefix(BOM) if number == 1 else raw
            if text and not text.isspace():
                yield read_line(path, number, text)
    yield from (BadLine(path, number + 1, reason) for reason in damage)


def raw_lines(file: IO[bytes], damage: list[str]) -> Iterator[bytes]:
    """The lines of an open file as they stand, newlines included; where a compressed one is damaged, they end, and the reason is added."""
    try:
        yield from file
    except DAMAGED as error:
        damage.append(f"damaged file, nothing readable from here on: {error}")


def read_line(path: Path, number: int, raw: bytes) -> Line | BadLine:
    """One line as it stands in a file, read; its newline is missing if it was torn."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        return BadLine(path, number, f"not JSON: {error.msg}" + ("" if raw.endswith(b"\n") else TORN))
    return BadLine(path, number, TOO_DEEP) if nests_too_deeply(raw, value) else Line(path, number, value)


def nests_too_deeply(raw: bytes, value: Any) -> bool:
    """Whether a value, given with the JSON that holds it, has too many levels to be written again as a part of other values."""
    if len(raw) < 2 * _MOST_LEVELS:
        return False
    # Level by level: texts, where nearly all the bytes are, are not looked into.
    level = [value] if type(value) in _NESTING else []
    for _ in range(_MOST_LEVELS):
        if not level:
            return False
        level = [part for whole in level for part in (whole.values() if type(whole) is dict else whole) if type(part) in _NESTING]
    return bool(level)


def dump_line(value: Any) -> bytes:
    """One value as a line, its newline included.

    Raises:
        TypeError: the value holds something JSON has no word for.
    """
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


def dump_lines(values: Iterable[Any]) -> bytes:
    """Values as lines."""
    return b"".join(map(dump_line, values))
