"""LogWriter: one process's hand on the log.

Every event is one ``write(2)`` on a file that nobody else writes to: a new one per process, per fork, per UTC day and when full. When
`write` has returned True the line is in the kernel, so SIGKILL loses nothing; with ``durability="fsync"`` it is on the disk. A write
that was cut short costs that line only: the next one starts with a newline. The file is opened at the first write, so an unused writer
leaves no trace.

It never raises into its caller. What could not be written is counted, and said once through `logging`; submitted is always written plus
lost. It knows nothing of what a line means, and loads neither the schema nor pydantic.
"""

import errno
import logging
import os
import threading
import weakref
from pathlib import Path
from typing import Literal, NamedTuple

from agentlog._clock import SYSTEM_CLOCK, Clock
from agentlog._io.atomic import sync_folder
from agentlog.store.layout import FILE_MODE, new_log_file

ROTATE_BYTES = 64 << 20
_DAY_NS = 86_400_000_000_000
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
_GONE = (errno.EBADF, errno.ESTALE)
_log = logging.getLogger("agentlog")

Durability = Literal["kernel", "fsync"]


class WriteStats(NamedTuple):
    """Events since this process began to write; ``submitted == written + lost``."""

    submitted: int
    written: int
    lost: int


class LogWriter:
    """Writes whole lines to the log of a data folder; safe for threads and forks.

    ``rotate_bytes`` is the size at which a new file is begun. After `close`, the next write opens a new file.
    """

    def __init__(
        self, data: Path, *, rotate_bytes: int = ROTATE_BYTES, durability: Durability = "kernel", clock: Clock = SYSTEM_CLOCK
    ) -> None:
        # Absolute from the start: the agent may change its working directory.
        self._data = data.absolute()
        self._rotate_bytes = rotate_bytes
        self._fsync = durability == "fsync"
        self._clock = clock
        self._begin_anew()
        _writers.add(self)

    def _begin_anew(self) -> None:
        # Reentrant, because a signal handler or a finaliser may log in the middle of a write of the same thread.
        self._lock = threading.RLock()
        self._handle: int | None = None
        self._day = self._size = self._written = self._lost = 0
        self._torn = self._warned = False

    def write(self, line: bytes) -> bool:
        """Write one line, newline included; returns whether it is safe."""
        with self._lock:
            try:
                self._put(line)
            except OSError as error:
                self._count_loss(error)
                return False
            self._written += 1
            return True

    def lose(self, error: BaseException) -> None:
        """Count an event that could not even be made into a line."""
        with self._lock:
            self._count_loss(error)

    def stats(self) -> WriteStats:
        """What this process submitted, wrote and lost."""
        with self._lock:
            return WriteStats(self._written + self._lost, self._written, self._lost)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._let_go()

    def __del__(self) -> None:
        if getattr(self, "_handle", None) is not None:
            self._let_go()

    def _put(self, line: bytes) -> None:
        handle = self._fitting_file(len(line))
        if self._torn:
            line = b"\n" + line
        done = 0
        try:
            while done < len(line):
                done += os.write(handle, line[done:] if done else line)
        finally:
            self._size += done
            if done:
                self._torn = done < len(line)
        if self._fsync:
            os.fsync(handle)

    def _fitting_file(self, length: int) -> int:
        now = self._clock.time_ns()
        if self._handle is not None and (now // _DAY_NS != self._day or (self._size and self._size + length > self._rotate_bytes)):
            self._let_go()
        if self._handle is None:
            path = new_log_file(self._data, now)
            self._handle = os.open(path, _FLAGS, FILE_MODE)
            self._day, self._size, self._torn = now // _DAY_NS, 0, False
            if self._fsync:
                for folder in (path.parent, path.parent.parent, self._data):
                    sync_folder(folder)
        return self._handle

    def _let_go(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            try:
                os.close(handle)
            except OSError as error:
                _log.debug("closing a log file: %s", error)

    def _count_loss(self, error: BaseException) -> None:
        self._lost += 1
        if isinstance(error, OSError) and error.errno in _GONE:
            # The agent closed our handle; its number may soon be another file's.
            self._handle = None
        if not self._warned:
            self._warned = True
            _log.warning(
                "an event could not be logged to %s (%s: %s); the agent goes on, further losses are only counted in stats()",
                self._data,
                type(error).__name__,
                error,
            )


_writers: "weakref.WeakSet[LogWriter]" = weakref.WeakSet()


def _after_fork_in_child() -> None:
    """A child must neither share its parent's file nor wait for a lock that a thread held in the parent."""
    for writer in list(_writers):
        inherited = writer._handle
        writer._begin_anew()
        if inherited is not None:
            os.close(inherited)


os.register_at_fork(after_in_child=_after_fork_in_child)
