"""Closed files made small: a log file that nobody writes to any more becomes ``.jsonl.zst``, with its digest recorded.

The order keeps every byte whatever happens in between. The file is held; its bytes go, compressed, to a hidden file, which is flushed to
the disk, read back and compared; the hidden file gets its name; the digest is recorded; the folder is flushed; only then the plain file
goes. A run that was stopped leaves at most a hidden file, or both files, and the next run goes on from there: lines that stand twice
have the same ids. A file is compressed as it stands: what was torn or damaged stays so.

A file that its writer holds is left alone, and so is an empty one, whose writer may be about to take it.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import zstandard

from agentlog._io.atomic import sync_folder
from agentlog.errors import LogError
from agentlog.store.digests import Content, chunks_of, content_of, content_of_file, record_content
from agentlog.store.holding import taken
from agentlog.store.layout import FILE_MODE, compressed_file, log_files

# Histories repeat themselves from call to call: a wide window finds that. 8 MiB is what a reader then needs for each open file.
_LEVEL, _WINDOW_LOG = 6, 23
_PLAIN = ".jsonl"
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC


@dataclass
class Compressed:
    """What a run did: files made small with their bytes before and after, files in use, and what could not be done, with the reason."""

    files: list[Path] = field(default_factory=list)
    bytes_before: int = 0
    bytes_after: int = 0
    in_use: list[Path] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def compress_closed(path: str | Path, on_file: Callable[[int, int], None] = lambda done, of: None) -> Compressed:
    """Compress every closed file of a data folder, a log folder or a day; ``on_file`` hears how many of how many are done.

    Raises:
        LogError: there is nothing at ``path``, or nothing can be written there.
    """
    plain = [file for file in log_files(Path(path)) if file.suffix == _PLAIN]
    report = Compressed()
    for number, file in enumerate(plain):
        on_file(number, len(plain))
        try:
            _compress(file, report)
        except FileNotFoundError:
            # Another run was quicker.
            continue
        except OSError as error:
            raise LogError(f"{file} cannot be compressed: {error.strerror or error}; it is left as it is") from error
    return report


def _compress(file: Path, report: Compressed) -> None:
    if not file.stat().st_size:
        return
    with taken(file) as ours:
        if not ours:
            report.in_use.append(file)
            return
        target = compressed_file(file)
        content = _content_of_both(file, target) if target.exists() else _write_compressed(file, target)
        if content is None:
            report.failed.append(f"{file}: it changed meanwhile, or {target.name} was there and differs; left as it is")
            return
        record_content(file.parent, file.name, content)
        sync_folder(file.parent)
        file.unlink()
        sync_folder(file.parent)
        report.files.append(target)
        report.bytes_before += content.bytes
        report.bytes_after += target.stat().st_size


def _content_of_both(file: Path, target: Path) -> Content | None:
    """What a file holds that was compressed before, if the two agree."""
    content = content_of_file(file)
    return content if content_of_file(target) == content else None


def _write_compressed(file: Path, target: Path) -> Content | None:
    """Put the file's bytes into ``target``, which appears whole or not at all; None if they cannot be had back from there."""
    # The name is always the same, so that what a killed run left is written over: whoever holds the file is alone with it.
    hidden = target.with_name(f".{target.name}")
    before = _state(file)
    try:
        with file.open("rb") as plain, os.fdopen(os.open(hidden, _FLAGS, FILE_MODE), "wb") as small:
            content = content_of(_copied(plain, small))
            small.flush()
            os.fsync(small.fileno())
        if content_of_file(hidden) != content or _state(file) != before:
            return None
        hidden.rename(target)
    finally:
        hidden.unlink(missing_ok=True)
    return content


def _state(file: Path) -> tuple[int, int]:
    stat = file.stat()
    return stat.st_size, stat.st_mtime_ns


def _copied(plain: IO[bytes], small: IO[bytes]) -> Iterator[bytes]:
    """The chunks of a file, each of them also written compressed."""
    parameters = zstandard.ZstdCompressionParameters.from_level(_LEVEL, window_log=_WINDOW_LOG, write_checksum=True)
    frame = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    for chunk in chunks_of(plain):
        small.write(frame.compress(chunk))
        yield chunk
    small.write(frame.flush())
