"""FileState: how a file of the log was when it was last read, and whether it has only grown since.

A file of the log has one writer and only grows; so all that is new in it comes after what was known. That is not taken on trust: where the
size or a time of a file is another, the bytes that were known are compared by their digest, and they must have ended with a whole line, for
what is appended to a torn one changes it. Files with the size and the times that they had are not opened.
"""

import hashlib
import os
from pathlib import Path
from typing import IO, NamedTuple

from agentlog.store.layout import log_files
from agentlog.store.reader import unreadable

_CHUNK = 1 << 20


class FileState(NamedTuple):
    """Size in bytes, when it was last written and when anything of it last changed, in nanoseconds, and the digest of its bytes."""

    size: int
    written: int
    changed: int
    digest: str


FileStates = dict[str, FileState]
"""The states of files by their paths."""


class Files(NamedTuple):
    """The files of a log as they are now, and those of them that are new or have grown; None if anything else has happened to one."""

    states: FileStates
    grown: list[Path] | None


def look_at_files(data: Path, before: FileStates) -> Files:
    """The files of a log, compared with how they were before.

    Raises:
        LogError: there is no log, or a file cannot be read.
    """
    states: FileStates = {}
    grown: list[Path] = []
    for file in log_files(data):
        old = before.get(str(file))
        try:
            with file.open("rb") as stream:
                state = _state_of(stream, old)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise unreadable(file, error) from error
        if state is None:
            return Files(look_at_files(data, {}).states, None)
        states[str(file)] = state
        if old is None or state.size > old.size:
            grown.append(file)
    return Files(states, grown if before.keys() <= states.keys() else None)


def _state_of(stream: IO[bytes], old: FileState | None) -> FileState | None:
    """The state of an open file; None if what was known of it does not stand there any more, or ended in the middle of a line."""
    about = os.fstat(stream.fileno())
    seen = about.st_size, about.st_mtime_ns, about.st_ctime_ns
    if old is not None and seen == old[:3]:
        return old
    digest = hashlib.blake2b(digest_size=16)
    known = old.size if old else 0
    end = _take(stream, known, digest)
    if old is not None and (digest.hexdigest() != old.digest or (end not in (b"", b"\n") and about.st_size > known)):
        return None
    _take(stream, about.st_size - known, digest)
    return FileState(*seen, digest.hexdigest())


def _take(stream: IO[bytes], length: int, digest: "hashlib.blake2b") -> bytes:
    """Take so many bytes into a digest; returns the last of them."""
    last = b""
    while length > 0 and (chunk := stream.read(min(length, _CHUNK))):
        digest.update(chunk)
        length -= len(chunk)
        last = chunk[-1:]
    return last
