"""Columns: secrets below a telling head, in CSV, TSV, Markdown, what databases print, and SQL inserts.

A head is a line of short names with the same marks between them as the rows below it, one of which says that a secret stands there. The
rows go on as long as lines have as many cells and one of the last hold a secret: so a text takes time in proportion to its length, however
many lines look like heads. Lines may end in real line breaks or in the escaped ones of a JSON string. A word under a head is a password
only beside a login; tokens must look like one.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from agentlog.privacy.recogniser import Anchored, Span
from agentlog.privacy.secrets.harmless import mixed
from agentlog.privacy.secrets.judging import Place, is_secret, spreads
from agentlog.privacy.secrets.names import Weight, weight
from agentlog.privacy.text import Text

_LONGEST_LINE = 2000
_MOST_CELLS = 100
_WORDS = (
    "password", "passwd", "passphrase", "passcode", "pwd", "pass", "secret", "token", "credential", "credentials", "api_key", "apikey",
    "api key", "access_key", "access key", "accesskey", "secret_key", "secret key", "secretkey", "private_key", "auth_key",
    "password_plain",
)  # fmt: skip
_ENDS = (",", "|", " |", ";", "\t", "\n", "\r", "  ", '",', "\\", '"\n', '"\r', '"  ', '";', "`")
_NO_COLUMN = frozenset(":=([.")
"""What follows a key, a variable or a call."""
_PATIENCE = 20
"""So many rows in a row without a secret end a table; at its beginning, three."""
_WRAPPED = re.compile(r"[:(\[=]\s{0,4}[rfbu]?\\{0,16}[\"']{1,3}")
_RULE = re.compile(r"[\s|:+\-=]{3,}")
_COLUMN = re.compile(r"[A-Za-z_][\w.#/-]{0,40}(?: [\w.#/()-]{1,20}){0,3}")
_QUOTED = re.compile(r" *(?:(?P<mark>\\*\")(?P<quoted>[^\"]{0,300}?)(?P=mark)|(?P<cell>[^,;\t\"]{0,300}?)) *(?P<after>[,;\t]|\\+t|$)")
_SPACED = re.compile(r"\s*(?P<cell>\S{1,200}(?: \S{1,100}){0,9})(?P<after>\s{2,}|\s*$)")
_LOGIN = re.compile(r"(?:^|[_ .-])(?:user(?:_?name|id)?|login|e-?mail|host(?:name)?|account|name|id)$", re.IGNORECASE)
_INSERT = re.compile(
    r"insert (?:ignore )?into [\w.\"`\[\]\\]{1,80}\s{0,40}\((?P<columns>[^()]{1,1500})\)\s{0,40}values\s{0,40}", re.IGNORECASE
)
_OPENED = re.compile(r"[\s,]{0,60}\(")
_SQL_VALUE = re.compile(r"\s{0,40}(?:N?'(?P<quoted>(?:[^'\\]|'')*+)'|(?P<bare>[^,()'\"]{0,300}+))\s{0,40}(?P<end>[,)])")


class _Cell(NamedTuple):
    start: int
    end: int


class _Head(NamedTuple):
    """What sets the cells apart, what each column is called and how telling that is, the first telling one and where it ends."""

    apart: str
    names: tuple[str, ...]
    said: tuple[Weight, ...]
    login: bool
    place: int
    first: int


def columns() -> list[Anchored]:
    """The recognisers of secrets in tables and inserts."""
    anchors = tuple(word + end for word in _WORDS for end in _ENDS)
    return [Anchored("column", anchors, _table), Anchored("column:insert", ("insert into", "insert ignore into"), _insert)]


def _table(text: Text, start: int, end: int) -> Iterator[Span]:
    if text.view[end : end + 16].lstrip("\\\"'` ")[:1] in _NO_COLUMN:
        return
    value = text.value
    line = _line_around(value, start)
    head = _read_head(value[line[0] : line[1]]) if line else None
    # A head is read once, at the first of its telling columns.
    if line is None or head is None or start - line[0] > head.first:
        return
    after, patience = line[2], 3
    while after < len(value) and patience:
        low = after
        high, after = _break(value, low) or (min(len(value), low + _LONGEST_LINE), len(value))
        if _RULE.fullmatch(value, low, high):
            continue
        row = _fitting(value, low, high, head)
        if not row or value[row[head.place].start : row[head.place].end].lower() == head.names[head.place].lower():
            return
        found = list(_row(value, head, row))
        yield from found
        patience = _PATIENCE if found else patience - 1


def _fitting(value: str, low: int, high: int, head: _Head) -> list[_Cell]:
    """The cells of a row, as many as the head has; the last row of a table within quotes ends where these close."""
    row = _cells(value, low, high, head.apart)
    if len(row) != len(head.names) and (closed := value.find('"', low, high)) > low:
        row = _cells(value, low, closed - (value[closed - 1] == "\\"), head.apart)
    return row if len(row) == len(head.names) else []


def _row(value: str, head: _Head, row: Sequence[_Cell]) -> Iterator[Span]:
    for name, said, cell in zip(head.names, head.said, row, strict=True):
        raw = value[cell.start : cell.end]
        bare = raw.strip(" *`\\\"'")
        if not bare or said < Weight.TOKEN or " " in bare or bare.startswith(("{", "[", "$")):
            continue
        # A column of tokens may as well be one of the words of a text.
        place = Place.WORD if name.lower() in ("token", "tokens") else Place.DATA
        if is_secret(said, name, bare, place) and (said is Weight.TOKEN or head.login or mixed(bare) >= 2):
            at = cell.start + raw.index(bare)
            yield Span(at, at + len(bare), "SECRET", "column", 0.8, spreads(bare))


@lru_cache(maxsize=512)
def _read_head(line: str) -> _Head | None:
    """What a line says as the head of a table, if it can be one."""
    apart = next((mark for mark in ("|", "\t", "\\t", ";", ",") if mark in line), "  ")
    if apart == "," and ", " in line:
        return None  # prose, or arguments
    cells = _cells(line, 0, len(line), apart)
    names = tuple(line[cell.start : cell.end].strip(" *`\"'\\") for cell in cells)
    if len(names) < 2 or not all(not name or _COLUMN.fullmatch(name) for name in names):
        return None
    if apart != "|" and not all(names[1:]):
        return None  # the items of a list, one a line
    said = tuple(map(weight, names))
    if max(said) < Weight.TOKEN or (apart == "  " and not all(map(str.isupper, names))):
        return None
    place = next(place for place, one in enumerate(said) if one >= Weight.TOKEN)
    return _Head(apart, names, said, any(_LOGIN.search(name) for name in names), place, cells[place].end)


def _line_around(value: str, place: int) -> tuple[int, int, int] | None:
    """Where the line of a place begins and ends and the next begins, if it is short; what a text around wraps it in is left out."""
    low = max(place - _LONGEST_LINE, 0)
    escaped = value.rfind("\\n", low, place)
    start = max(value.rfind("\n", low, place) + 1, escaped + 2 if escaped >= 0 else 0)
    end = _break(value, place)
    if end is None or (not start and low):
        return None
    for wrapped in _WRAPPED.finditer(value, start, place):
        start = wrapped.end()
    return start, *end


def _break(value: str, place: int) -> tuple[int, int] | None:
    """Where a line ends and the next begins."""
    real = value.find("\n", place, place + _LONGEST_LINE)
    escaped = value.find("\\n", place, real if real >= 0 else place + _LONGEST_LINE)
    if escaped >= 0:
        line = value[place:escaped].rstrip("\\")
        return place + len(line.removesuffix("\\r").rstrip("\\")), escaped + 2
    return (real - (value[real - 1] == "\r"), real + 1) if real >= 0 else None


def _cells(value: str, low: int, high: int, apart: str) -> list[_Cell]:
    """The places of the cells of a line; none if it is not made of cells."""
    if apart == "|":
        line = value[low:high]
        low += len(line) - len(line.lstrip(" \t|"))
        high -= len(line) - len(line.rstrip(" \t|"))
    if apart in ("|", "\\t"):
        return _split(value, low, high, apart)
    pattern = _SPACED if apart == "  " else _QUOTED
    cells: list[_Cell] = []
    while len(cells) <= _MOST_CELLS:
        found = pattern.match(value, low, high)
        if found is None or (found["after"] and apart != "  " and found["after"] != apart):
            return []
        quoted = apart != "  " and found["quoted"] is not None
        cells.append(_Cell(*found.span("quoted" if quoted else "cell")))
        low = found.end()
        if not found["after"] or (apart == "  " and low >= high):
            return cells
    return []


def _split(value: str, low: int, high: int, apart: str) -> list[_Cell]:
    cells: list[_Cell] = []
    for part in value[low:high].split(apart, _MOST_CELLS):
        begun = low + len(part) - len(part.lstrip())
        cells.append(_Cell(begun, begun + len(part.strip())))
        low += len(part) + len(apart)
    return cells


def _insert(text: Text, start: int, end: int) -> Iterator[Span]:
    """The values of an insert, by the names of its columns."""
    view = text.view
    into = _INSERT.match(view, start)
    if into is None:
        return
    names = [name.strip(" \"'`[]\\\n\t") for name in into["columns"].split(",")]
    said = [weight(name) for name in names]
    if max(said) < Weight.TOKEN:
        return
    place = into.end()
    while (opened := _OPENED.match(view, place)) is not None:
        place = opened.end()
        for name, one in zip(names, said, strict=True):
            cell = _SQL_VALUE.match(view, place)
            if cell is None:
                return
            place = cell.end()
            given = cell["quoted"]
            if given and one >= Weight.TOKEN and is_secret(one, name, given, Place.DATA):
                yield Span(*cell.span("quoted"), "SECRET", "column:insert", 0.8, spreads(given))
            if cell["end"] == ")":
                break
