"""Tables: columns that a head announces, in CSV, TSV, Markdown, what databases and data frames print, and SQL inserts.

A head is a line of short names, one of them personal, with a line of as many cells below it; its rows go on as long as lines have as many
cells. Lines may end in real line breaks or in the escaped ones of a JSON string. A head whose first rows hold nothing personal is no head;
so a text takes time in proportion to its length, however many lines look like heads.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from agentlog.privacy.announced import words
from agentlog.privacy.announced.listed import Head, head_at, rows
from agentlog.privacy.announced.values import DATA, judge, spans
from agentlog.privacy.announced.vocabulary import Vocabulary
from agentlog.privacy.known import unescaped
from agentlog.privacy.recogniser import Span
from agentlog.privacy.text import Text

NAME = "announced-column"
_LONGEST_LINE = 2000
_MOST_CELLS = 300
_PATIENCE = 20
"""So many rows in a row without a finding end a table; at its beginning, three."""
_BREAK = re.compile(r"(?:\\+r)?(?:\n|\\+n)")
_BLANKS = re.compile(r"\S {2,}\S")
_OPENED = re.compile(r"[\s,]{0,60}\(")
_RULE = re.compile(r"[\s|:+\-=]{3,}")
_COLUMN = re.compile(r"[^\W\d][\w \-/.#]{0,40}")
_WRAPPED = re.compile(r"[:(\[,]\s{0,4}(?:[rfbu]?\\{0,16}[\"']){1,3}")
_CELLS = {
    "|": re.compile(r"[ \t]*(?P<cell>(?:[^|\"\\]|\\+u[0-9a-fA-F]{4}|\"){0,300}?)[ \t]*(?P<after>\||$)"),
    **{
        apart: re.compile(
            rf" *(?:(\\*\")(?P<quoted>[^\"]{{0,300}}?)\1|(?P<cell>(?:[^{apart}\"\\]|\\+u[0-9a-fA-F]{{4}}){{0,300}}?)) *(?P<after>{apart}|$)"
        )
        for apart in (",", ";", "\t")
    },
    "\\t": re.compile(r" *(?P<cell>[^\"\\]{0,300}?) *(?P<after>\\+t|$)"),
    "  ": re.compile(r"\s*(?P<cell>\S{1,100}(?: \S{1,100}){0,9})(?P<after>\s{2,}|\s*$)"),
    " ": re.compile(r"\s*(?P<cell>\S{1,200})(?P<after>\s+|$)"),
}
_INSERT = re.compile(r"insert into [\w.\"`\[\]\\]{1,80}\s{0,40}\((?P<columns>[^()]{1,1500})\)\s{0,40}values\s{0,40}", re.IGNORECASE)
_SQL_VALUE = re.compile(r"\s{0,40}(?:N?'(?P<quoted>(?:[^'\\]|''){0,300})'|(?P<bare>[^,()'\"]{0,300}?))\s{0,40}(?P<end>[,)])")
_PARAMETER = re.compile(r"\?|%s|[$:@]\w{1,40}|%\(\w{1,40}\)s")
_GIVEN = re.compile(r"[\s;]{0,20}\\{0,8}[\"']{0,3}\s{0,20},\s{0,40}(?:\[\s{0,40})?(?=[\[(])")
_BESIDE_NAME = frozenset(
    {words.EMAIL, words.PHONE, words.BIRTH, words.ADDRESS, words.STREET, words.ZIP, words.GIVEN, words.FAMILY, "US_SSN", "US_PASSPORT"}
)


class _Cell(NamedTuple):
    start: int
    end: int


class _Line(NamedTuple):
    start: int
    end: int
    after: int


class _Head(NamedTuple):
    """What sets the cells apart, what each column announces, and which of them is the first to, with its end in the line."""

    apart: str
    kinds: tuple[str | None, ...]
    place: int
    first: int


class Tables:
    """Finds what the columns of a vocabulary hold."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._head = lru_cache(maxsize=2048)(self._read_head)
        self.anchors = vocabulary.column_anchors()

    def at(self, text: Text, start: int, end: int) -> Iterator[Span] | tuple[()]:
        """The cells below the head that this anchor is part of, if it is part of one."""
        view = text.view
        if start and view[start].islower() and view[start - 1].isalnum():
            return ()
        if start and view[start - 1] in "\"'" and (listed := head_at(view, start)) is not None:
            return self._listed(text, start, listed)
        # In an object, an assignment or a call, which are frequent, a key is no head.
        if view[end - 1] in ",;|\t":
            return self._table(text, start)
        following = view[end : end + 6].lstrip("\\\"' ")[:1]
        if following and following in ":=.[<>":
            return ()
        # Prose is full of "first name and": there, only what cannot be prose is a column.
        if following.isalpha() and view[end : end + 2] != "  " and "_" not in text.low[start:end]:
            return ()
        return self._table(text, start)

    def _table(self, text: Text, anchor: int) -> Iterator[Span]:
        value = text.value
        line = _line_around(value, anchor)
        head = self._head(value[line.start : line.end]) if line else None
        # A head is read once, at the first of its columns.
        if line is None or head is None or anchor - line.start > head.first:
            return
        if value.startswith(value[line.start : line.after], line.after):
            return
        patience = 3
        while patience and (line := _next_line(value, line)) is not None:
            if _RULE.fullmatch(value, line.start, line.end):
                continue
            row = _fitting(value, line, head.apart, len(head.kinds))
            extra = len(row) - len(head.kinds)
            if extra < 0 or self._names_a_key(value, row[extra + head.place]):
                return
            found = list(self._row(value, head.kinds, row[extra:]))
            yield from found
            patience = _PATIENCE if found else patience - 1

    def _read_head(self, line: str) -> _Head | None:
        """What a line says as the head of a table, if it can be one."""
        apart = _separator(line)
        cells = _cells(line, _Line(0, len(line), len(line)), apart)
        names = [line[cell.start : cell.end].strip(" *_`\"'\\") for cell in cells]
        if len(names) < 2 or not all(not name or _COLUMN.fullmatch(name) for name in names):
            return None
        kinds = self._kinds(names)
        if kinds is None or (apart in "  " and len(kinds) - kinds.count(None) < 2):
            return None
        place = next(place for place, kind in enumerate(kinds) if kind)
        return _Head(apart, tuple(kinds), place, cells[place].end)

    def _names_a_key(self, value: str, cell: _Cell) -> bool:
        return self._vocabulary.names_a_key(value[cell.start : cell.end].strip(" *_`\"'\\"))

    def _listed(self, text: Text, start: int, head: Head) -> Iterator[Span]:
        """Rows that are lists, below a head that is one; it is read at the first of its columns that announces something."""
        kinds = self._kinds(head.names)
        # A list of pairs has no head; of two announcing names, one may be a value.
        if kinds is None or not (head.is_said or len(kinds) - kinds.count(None) > 1):
            return
        if start > next(place for place, kind in zip(head.places, kinds, strict=True) if kind):
            return
        patience = 3
        for row in rows(text.value, head.rows, len(kinds)):
            cells = [_Cell(*cell) for cell in row]
            if any(kind and self._names_a_key(text.value, cell) for kind, cell in zip(kinds, cells, strict=True)):
                return
            found = list(self._row(text.value, kinds, cells))
            yield from found
            patience = _PATIENCE if found else patience - 1
            if not patience:
                return

    def insert(self, text: Text, start: int, end: int) -> Iterator[Span]:
        """The values of an insert, by the names of its columns."""
        head = _INSERT.match(text.view, start)
        kinds = self._kinds(head["columns"].split(",")) if head else None
        if head is None or kinds is None:
            return
        place = head.end()
        while (opened := _OPENED.match(text.view, place)) is not None:
            row: list[_Cell] = []
            place = opened.end()
            while (cell := _SQL_VALUE.match(text.view, place)) is not None:
                row.append(_Cell(*cell.span("quoted" if cell["quoted"] is not None else "bare")))
                place = cell.end()
                if cell["end"] == ")":
                    break
            if len(row) != len(kinds):
                return
            if all(_PARAMETER.fullmatch(text.view, *cell) for cell in row):
                yield from self._parameters(text, kinds, place)
                return
            yield from self._row(text.value, kinds, row)

    def _parameters(self, text: Text, kinds: Sequence[str | None], place: int) -> Iterator[Span]:
        """What a statement is given for its parameters, right behind it."""
        given = _GIVEN.match(text.view, place)
        for row in rows(text.value, given.end(), len(kinds)) if given else ():
            yield from self._row(text.value, kinds, [_Cell(*cell) for cell in row])

    def _kinds(self, names: Sequence[str]) -> list[str | None] | None:
        kinds = [self._vocabulary.kind(name.strip(" \"'`[]\\")) for name in names]
        there = {kind for kind in kinds if kind}
        if not there & _BESIDE_NAME:
            kinds = [None if kind == words.NAME or kind in words.ROLES else kind for kind in kinds]
        if not there & {words.STREET, words.ZIP, words.ADDRESS}:
            kinds = [None if kind in (words.CITY, words.LINE) else kind for kind in kinds]
        kinds = [None if kind == words.ID else kind for kind in kinds]
        return kinds if any(kinds) else None

    def _row(self, value: str, kinds: Sequence[str | None], row: Sequence[_Cell]) -> Iterator[Span]:
        for kind, cell in zip(kinds, row, strict=True):
            raw = value[cell.start : cell.end]
            bare = raw.strip(" *_`")
            if kind is None or not bare:
                continue
            read = unescaped(bare).replace("''", "'")
            judged = judge(kind, read, DATA)
            if judged and not self._vocabulary.names_a_key(read):
                start = cell.start + raw.index(bare)
                yield from spans(value, start, start + len(bare), kind, judged, NAME)


