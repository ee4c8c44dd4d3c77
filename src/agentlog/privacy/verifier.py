"""Verifier: reads the finished bytes of a dataset and tells what private is left in them, by a path of its own.

It shares no code with the recognisers, the walk over JSON values or the making of stand-ins, so that an error of theirs is not made twice.
It knows no JSON: bytes are looked at as they lie, and again with the escapes of JSON undone, once for each level at which one value may
hold another. What it looks for is in `agentlog.privacy.leak_forms`, and whatever the caller knows must not be there: values that were
replaced, known people, denied texts. An alarm names file, line, entity and reason, never the value.

Files are read in blocks of whole lines, so memory is bounded, and time is in proportion to the bytes.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from agentlog._extras import require
from agentlog.privacy.leak_forms import ANCHORED, Form, numbers

_BLOCK = 1 << 19
_LONGEST_LINE = 1 << 24
_OVERLAP = 1 << 12
"""A longer line is cut, and what lies across a cut is looked at twice."""
_LEVELS = 4
_LEAST = 3
"""Shorter known values are too often something else."""
_PERSON, _DENIED, _REPLACED = "a known person", "a denied text", "a value that was replaced"
MOST_LEAKS = 1000
"""After so many, nothing more is looked for: the dataset is not clean, and why is known."""


class Leak(NamedTuple):
    """Something private in a finished file: which, in which line (from 1), what it is, and why it counts."""

    file: str
    line: int
    entity: str
    why: str


def verify_files(
    files: Iterable[Path] | Mapping[str, bytes],
    *,
    known: Iterable[str] | Mapping[str, Iterable[str]] = (),
    people: Iterable[str] = (),
    deny: Iterable[str] = (),
    allow: Iterable[str] = (),
) -> list[Leak]:
    """What is left in files that should be clean, in the order of the files; none if they are.

    Args:
        files: the files, or their bytes by name.
        known: values that were replaced: anywhere, or by the id of each row (its field ``id``) those that must not be in that row.
        people: names and other texts by which known people are known; found as whole words, written exactly so.
        deny: texts that must not occur, as whole words.
        allow: texts that may stay; ``*`` stands for anything.

    Raises:
        MissingExtraError: a package of the extra ``build`` is not installed.
    """
    search = _search(tuple(people), tuple(deny), tuple(allow)) if not known else _made_search(known, people, deny, allow)
    leaks: dict[Leak, None] = {}
    named = files.items() if isinstance(files, Mapping) else ((file.name, file) for file in files)
    for name, content in named:
        for line, block in _blocks(content):
            for number, entity, why in search.leaks(block):
                leaks[Leak(name, line + number, entity, why)] = None
                if len(leaks) >= MOST_LEAKS:
                    return list(leaks)
    return list(leaks)


@lru_cache(maxsize=4)
def _search(people: tuple[str, ...], deny: tuple[str, ...], allow: tuple[str, ...]) -> "_Search":
    """What a build looks for in batch after batch, made once."""
    return _made_search((), people, deny, allow)


def _made_search(
    known: Iterable[str] | Mapping[str, Iterable[str]], people: Iterable[str], deny: Iterable[str], allow: Iterable[str]
) -> "_Search":
    stays = _Allowed(allow)
    by_row = known if isinstance(known, Mapping) else {}
    everywhere = {_PERSON: people, _DENIED: deny, _REPLACED: () if isinstance(known, Mapping) else known}
    return _Search(_Values(everywhere, by_row, stays), stays)


def _blocks(content: bytes | Path) -> Iterator[tuple[int, bytes]]:
    """The bytes in blocks of whole lines, each with the number of its first line."""
    line, held = 1, b""
    for piece in _pieces(content):
        held += piece
        end = held.rfind(b"\n") + 1
        if end:
            yield line, held[:end]
            line += held.count(b"\n", 0, end)
            held = held[end:]
        elif len(held) > _LONGEST_LINE:
            yield line, held
            held = held[-_OVERLAP:]
    if held:
        yield line, held


def _pieces(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield from (content[start : start + _BLOCK] for start in range(0, len(content), _BLOCK))
        return
    with content.open("rb") as file:
        while piece := file.read(_BLOCK):
            yield piece


class _Allowed:
    """Texts that may stay, each exact or with ``*``."""

    def __init__(self, texts: Iterable[str]) -> None:
        given = list(texts)
        self._exact = {text for text in given if "*" not in text}
        self._like = [text for text in given if "*" in text]

    def __contains__(self, text: str) -> bool:
        return text in self._exact or any(fnmatchcase(text, like) for like in self._like)


class _Search:
    """All forms and known values, looked for in one block at every level of escaping."""

    def __init__(self, values: "_Values", stays: _Allowed) -> None:
        self._values = values
        self._stays = stays
        self._anchors = _anchors()

    def leaks(self, block: bytes) -> Iterator[tuple[int, str, str]]:
        """Each leak: the number of its line in the block (from 0), entity and reason."""
        lines: _Lines | None = None
        view = block
        for level in range(_LEVELS + 1):
            if level:
                if b"\\" not in view:
                    return
                view = unescaped(view)
            for start, value, entity, why in self._in_view(view):
                if value.decode("utf-8", "replace") not in self._stays:
                    lines = lines or _Lines(block)
                    yield lines.number(view, start), entity, why
            for start, why, rows in self._values.find(view):
                lines = lines or _Lines(block)
                number = lines.number(view, start)
                if rows is None or lines.row_id(number) in rows:
                    yield number, "KNOWN", why

    def _in_view(self, view: bytes) -> Iterator[tuple[int, bytes, str, str]]:
        for number, start, end in self._anchors.find_matches_as_indexes(view, overlapping=True):
            form = _FORMS[number]
            value = form.at(view, start, end)
            if value:
                yield start, value, form.entity, form.why
        yield from numbers(view)


_FORMS: list[Form] = [form for form in ANCHORED for _ in form.anchors]


@lru_cache(maxsize=1)
def _anchors() -> Any:
    require("ahocorasick_rs", "build")
    from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind

    anchors = [anchor for form in ANCHORED for anchor in form.anchors]
    return BytesAhoCorasick(anchors, matchkind=MatchKind.Standard, implementation=Implementation.DFA)


class _Lines:
    """The lines of a block, whose views have the same lines, though of other lengths."""

    def __init__(self, block: bytes) -> None:
        self._block = block
        self._starts = _starts(block)
        self._view, self._view_starts = block, self._starts
        self._ids: dict[int, str] = {}

    def number(self, view: bytes, place: int) -> int:
        """The number of the line that holds this place of a view."""
        if view is not self._view:
            self._view, self._view_starts = view, _starts(view)
        return bisect_right(self._view_starts, place) - 1

    def row_id(self, number: int) -> str:
        """The id of the row in that line; empty if the line is no row."""
        if number not in self._ids:
            ends = [*self._starts[number + 1 : number + 2], len(self._block)]
            try:
                row: Any = orjson.loads(self._block[self._starts[number] : ends[0]])
            except orjson.JSONDecodeError:
                row = None
            self._ids[number] = str(row.get("id", "")) if isinstance(row, dict) else ""
        return self._ids[number]


def _starts(view: bytes) -> list[int]:
    return [0, *(found.end() for found in re.finditer(b"\n", view))]


class _Values:
    """Known values in an automaton of their own, which may be large."""

    def __init__(self, everywhere: Mapping[str, Iterable[str]], by_row: Mapping[str, Iterable[str]], stays: _Allowed) -> None:
        rows: dict[bytes, set[str] | None] = {}
        why: dict[bytes, str] = {}
        for reason, texts in everywhere.items():
            for form in _forms(texts, stays):
                rows[form] = None
                why.setdefault(form, reason)
        for row, texts in by_row.items():
            for form in _forms(texts, stays):
                within = rows.setdefault(form, set())
                why.setdefault(form, _REPLACED)
                if within is not None:
                    within.add(row)
        self._rows = list(rows.values())
        self._why = [why[form] for form in rows]
        self._automaton = _automaton(list(rows)) if rows else None

    def find(self, view: bytes) -> Iterator[tuple[int, str, set[str] | None]]:
        """Place, reason and the rows in which it counts (none: in all) of each known value that stands alone."""
        if self._automaton is None:
            return
        for number, start, end in self._automaton.find_matches_as_indexes(view, overlapping=True):
            if not (_continues(view, start - 1, start) or _continues(view, end, end - 1)):
                yield start, self._why[number], self._rows[number]


def _automaton(values: list[bytes]) -> Any:
    require("ahocorasick_rs", "build")
    from ahocorasick_rs import BytesAhoCorasick, MatchKind

    return BytesAhoCorasick(values, matchkind=MatchKind.Standard)


def _forms(texts: Iterable[str], stays: _Allowed) -> Iterator[bytes]:
    for text in texts:
        if len(text.strip()) >= _LEAST and text not in stays:
            yield " ".join(re.split(r"[\n\r\t]", text)).encode("utf-8", "surrogatepass")


def _continues(view: bytes, outside: int, inside: int) -> bool:
    """Whether the byte outside a value makes it part of a longer word."""
    return 0 <= outside < len(view) and _is_of_word(view[outside]) and _is_of_word(view[inside])


def _is_of_word(byte: int) -> bool:
    return byte >= 128 or chr(byte).isalnum()


_REACH = 512
"""How far from an escape, in bytes, undoing it can change what is found."""
_UNICODE = re.compile(rb"\\u[0-9A-Fa-f]{4}(?:\\u[0-9A-Fa-f]{4})*")
_BACKSLASH, _NEWLINE, _LETTER_U, _ANY_LETTER = 0x5C, 0x0A, 0x75, 0xFF
_MEANT = bytes(0x20 if code in b"bfnrt" else code for code in range(256))


def unescaped(view: bytes) -> bytes:
    """A view with one level of JSON escapes undone. Lines stay lines; escaped white space becomes a space.

    What lies far from all escapes was seen before, and is left out; a byte that counts as a letter stands for it, so that nothing looks as
    if it began or ended there.
    """
    numpy = require("numpy", "build")
    said = numpy.frombuffer(view, numpy.uint8).copy()
    slashes = numpy.flatnonzero(said == _BACKSLASH)
    # In a run of backslashes every other one is an escape, and what follows it is what it means.
    order = numpy.arange(len(slashes))
    first_of_run = numpy.maximum.accumulate(numpy.where(numpy.diff(slashes, prepend=-2) != 1, order, 0))
    escapes = slashes[((order - first_of_run) % 2 == 0) & (slashes < len(said) - 1)]
    letters = said[escapes + 1]
    said[escapes + 1] = numpy.frombuffer(_MEANT, numpy.uint8)[letters]
    keep = numpy.ones(len(said), bool)
    keep[escapes[letters != _LETTER_U]] = False
    edges = numpy.concatenate(([-_REACH], slashes, [len(said) + _REACH]))
    for gap in numpy.flatnonzero(numpy.diff(edges) > 2 * _REACH + 1):
        start, end = int(edges[gap]) + _REACH, int(edges[gap + 1]) - _REACH
        keep[start:end] = said[start:end] == _NEWLINE
        if not keep[start]:
            said[start], keep[start] = _ANY_LETTER, True
    plain: bytes = said[keep].tobytes()
    return _UNICODE.sub(_characters, plain) if b"\\u" in plain else plain


def _characters(found: re.Match[bytes]) -> bytes:
    units = bytes.fromhex(found[0].replace(b"\\u", b"").decode())
    text = units.decode("utf-16-be", "replace")
    return "".join(char if char >= " " else " " for char in text).encode()
