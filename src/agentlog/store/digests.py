"""What the compressed files of a day must hold: one JSON line for each, in ``digests.ndjson`` beside them.

A line is written, and on the disk, before the plain file goes, and never changed. A file that was recorded twice, because a crash came
between, has two equal lines. The digest is that of the plain bytes, as ``sha256sum`` prints it after ``zstd -dc``.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from agentlog._io.compress import DAMAGED, open_binary
from agentlog._io.jsonl import BadLine, dump_line, read_lines
from agentlog.store.layout import FILE_MODE, digests_file

_CHUNK = 1 << 20
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC


class Content(NamedTuple):
    """What a file holds when it is not compressed: its SHA-256 (``sha256:…``), its size in bytes and its lines."""

    digest: str
    bytes: int
    lines: int


class Digests(NamedTuple):
    """What is recorded of a day's files, by plain name, and the lines of the record that cannot be read."""

    contents: dict[str, Content]
    bad: list[BadLine]


def content_of(chunks: Iterable[bytes]) -> Content:
    """What these bytes are, read once."""
    state, size, lines = hashlib.sha256(), 0, 0
    for chunk in chunks:
        state.update(chunk)
        size += len(chunk)
        lines += chunk.count(b"\n")
    return Content("sha256:" + state.hexdigest(), size, lines)


def content_of_file(file: Path) -> Content | None:
    """What a file holds, compressed or not; None if it cannot be read to its end.

    Raises:
        OSError: it cannot be opened.
    """
    try:
        with open_binary(file) as stream:
            return content_of(chunks_of(stream))
    except DAMAGED:
        return None


def chunks_of(file: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a file, a piece at a time."""
    while chunk := file.read(_CHUNK):
        yield chunk


def record_content(day: Path, name: str, content: Content) -> None:
    """Record what the file of this plain name holds; it is on the disk when this returns.

    Raises:
        OSError: it cannot be written.
    """
    handle = os.open(digests_file(day), _FLAGS, FILE_MODE)
    with os.fdopen(handle, "rb+", buffering=0) as file:
        fcntl.flock(handle, fcntl.LOCK_EX)
        _drop_torn_tail(file.fileno())
        _write_all(handle, dump_line({"file": name, **content._asdict()}))
        os.fsync(handle)


def read_digests(day: Path) -> Digests:
    """What is recorded of a day's files.

    Raises:
        OSError: the record cannot be read.
    """
    contents: dict[str, Content] = {}
    bad = []
    for line in read_lines(digests_file(day)) if digests_file(day).exists() else ():
        if isinstance(line, BadLine):
            bad.append(line)
        elif (said := _read(line.value)) is None:
            bad.append(BadLine(line.file, line.number, "not a digest of a closed file"))
        else:
            contents[said[0]] = said[1]
    return Digests(contents, bad)


def _read(value: Any) -> tuple[str, Content] | None:
    try:
        name, digest, size, lines = value["file"], value["digest"], value["bytes"], value["lines"]
    except (KeyError, TypeError):
        return None
    good = isinstance(name, str) and isinstance(digest, str) and isinstance(size, int) and isinstance(lines, int)
    return (name, Content(digest, size, lines)) if good else None


def _drop_torn_tail(handle: int) -> None:
    """Take away a last line that was cut short: its file was not removed, so it says nothing that is needed."""
    size = os.fstat(handle).st_size
    tail = os.pread(handle, size, 0)
    if tail and not tail.endswith(b"\n"):
        os.ftruncate(handle, tail.rfind(b"\n") + 1)


def _write_all(handle: int, line: bytes) -> None:
    while line:
        line = line[os.write(handle, line) :]
