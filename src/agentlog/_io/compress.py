"""Reading files that may be gzip'd or zstd-compressed, told by their first bytes and not by their names."""

import gzip
import io
import zlib
from pathlib import Path
from typing import IO, cast

import zstandard

_GZIP = b"\x1f\x8b"
# Log lines are a few KB long: with the buffer that Python takes by itself, reading them costs three times as much.
_BUFFER = 1 << 18
_ZSTD = b"\x28\xb5\x2f\xfd"

DAMAGED = (gzip.BadGzipFile, zlib.error, zstandard.ZstdError, EOFError)
"""What reading a damaged compressed file can raise, beside OSError."""


def open_binary(path: Path) -> IO[bytes]:
    """A readable stream of the plain bytes of a file.

    Raises:
        OSError: the file cannot be opened.
    """
    with path.open("rb") as file:
        magic = file.read(4)
    if magic.startswith(_GZIP):
        return cast(IO[bytes], gzip.open(path, "rb"))
    if magic == _ZSTD:
        # The library's own file object cannot be read by lines, and stops after the first of several frames.
        frames = zstandard.ZstdDecompressor().stream_reader(path.open("rb"), read_across_frames=True, closefd=True)
        return io.BufferedReader(cast(io.RawIOBase, frames), _BUFFER)
    return path.open("rb", buffering=_BUFFER)