def _line_around(value: str, place: int) -> _Line | None:
    """The line of a place, if it is short enough to be a head; what a text around it wraps it in is left out."""
    first = max(place - _LONGEST_LINE, 0)
    escaped = value.rfind("\\n", first, place)
    start = max(value.rfind("\n", first, place) + 1, escaped + 2 if escaped >= 0 else 0, first)
    if start == first and first:
        return None
    end = _BREAK.search(value, place, place + _LONGEST_LINE)
    if end is None:
        return None
    if start == first or value[start - 1] == "\n":
        for wrapped in _WRAPPED.finditer(value, start, place):
            start = wrapped.end() if wrapped[0][0] != "," else start
    return _Line(start, end.start(), end.end())


def _next_line(value: str, line: _Line) -> _Line | None:
    start = line.after
    found = _BREAK.search(value, start, start + _LONGEST_LINE)
    end, after = (found.start(), found.end()) if found else (len(value), len(value))
    if end - start > _LONGEST_LINE or start >= end:
        return None
    return _Line(start, end, after)


def _fitting(value: str, line: _Line, apart: str, wanted: int) -> list[_Cell]:
    """The cells of a row: as many as its head has; one more, the number of the row, where blanks set them apart. Else none.

    The last row of a table within quotes ends where these close.
    """
    row = _cells(value, line, apart)
    if len(row) != wanted and (closed := value.find('"', line.start, line.end)) > line.start:
        row = _cells(value, _Line(line.start, closed - (value[closed - 1] == "\\"), line.end), apart)
    return row if len(row) == wanted or (apart == " " and len(row) == wanted + 1) else []


