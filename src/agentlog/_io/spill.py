"""Spill: many streams of bytes in bounded memory.

What is added is held in memory up to a budget; beyond it, all that is held goes to one temporary file, each stream's part as one block
that names the block before it. The file is for its owner only and has no name, so nothing of it is left behind, however the process ends.
It lies where `tempfile` puts it (TMPDIR says where). A stream is taken back once, whole; its room in the file is not used again.
"""

import os
import struct
import tempfile
from collections import defaultdict
from types import TracebackType
from typing import IO, Self

from agentlog.errors import LogError

_BEFORE = struct.Struct("<QQ")
# What a held piece costs beside its bytes.
_PIECE = 80


class Spill:
    """Streams of bytes, each under a key of the caller's choice; ``budget`` is how many bytes are held in memory at most."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._held: defaultdict[object, list[bytes]] = defaultdict(list)
        self._size = 0
        self._blocks: dict[object, tuple[int, int]] = {}
        self._file: IO[bytes] | None = None
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._held.clear()
        if self._file is not None:
            self._file.close()

    @property
    def spilled(self) -> int:
        """How many bytes went to the temporary file."""
        return self._end

    def add(self, stream: object, data: bytes) -> None:
        """Append to a stream.

        Raises:
            LogError: the temporary file cannot be written.
        """
        self._held[stream].append(data)
        self._size += len(data) + _PIECE
        if self._size > self._budget:
            self._write_out()

    def take(self, stream: object) -> bytes:
        """All that was added to a stream, in order; from now on it is empty.

        Raises:
            LogError: the temporary file cannot be read.
        """
        pieces = self._held.pop(stream, [])[::-1]
        self._size -= sum(map(len, pieces)) + _PIECE * len(pieces)
        place, length = self._blocks.pop(stream, (0, 0))
        while length:
            block = self._read(place, length)
            pieces.append(block[_BEFORE.size :])
            place, length = _BEFORE.unpack_from(block)
        return b"".join(reversed(pieces))

    def _write_out(self) -> None:
        try:
            if self._file is None:
                # Unbuffered: what could not be written must not be tried again when the file is closed.
                self._file = tempfile.TemporaryFile(prefix="agentlog-", buffering=0)  # noqa: SIM115  closed with the spill
            for stream, pieces in self._held.items():
                block = b"".join((_BEFORE.pack(*self._blocks.get(stream, (0, 0))), *pieces))
                self._write(block)
                self._blocks[stream] = (self._end - len(block), len(block))
        except OSError as error:
            raise LogError(f"a temporary file in {tempfile.gettempdir()} cannot be written: {error.strerror}; set TMPDIR") from error
        self._held.clear()
        self._size = 0

    def _write(self, block: bytes) -> None:
        assert self._file is not None
        rest = memoryview(block)
        while rest:
            done = os.pwrite(self._file.fileno(), rest, self._end)
            self._end += done
            rest = rest[done:]

    def _read(self, place: int, length: int) -> bytes:
        assert self._file is not None
        pieces = []
        while length:
            piece = os.pread(self._file.fileno(), length, place)
            if not piece:
                raise LogError("a temporary file has become shorter: nothing but this process may write to it")
            pieces.append(piece)
            place += len(piece)
            length -= len(piece)
        return b"".join(pieces)
