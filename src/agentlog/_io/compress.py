"""Reading files that may be gzip'd or zstd-compressed, told by their first bytes and not by their names."""

import gzip
import io
import zlib
from pathlib import Path
from typing import IO, Any, cast

import zstandard

_GZIP = b"\x1f\x8b"
# Log lines are a few KB long: with the buffer that Python takes by itself, reading them costs three times as much.
_BUFFER = 1 << 18
_ZSTD = b"\x28\xb5\x2f\xfd"

# What is read of a zstd file at once. Little, because what comes out of it can be thousands of times as much.
_PIECE = 4096

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
        return io.BufferedReader(_Frames(path), _BUFFER)
    return path.open("rb", buffering=_BUFFER)


class _Frames(io.RawIOBase):
    """The plain bytes of all frames of a zstd file. The library's own reader takes a file that was cut short for a whole one."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._raw, self._plain = b"", memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._plain:
            raw = self._raw or self._file.read(_PIECE)
            if not raw:
                if self._frame is not None:
                    raise EOFError("the file was cut short: its last frame has no end")
                return 0
            self._decompress(raw)
        length = min(len(buffer), len(self._plain))
        buffer[:length], self._plain = self._plain[:length], self._plain[length:]
        return length

    def close(self) -> None:
        self._file.close()
        super().close()

    def _decompress(self, raw: bytes) -> None:
        frame = self._frame or zstandard.ZstdDecompressor().decompressobj()
        self._plain, self._raw, self._frame = memoryview(frame.decompress(raw)), b"", frame
        if frame.eof:
            self._raw, self._frame = frame.unused_data, None
