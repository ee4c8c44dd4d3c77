"""Benchmark: a file whose items must not be trained on, read as items with a name and texts.

JSON lines, JSON, tables with commas or tabs, and plain text, each as it is, gzip'd or zstd-compressed; what a file is, its name says, and
where it says nothing, its first character. Every text of an item counts, whatever its key is. In plain text an item is a paragraph, or a
line where there are no blank lines. A file that cannot be read as a whole is an error: half a benchmark would protect half a test.
"""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from agentlog._hashing import file_digest
from agentlog._io.compress import DAMAGED, open_binary
from agentlog._io.jsonl import BadLine, nests_too_deeply, read_lines
from agentlog.errors import SettingError
from agentlog.privacy.json_value import leaves
from agentlog.stages.registry import StageConfig

_IDS = ("task_id", "id", "_id", "question_id", "problem_id", "instance_id", "uid", "key", "name")
_ID = re.compile(r"[\w.:/#+-]{1,80}")
_PACKED = {".gz", ".gzip", ".zst", ".zstd"}
_LINES, _TABLES, _PROSE = {".jsonl", ".ndjson"}, {".csv": ",", ".tsv": "\t"}, {".txt", ".md", ".rst"}
_BLANK = re.compile(r"\n(?:[^\S\n]*\n)+")


class BenchmarkFile(StageConfig):
    """A file of a benchmark, and the digest of what was in it when the build was planned."""

    path: str
    digest: str


class Item(NamedTuple):
    """One item of a benchmark: what it is called, which is never its text, and its texts."""

    name: str
    texts: list[str]


def benchmark_file(path: Path) -> BenchmarkFile:
    """A benchmark's file as a plan names it.

    Raises:
        SettingError: it cannot be read.
    """
    try:
        return BenchmarkFile(path=str(path), digest=file_digest(path))
    except OSError as error:
        raise SettingError(f"benchmark file {path} cannot be read: {error.strerror}") from error


def read_items(file: BenchmarkFile) -> Iterator[Item]:
    """The items of a benchmark's file.

    Raises:
        SettingError: it cannot be read as a whole, or holds something else than when the build was planned.
    """
    path = Path(file.path)
    if benchmark_file(path).digest != file.digest:
        raise SettingError(f"benchmark file {path} has changed since the build was planned: build again")
    suffix = next((suffix for suffix in reversed(path.suffixes) if suffix.lower() not in _PACKED), "").lower()
    if suffix in _LINES:
        yield from _lines(path)
        return
    text = _text(path)
    if suffix in _TABLES:
        yield from _rows(path, text, _TABLES[suffix])
    elif suffix in _PROSE or (suffix != ".json" and text.lstrip()[:1] not in ("{", "[")):
        yield from _paragraphs(text)
    else:
        yield from _document(path, text)


def _text(path: Path) -> str:
    try:
        with open_binary(path) as stream:
            return stream.read().decode("utf-8-sig")
    except (OSError, *DAMAGED) as error:
        raise SettingError(f"benchmark file {path} cannot be read: {error}") from error
    except UnicodeDecodeError as error:
        raise SettingError(f"benchmark file {path} is no text: give JSON lines, JSON, CSV, TSV or plain text") from error


def _lines(path: Path) -> Iterator[Item]:
    for line in read_lines(path):
        if isinstance(line, BadLine):
            raise SettingError(f"benchmark file is not JSON lines: {line}")
        yield _item(line.value, f"line {line.number}")


def _document(path: Path, text: str) -> Iterator[Item]:
    """One JSON value, of whose list or lists each value is an item; where it is none, the lines may be."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        yield from _lines(path)
        return
    if nests_too_deeply(text.encode(), value):
        raise SettingError(f"benchmark file {path} is nested too deeply")
    fields = value.items() if isinstance(value, dict) else [("", value)]
    for key, inner in fields:
        where = key if _ID.fullmatch(key) else ""
        if isinstance(inner, list):
            for place, one in enumerate(inner):
                yield _item(one, f"item {where}[{place}]")
        else:
            yield _item({key: inner}, f"item {where}" if where else "an item")


def _item(value: Any, where: str) -> Item:
    said = next((value[key] for key in _IDS if key in value), None) if isinstance(value, dict) else None
    name = str(said) if isinstance(said, str | int) and _ID.fullmatch(str(said)) else ""
    return Item(f"{name} ({where})" if name else where, [leaf.text for leaf in leaves(value) if not leaf.is_number])


def _rows(path: Path, text: str, delimiter: str) -> Iterator[Item]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            yield Item(f"line {reader.line_num}", row)
    except csv.Error as error:
        raise SettingError(f"benchmark file {path}:{reader.line_num}: {error}") from error


def _paragraphs(text: str) -> Iterator[Item]:
    text = text.replace("\r\n", "\n")
    ends = [*_BLANK.finditer(text)] or [*re.finditer("\n", text)]
    begin = 0
    number = 1
    for start, end in [*(found.span() for found in ends), (len(text), len(text))]:
        yield Item(f"line {number}", [text[begin:start]])
        number += text.count("\n", begin, end)
        begin = end
