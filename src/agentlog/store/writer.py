"""LogWriter: one process's hand on the log.

Every event is one write on a file that nobody else writes to: a new one per process, per fork, per UTC day and when full. When `write`
has returned True the line is in the kernel, so SIGKILL loses nothing; with ``durability="fsync"`` it is on the disk, and threads that wait
for the disk at the same time share one flush. A write that was cut short costs that line only: the next one starts with a newline. The
file is opened at the first write, so an unused writer leaves no trace, and locked while it is open, so that others know it is in use.

It never raises into its caller. What could not be written is counted, and said once through `logging`; once writing works again a
tombstone in the log says how much is missing. Submitted is always written plus lost. A file that somebody removed is noticed within a
tenth of a second, and what went into it after the last look is written again. It knows nothing of what a line means, and loads neither
the schema nor pydantic.
"""

import atexit
import contextlib
import errno
import fcntl
import logging
import os
import sys
import threading
import weakref
from pathlib import Path
from typing import Literal, NamedTuple, cast

import orjson

from agentlog._clock import SYSTEM_CLOCK, Clock
from agentlog._io.atomic import sync_folder
from agentlog._io.filesystem import settled
from agentlog.store.group_flush import Batch, GroupFlush
from agentlog.store.journal import Journal
from agentlog.store.layout import FILE_MODE, new_log_file
from agentlog.store.untold import Untold, untold_of