def _separator(line: str) -> str:
    for apart in ("|", "\\t", "\t", ";", ","):
        if apart in line:
            return apart
    return "  " if "_" not in line and _BLANKS.search(line) else " "


def _cells(value: str, line: _Line, apart: str) -> list[_Cell]:
    """The places of the cells of a line; none if it is not made of cells."""
    start, end = line.start, line.end
    if apart == "|":
        while start < end and value[start] in " \t":
            start += 1
        start += value[start : start + 1] == "|"
        while end > start and value[end - 1] in " \t\r":
            end -= 1
        end -= value[end - 1 : end] == "|"
    whole = value[start:end]
    if len(apart) == 1 and apart != " " and '"' not in whole and "\\" not in whole:
        return _plain_cells(whole, start, apart)
    pattern = _CELLS[apart]
    cells: list[_Cell] = []
    while len(cells) <= _MOST_CELLS:
        found = pattern.match(value, start, end)
        if found is None:
            return cells if start == end else []
        cells.append(_Cell(*found.span(_filled(found))))
        start = found.end()
        if not found["after"]:
            break
    return cells


def _plain_cells(line: str, start: int, apart: str) -> list[_Cell]:
    cells: list[_Cell] = []
    for part in line.split(apart, _MOST_CELLS):
        bare = part.strip()
        begun = start + len(part) - len(part.lstrip())
        cells.append(_Cell(begun, begun + len(bare)))
        start += len(part) + 1
    return cells


def _filled(found: re.Match[str]) -> str:
    return "quoted" if found.groupdict().get("quoted") is not None else "cell"
