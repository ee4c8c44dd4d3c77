"""The runs of a file that is a JSON array, JSON lines or one JSON object, read one row at a time.

A row that cannot be read is set aside with its place, which is a line of JSON lines or a position in an array, from 1. A list of chat
messages is one row and not many.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson

from agentlog._io.compress import DAMAGED, open_binary
from agentlog._io.jsonl import BOM, TOO_DEEP, BadLine, Line, nests_too_deeply, read_lines
from agentlog.errors import ImportRefusedError
from agentlog.formats.chat_shape import is_chat
from agentlog.formats.run import FileRead, Run


def read_rows(file: Path, read_row: Callable[[Any], Run]) -> FileRead:
    """Every row of a file as the run that it is; ``read_row`` raises ValueError for what is none.

    Raises:
        ImportRefusedError: the file cannot be read at all.
    """
    read = FileRead()
    for row in _rows(file):
        try:
            if isinstance(row, BadLine):
                raise ValueError(row.reason)
            run = read_row(row.value)
        except ValueError as error:
            read.runs_set_aside += 1
            read.set_aside.append(BadLine(file, row.number, str(error)))
            continue
        read.set_aside += [BadLine(file, row.number, reason) for reason in run.set_aside]
        read.runs.append(run)
    return read


def _rows(file: Path) -> Iterator[Line | BadLine]:
    """The values of a JSON array, of JSON lines, or one JSON object; an array of messages is one run and not many."""
    lines: list[Line | BadLine] = []
    try:
        with open_binary(file) as stream:
            first = stream.read(1024).removeprefix(BOM).lstrip()[:1]
        if not first:
            raise ImportRefusedError(f"{file} is empty")
        if first != b"[":
            lines = list(read_lines(file))
            if isinstance(lines[0], Line):
                return iter(lines)
        with open_binary(file) as stream:
            text = stream.read().removeprefix(BOM)
        value = orjson.loads(text)
    except DAMAGED as error:
        raise ImportRefusedError(f"{file} is damaged: {error}; fetch it again") from error
    except OSError as error:
        raise ImportRefusedError(f"{file} cannot be read: {error.strerror or error}") from error
    except orjson.JSONDecodeError as error:
        # Lines of which the first is broken; but a single line of one large broken object may well be JSON by itself.
        if any(isinstance(line, Line) and isinstance(line.value, dict) for line in lines):
            return iter(lines)
        raise ImportRefusedError(f"{file} is neither JSON nor JSON lines: {error}") from error
    return (
        BadLine(file, place, TOO_DEEP) if nests_too_deeply(text, row) else Line(file, place, row)
        for place, row in enumerate(value if isinstance(value, list) and not is_chat(value) else [value], start=1)
    )