ROTATE_BYTES = 64 << 20
_DAY_NS = 86_400_000_000_000
_LOOK_NS = 100_000_000
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
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

    ``rotate_bytes`` is the size at which a new file is begun. After `close`, the next write opens a new file. ``journal`` is where calls
    in flight are kept.
    """

    journal: Journal

    def __init__(
        self, data: Path, *, rotate_bytes: int = ROTATE_BYTES, durability: Durability = "kernel", clock: Clock = SYSTEM_CLOCK
    ) -> None:
        self._data = settled(data)
        self._rotate_bytes = rotate_bytes
        self._fsync = durability == "fsync"
        self._now = clock.time_ns
        self._begin_anew()
        _writers.add(self)

    def _begin_anew(self) -> None:
        # Reentrant, because a signal handler or a finaliser may log in the middle of a write of the same thread.
        self._lock = threading.RLock()
        self._flushing = GroupFlush()
        self._handle: int | None = None
        self._identity = (0, 0)
        self._size = self._lost = 0
        # How many lines were put, and how many of them turned out to be lost; and what the next flush is for.
        self._number = self._taken_back = 0
        self._batch = Batch()
        # Up to where the file was when last seen in its place, in bytes and lines; when that was, and when to look again.
        self._seen_size = self._seen_number = self._looked_at = self._look_at = self._day_end = 0
        self._torn = self._warned = self._turning = False
        self._untold: Untold | None = None
        self.journal = Journal(self._data, self._now)

    def write(self, line: bytes, *more: bytes) -> bool:
        """Write one line, newline included, which may be given in parts; returns whether it is safe."""
        size = len(line) + sum(map(len, more)) if more else len(line)
        with self._lock:
            try:
                # A clock that was set back is a reason to look, too.
                if not self._looked_at <= self._now() < self._look_at or self._size + size > self._rotate_bytes:
                    if self._turning:
                        return self._write_aside(b"".join((line, *more)))
                    self._turn(size)
                if self._torn or self._untold:
                    self._mend()
                # The handle is looked up last: whoever logs in between may begin a new file.
                done = os.writev(self._handle, (line, *more)) if more else os.write(self._handle, line)  # type: ignore[arg-type]
                self._size += done
                if done != size:
                    self._write_rest(b"".join((line, *more))[done:])
            except OSError as error:
                if not self._recovers(error, b"".join((line, *more))):
                    return False
            self._number += 1
            if not self._fsync:
                return True
            batch = self._batch
            batch.lines += 1
        return self._flushing.wait_for(batch, self._flush_all)

    def lose(self, error: BaseException) -> None:
        """Count an event that could not even be made into a line."""
        with self._lock:
            # Of the agent's own errors the kind only: its message may hold what was to be scrubbed, or raise.
            self._count_loss(error, reason=type(error).__name__)

    def stats(self) -> WriteStats:
        """What this process submitted, wrote and lost."""
        with self._lock:
            written = self._number - self._taken_back
            return WriteStats(written + self._lost, written, self._lost)

    def close(self) -> None:
        """Let go of the file, and of the journal if no call is in flight."""
        with self._lock:
            try:
                if self._untold or (self._unseen() and self._handle is not None):
                    self._turn(0)
                if self._untold:
                    self._mend()
            except OSError as error:
                _log.debug("closing a log file: %s", error)
            self._let_go()
            journal, self.journal = self.journal, Journal(self._data, self._now)
            journal.tidy()

    def __del__(self) -> None:
        if getattr(self, "_handle", None) is not None or getattr(self, "_untold", None):
            self.close()

    def _turn(self, size: int) -> None:
        """Make sure that there is a file in its place, of this day, with room for a line of this size; of no size if none is to come."""
        self._turning, self._look_at = True, 0
        try:
            self._turn_to_file(self._now(), size)
        finally:
            self._turning = False

    def _turn_to_file(self, now: int, size: int) -> None:
        if self._handle is not None:
            self._look_after_file()
        if not self.journal.stands():
            self.journal.leave()
            self.journal = Journal(self._data, self._now)
        if self._handle is None:
            self._open(now)
        elif size and (now >= self._day_end or (self._size and self._size + size > self._rotate_bytes)):
            # Where no new file can be had, the old one is better than none.
            with contextlib.suppress(OSError):
                self._open(now)
        self._looked_at, self._look_at = now, now + _LOOK_NS
        if now < self._day_end < self._look_at:
            self._look_at = self._day_end

    def _open(self, now: int) -> None:
        """Begin a new file, and let go of the old one when that has been done."""
        path = new_log_file(self._data, now)
        handle = os.open(path, _FLAGS, FILE_MODE)
        try:
            # Whoever looks whether an empty file is held lets go of it at once. A filesystem without locks must not cost the event.
            with contextlib.suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX)
            state = os.fstat(handle)
            if self._fsync:
                for folder in (*path.parents[:2], self._data, self._data.parent):
                    sync_folder(folder)
        except BaseException:
            os.close(handle)
            path.unlink(missing_ok=True)
            raise
        self._let_go()
        self._handle, self._identity = handle, (state.st_dev, state.st_ino)
        self._size = self._seen_size = 0
        self._seen_number = self._number
        self._torn = False
        self._day_end = (now // _DAY_NS + 1) * _DAY_NS
        _close_at_exit()

    def _write_aside(self, line: bytes) -> bool:
        """Write a line to a file of its own: for a signal handler or a finaliser that logs while this thread turns to another file."""
        try:
            handle = os.open(new_log_file(self._data, self._now()), _FLAGS, FILE_MODE)
            try:
                if os.write(handle, line) != len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                if self._fsync:
                    os.fdatasync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            self._count_loss(error)
            return False
        self._number += 1
        self._seen_number += 1
        return True

    def _recovers(self, error: OSError, line: bytes) -> bool:
        """If the agent has closed our handle, write the line to a new file; count it as lost if that is not it or fails, too."""
        if error.errno in _GONE and self._handle is not None:
            try:
                self._give_up(error, self._unseen() if error.errno == errno.ESTALE else 0)
                self._turn(len(line))
                self._write_rest(line)
                return True
            except OSError as last:
                error = last
        self._look_at = 0
        self._count_loss(error)
        return False

    def _look_after_file(self) -> None:
        """If somebody removed the file, write again what went into it since it was last seen."""
        handle = cast(int, self._handle)
        try:
            state = os.fstat(handle)
        except OSError as error:
            self._give_up(error, 0)
            return
        self._size = state.st_size
        if (state.st_dev, state.st_ino) != self._identity:
            # The agent closed our handle, and its number is another file's now.
            self._give_up(OSError(errno.EBADF, os.strerror(errno.EBADF)), self._unseen())
        elif state.st_nlink == 0:
            self._write_again(os.pread(handle, self._size - self._seen_size, self._seen_size))
        self._seen_size, self._seen_number = self._size, self._number

    def _write_again(self, lines: bytes) -> None:
        unseen, batch, self._batch = self._unseen(), self._batch, Batch()
        self._let_go()
        # What follows the last newline was counted as lost when it was cut short.
        lines = lines[: lines.rfind(b"\n") + 1]
        try:
            self._open(self._now())
            self._write_rest(lines)
            if self._fsync:
                os.fdatasync(cast(int, self._handle))
        except OSError as error:
            self._let_go()
            self._batch = batch
            self._give_up(error, unseen)
            raise
        batch.flushed = True

    def _unseen(self) -> int:
        return self._number - self._seen_number

    def _give_up(self, error: OSError, missing: int) -> None:
        """The handle is of no use any more, and its number may be another file's: so many lines, and those unflushed, are lost."""
        batch, self._batch = self._batch, Batch()
        # Both are counted back from the last line.
        missing = max(missing, batch.lines)
        batch.flushed = batch.failed = True
        self._taken_back += missing
        self._count_loss(error, missing)
        self._seen_number, self._handle, self._look_at = self._number, None, 0

    def _let_go(self) -> None:
        handle, self._handle, self._look_at = self._handle, None, 0
        if handle is None:
            return
        batch, self._batch = self._batch, Batch()
        if batch.lines:
            self._settle(batch, handle)
        try:
            # The agent may have closed it, and what has its number now is not ours to close.
            state = os.fstat(handle)
            if (state.st_dev, state.st_ino) == self._identity:
                os.close(handle)
        except OSError as error:
            _log.debug("closing a log file: %s", error)

    def _write_rest(self, rest: bytes) -> None:
        """Write on where a write was cut short; what cannot be completed is a torn line."""
        self._torn = True
        try:
            while rest:
                done = os.write(cast(int, self._handle), rest)
                self._size += done
                rest = rest[done:]
        except OSError:
            # What lacks nothing but its newline can be read: the next line brings it.
            if rest != b"\n":
                raise
            return
        self._torn = False

    def _mend(self) -> None:
        """After a torn line, begin a new one; after losses, tell of them."""
        if self._torn:
            self._size += os.write(cast(int, self._handle), b"\n")
            self._torn = False
        if self._untold:
            untold, self._untold = self._untold, None
            try:
                self._write_rest(orjson.dumps(untold.tombstone(self._now()), option=orjson.OPT_APPEND_NEWLINE))
            except OSError:
                self._untold = untold
                raise

    def _flush_all(self, batch: Batch) -> None:
        with self._lock:
            if batch is not self._batch:
                # The file was let go meanwhile, and all that was in it has been flushed.
                return
            self._batch, handle = Batch(), cast(int, self._handle)
            try:
                # A copy, because another thread may begin a new file meanwhile.
                copy = os.dup(handle)
            except OSError:
                self._settle(batch, handle)
                return
        self._settle(batch, copy)
        os.close(copy)

    def _settle(self, batch: Batch, handle: int) -> None:
        """Flush what a batch holds; if that fails, its lines are lost to all who wait for them."""
        try:
            os.fdatasync(handle)
        except OSError as error:
            with self._lock:
                # The kernel forgets what it could not write: a second flush of this file would succeed and mean nothing.
                later, self._batch = self._batch, Batch()
                for each in (batch, later):
                    each.failed = each.flushed = True
                    self._taken_back += each.lines
                    self._count_loss(error, each.lines)
                self._let_go()
        batch.flushed = True

    def _count_loss(self, error: BaseException, count: int = 1, reason: str | None = None) -> None:
        if not count:
            return
        self._lost += count
        reason = reason or f"{type(error).__name__}: {error}"
        self._untold = untold_of(self._untold, self._now(), count, reason)
        if not self._warned:
            self._warned = True
            # Whoever listens to warnings may raise.
            with contextlib.suppress(Exception):
                _log.warning(
                    "an event could not be logged to %s (%s); the agent goes on, further losses are only counted in stats()",
                    self._data,
                    reason,
                )


_writers: "weakref.WeakSet[LogWriter]" = weakref.WeakSet()
_exits_of = 0


def _close_at_exit() -> None:
    """Close every writer when the process ends, in a worker of multiprocessing too, which ends without atexit."""
    global _exits_of
    if _exits_of != os.getpid():
        _exits_of = os.getpid()
        atexit.unregister(_close_all)
        atexit.register(_close_all)
        if workers := sys.modules.get("multiprocessing.util"):
            workers.Finalize(None, _close_all, exitpriority=-100)


def _close_all() -> None:
    for writer in list(_writers):
        writer.close()


def _after_fork_in_child() -> None:
    """A child must neither share its parent's files nor wait for a lock that a thread held in the parent."""
    for writer in list(_writers):
        # What waits for its flush is the parent's to flush and to count.
        writer._batch = Batch()
        writer._let_go()
        writer._begin_anew()


os.register_at_fork(after_in_child=_after_fork_in_child)
