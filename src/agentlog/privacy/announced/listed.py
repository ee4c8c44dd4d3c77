"""Listed: columns whose head is a list, and whose rows are lists: ``[["first_name", "zip"], ["Ana", "78750"]]``,
``{"columns": ["first_name"], "data": [["Ana"]]}``, ``execute("insert … (first_name) values (?)", ("Ana",))``.

Nothing is parsed: the list around an announcing name is read as the head, what follows it says where rows begin, and a row is read cell by
cell as long as it has as many cells as the head. Takes time in proportion to the rows.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_HEAD_REACH = 1500
_NAMES = re.compile(
    r"(?P<open>[\[(])\s{0,40}(?P<names>(?:\\{0,16}[\"'][\w .#/-]{0,40}\\{0,16}[\"']\s{0,4}(?:,\s{0,40}|(?=[\])]))){2,300})[\])]"
)
_NAME = re.compile(r"[\"']([\w .#/-]{0,40}?)\\{0,16}[\"']")
_ROWS = re.compile(r"\s{0,40},\s{0,40}(?=[\[(])")
_DATA = re.compile(r"\\{0,16}[\"'](?:data|rows|values|records)\\{0,16}[\"']\s{0,4}:\s{0,40}\[\s{0,40}(?=[\[(])")
_DATA_REACH = 4000
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
    found = _NAMES.match(view, opened) if opened >= 0 else None
    if found is None or found.end() < place:
        return None
    direct = _ROWS.match(view, found.end())
    follows = direct or _DATA.search(view, found.end(), found.end() + _DATA_REACH)
    if follows is None:
        return None
    names = list(_NAME.finditer(view, found.start("names"), found.end("names")))
    return Head([name[1] for name in names], [name.start(1) for name in names], follows.end(), direct is None)


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
