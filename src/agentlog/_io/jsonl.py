"""JSON lines: one value per line, and a reader that goes on after a bad line and says which it was.

A line that is no JSON costs that line only. The last line may lack its newline; if it is torn as well, it is reported like any other.
Blank lines are nothing. A damaged compressed file yields what could be read before the damage, and one report.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from agentlog._io.compress import DAMAGED, open_binary


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
    with open_binary(path) as file:
        try:
            for number, raw in enumerate(file, start=1):
                if raw.isspace():
                    continue
                try:
                    yield Line(path, number, orjson.loads(raw))
                except orjson.JSONDecodeError as error:
                    torn = "" if raw.endswith(b"\n") else " (the line has no end: it was torn)"
                    yield BadLine(path, number, f"not JSON: {error.msg}{torn}")
        except DAMAGED as error:
            yield BadLine(path, number + 1, f"damaged file, nothing readable from here on: {error}")


def dump_line(value: Any) -> bytes:
    """One value as a line, its newline included.

    Raises:
        TypeError: the value holds something JSON has no word for.
    """
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)


def dump_lines(values: Iterable[Any]) -> bytes:
    """Values as lines."""
    return b"".join(map(dump_line, values))
