"""Listed: columns whose head is a list, and whose rows are lists: ``[["first_name", "zip"], ["Ana", "78750"]]``,
``{"columns": ["first_name"], "data": [["Ana"]]}``, ``execute("insert … (first_name) values (?)", ("Ana",))``.

Nothing is parsed: the list around an announcing name is read as the head, what follows it says where rows begin, and a row is read cell by
cell as long as it has as many cells as the head. Takes time in proportion to the rows.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_HEAD_REACH = 1500
_NAMES = re.compile(
    r"[\[(]\s{0,40}+(?P<names>(?:\\{0,16}+[\"'][\w .#/-]{0,40}+\\{0,16}+[\"']\s{0,4}+(?:,\s{0,40}+|(?=[\])]))){2,300}+)[\])]"
)
_NAME = re.compile(r"[\"']([\w .#/-]{0,40}?)\\{0,16}[\"']")
_ROWS = re.compile(r"\s{0,40},\s{0,40}(?=[\[(])")
_SAYS_HEAD = re.compile(r"(?:columns|cols|headers?|fields|names)\\{0,16}[\"']\s{0,4}:\s{0,40}\Z")
_SAY_ROWS = ("data", "rows", "values", "records")
_DATA = re.compile(r"\\{0,16}[\"']\s{0,4}:\s{0,40}\[\s{0,40}(?=[\[(])")
_DATA_REACH, _TRIES = 4000, 3
_CELL = re.compile(
    r"\s{0,40}(?:[fFrRuUbBN]?(?P<escape>\\{0,16})(?P<quote>[\"'])(?P<quoted>.{0,300}?)(?P=escape)(?P=quote)"
    r"|(?P<bare>[^,()\[\]{}\"'\\\n]{0,60}?))\s{0,40}(?P<end>,|[\])])",
    re.DOTALL,
)
_BETWEEN = re.compile(r"\s{0,40},?\s{0,40}(?=[\[(])")
_MOST_CELLS = 300


class Row(NamedTuple):
    """The places of the cells of a row, and where it ends."""

    cells: list[tuple[int, int]]
    end: int


class Head(NamedTuple):
    """The names in a list, where each stands, where the rows begin, and whether a key says that they do."""

    names: list[str]
    places: list[int]
    rows: int
    is_said: bool


def head_at(view: str, place: int) -> Head | None:
    """The list of names that a place lies in, if rows follow it."""
    first = max(place - _HEAD_REACH, 0)
    opened = max(view.rfind("[", first, place), view.rfind("(", first, place))
    if opened < 0:
        return None
    read = _read(view[opened : opened + _HEAD_REACH])
    end = opened + read.end if read else 0
    if read is None or end < place:
        return None
    direct = _ROWS.match(view, end)
    start = direct.end() if direct else _data(view, opened, end)
    return Head(read.names, [opened + name for name in read.places], start, direct is None) if start else None


class _Read(NamedTuple):
    """The names in a list, where each stands in it, and where it ends."""

    names: list[str]
    places: list[int]
    end: int


@lru_cache(maxsize=256)
def _read(written: str) -> _Read | None:
    """Remembered, since every name in a list asks for the same."""
    found = _NAMES.match(written)
    if found is None:
        return None
    names = list(_NAME.finditer(written, found.start("names"), found.end("names")))
    return _Read([name[1] for name in names], [name.start(1) for name in names], found.end())


def _data(view: str, opened: int, end: int) -> int:
    """Where the rows begin that a key further on announces; 0 if there is none."""
    if not _SAYS_HEAD.search(view, max(opened - 100, 0), opened):
        return 0
    last = end + _DATA_REACH
    for word in _SAY_ROWS:
        place = view.find(word, end, last)
        for _ in range(_TRIES):
            if place < 0:
                break
            if found := _DATA.match(view, place + len(word)):
                return found.end()
            place = view.find(word, place + 1, last)
    return 0


def rows(value: str, place: int, wanted: int) -> Iterator[list[tuple[int, int]]]:
    """The rows from a place on, as long as they have so many cells."""
    while (row := _row(value, place)) is not None and len(row.cells) == wanted:
        yield row.cells
        between = _BETWEEN.match(value, row.end)
        if between is None:
            return
        place = between.end()


def _row(value: str, place: int) -> Row | None:
    if value[place : place + 1] not in ("[", "("):
        return None
    cells: list[tuple[int, int]] = []
    place += 1
    while len(cells) < _MOST_CELLS and (cell := _CELL.match(value, place)) is not None:
        place = cell.end()
        if cell["quoted"] is not None or cell["bare"]:
            cells.append(cell.span("quoted" if cell["quoted"] is not None else "bare"))
        if cell["end"] != ",":
            return Row(cells, place)
    return None
