"""The journal: what is known of calls that have not ended, kept where the death of the process cannot reach it.

When a call begins, the beginning of its line goes into the journal; streamed chunks follow it there. The journal is mapped into memory,
so this costs a copy and no system call, and what is copied belongs to the kernel from then on. Its space is allocated before it is mapped:
a store to a mapped page for which the disk has no room would kill the process. Where a filesystem may need room for a page all the same,
because it never writes in place, and where nothing is known about it, ``pwrite(2)`` is used.

A call that ends is written to the log, and its record in the journal loses its mark; a record that still has it and whose id stands in the
log has ended, too. So a process that dies leaves, for each call that was going on, the whole prompt and every chunk so far, and `agentlog
log recover` finds them. The journal grows with the number of calls that go on at once, not with their number over time.

A record is ``0x1e id SP object LF``, directly followed by its chunks, each ``id SP value LF``. Behind it may stand what is left of older
records, with other ids. 0x1e occurs nowhere else, since JSON escapes it. The file is locked as long as its process lives; a clean exit
removes it. A journal that cannot be written is no loss: the log itself does not need it. It may be removed at any time, but whoever cuts
it short while its process lives takes mapped memory away, which kills the process.
"""

import contextlib
import errno
import fcntl
import logging
import mmap
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from agentlog._io.filesystem import filesystem_of
from agentlog.store.layout import FILE_MODE, new_journal_file

RECORD = b"\x1e"
_MARK = RECORD[0]
_ID = 36
_SMALLEST = 4096
# By how much the file grows, at least, and unless a single call needs more, at most: multiples of the size of a page anywhere.
_STRETCH = 1 << 18
_LARGEST = 1 << 26
# How often to look whether the file is still ours, and how soon a journal that could not be made is tried again.
_LOOK_NS, _AGAIN_NS = 100_000_000, 1_000_000_000
# Filesystems that write allocated blocks in place, so that a store to a mapped page needs no new room.
_IN_PLACE = ("ext2", "ext3", "ext4", "tmpfs")
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_log = logging.getLogger("agentlog")


class Slot:
    """A stretch of the journal, lent to one call: where it begins, how long it is and how much of it is filled, in bytes.

    ``lead`` is how the call's chunks begin, the first byte left out; empty before the first. ``pages`` is the mapping that the slot lies
    in, if there is one; then it begins at ``offset`` there, and else in the file.
    """

    __slots__ = ("filled", "lead", "offset", "pages", "size")

    def __init__(self, pages: mmap.mmap | None, offset: int, size: int) -> None:
        self.pages, self.offset, self.size, self.filled = pages, offset, size, 0
        self.lead = b""


class _Arena:
    """A mapping of the journal, and how much of it has been made into slots."""

    __slots__ = ("pages", "size", "taken")

    def __init__(self, pages: mmap.mmap | None, size: int) -> None:
        self.pages, self.size, self.taken = pages, size, 0


class Journal:
    """One process's calls in flight; safe for threads. The file is made when the first call begins.

    It is closed when nothing refers to it any more, neither its writer nor a call: only then can no thread be about to write to a
    handle whose number may be another file's by then.
    """

    def __init__(self, data: Path, time_ns: Callable[[], int]) -> None:
        self._data, self._time_ns = data, time_ns
        self.disowned = self._left = self._warned = False
        self._handle = -1
        self._identity = (0, 0)
        self._looked_at = 0
        self._path: Path | None = None
        self._failed_at: int | None = None
        self._mappable = False
        self._maps: list[mmap.mmap] = []
        self._arena = _Arena(None, 0)
        # Reentrant, because a signal handler or a finaliser may log while this grows.
        self._lock = threading.RLock()
        self._end = self._slots = 0
        # Free slots by size. Taking one from a list needs no lock.
        self._small: list[Slot] = []
        self._free = {_SMALLEST: self._small}
        _journals.add(self)

    def begin(self, *record: bytes) -> Slot | None:
        """Keep the beginning of a call: a record, in parts if it is large. None if it could not be kept, which is said once."""
        body = record[0] if len(record) == 1 else b"".join(record)
        size = len(body) + 1
        try:
            try:
                slot = self._small.pop() if size <= _SMALLEST else self._free[_room_for(size)].pop()
            except LookupError:
                slot = self._take(size)
            pages, offset = slot.pages, slot.offset
            if pages is None:
                self._write(slot, body)
            else:
                # The mark comes last: without it, what stands there is nothing, and not half of one call and half of another.
                pages[offset + 1 : offset + size] = body
                pages[offset] = _MARK
        except OSError as error:
            self._warn(error)
            return None
        slot.filled = size
        slot.lead = b""
        return slot

    def append(self, slot: Slot, id: bytes, value: bytes) -> Slot:  # noqa: A002
        """Keep one chunk of a call, a JSON value, behind what is there; returns where the call is kept now."""
        # Its first byte comes last: half a chunk must not go on as what stood there before.
        if not slot.lead:
            slot.lead = b"\0%b " % id[1:]
        entry = slot.lead + value + b"\n"
        offset, filled = slot.offset, slot.filled + len(entry)
        try:
            if self.disowned:
                return slot
            if filled > slot.size:
                return self._move(slot, id[:1] + entry[1:])
            start, pages = offset + slot.filled, slot.pages
            if pages is not None:
                pages[start : offset + filled] = entry
                pages[start] = id[0]
            else:
                self._put(entry, start)
                self._put(id[:1], start)
            slot.filled = filled
        except OSError as error:
            self._warn(error)
        return slot

    def end(self, slot: Slot) -> None:
        """The call has ended: its line is in the log, or lost and counted as such. Its place may be used again."""
        if self.disowned:
            return
        if slot.pages is not None:
            slot.pages[slot.offset] = 0
        else:
            with contextlib.suppress(OSError):
                self._put(b"\0", slot.offset)
        self._free[slot.size].append(slot)

    def stands(self) -> bool:
        """Whether the file is in its place, or has not been needed so far; if not, this journal is to be left for a new one."""
        if self._handle < 0:
            return not self._left
        try:
            return self._is_ours() and os.fstat(self._handle).st_nlink > 0
        except OSError:
            return False

    def leave(self) -> None:
        """Begin no more calls here; those that have begun go on. The handle's number may be another file's, not to be touched again."""
        self._left = True
        if not self._is_ours():
            self._handle = -1
            _never_closed.extend(self._maps)

    def disown(self) -> None:
        """In a fork: this is the parent's, and must be neither written nor removed here."""
        self.disowned = self._left = True
        self._path = None
        # A mapping keeps the file held as an open handle does: the parent's death could not be told while this process lives.
        if self._handle >= 0 and self._is_ours():
            for pages in self._maps:
                pages.close()
            os.close(self._handle)
        else:
            _never_closed.extend(self._maps)
        self._handle = -1

    def tidy(self) -> None:
        """Remove the file if no call is in flight: there is nothing that could be recovered."""
        path = self._path
        if path is not None and self._slots == sum(map(len, self._free.values())):
            self._path = None
            with contextlib.suppress(OSError):
                path.unlink()

    def __del__(self) -> None:
        if getattr(self, "_path", None) is not None:
            self.tidy()
        if getattr(self, "_handle", -1) >= 0:
            if self._is_ours():
                os.close(self._handle)
            else:
                _never_closed.extend(self._maps)

    def _is_ours(self) -> bool:
        """Whether the handle's number still means our file: an agent may close all files that it did not open, and open others."""
        try:
            state = os.fstat(self._handle)
        except OSError:
            return False
        return (state.st_dev, state.st_ino) == self._identity

    def _write(self, slot: Slot, body: bytes) -> None:
        """As in `begin`, by system calls; here, too, the mark comes last."""
        try:
            self._put(b"\0" + body, slot.offset)
            self._put(RECORD, slot.offset)
        except OSError:
            self._free[slot.size].append(slot)
            raise

    def _put(self, data: bytes, place: int) -> None:
        now = self._time_ns()
        if not self._looked_at <= now < self._looked_at + _LOOK_NS:
            if not self._is_ours():
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            self._looked_at = now
        if os.pwrite(self._handle, data, place) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _take(self, size: int) -> Slot:
        """A free slot of at least this size; if there is none, one more or, of small ones, many more."""
        size = _room_for(size)
        with self._lock:
            if self._handle < 0:
                self._open()
            free = self._free.setdefault(size, [])
            if not free:
                stretch = max(size, _STRETCH)
                pages, start = self._grow(stretch)
                more = [Slot(pages, start + place, size) for place in reversed(range(0, stretch, size))]
                count = stretch // size
                self._slots += count
                free += more
            return free.pop()

    def _open(self) -> None:
        now = self._time_ns()
        if self._left or (self._failed_at is not None and abs(now - self._failed_at) < _AGAIN_NS):
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        try:
            path = new_journal_file(self._data, now)
            handle = os.open(path, _FLAGS, FILE_MODE)
        except OSError:
            self._failed_at = now
            raise
        # Whoever looks whether an empty file is held lets go of it at once. Without locks, nobody takes this for a dead process's.
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        state, mappable = os.fstat(handle), filesystem_of(handle) in _IN_PLACE
        if self._handle >= 0:
            # A signal handler or a finaliser was quicker.
            os.close(handle)
            path.unlink(missing_ok=True)
            return
        self._path, self._identity, self._looked_at, self._mappable = path, (state.st_dev, state.st_ino), now, mappable
        self._handle = handle

    def _grow(self, size: int) -> tuple[mmap.mmap | None, int]:
        """A part of the file that nobody has used: the mapping that it lies in, and where it begins there, or else in the file.

        Between looking and taking there is no call and no new object, after which a signal handler or a finaliser could take the same.
        """
        if not self._mappable:
            place = self._end
            self._end = place + size
            return None, place
        while True:
            arena = self._arena
            place = arena.taken
            if place + size <= arena.size:
                arena.taken = place + size
                return arena.pages, place
            self._map(size)

    def _map(self, size: int) -> None:
        # Each mapping costs the agent one of its file handles, so that they double in size.
        size = max(size, min(self._end, _LARGEST))
        if not self._is_ours():
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        start = self._end
        end = self._end = start + size
        try:
            os.posix_fallocate(self._handle, start, size)
            pages = mmap.mmap(self._handle, size, offset=start)
        except OSError:
            if self._end == end:
                self._end = start
            raise
        self._maps.append(pages)
        self._arena = _Arena(pages, size)

    def _move(self, slot: Slot, entry: bytes) -> Slot:
        """The call outgrows its slot. Its old copy stays readable until the new one is there; a reader takes the longer one."""
        start, end, pages = slot.offset + 1, slot.offset + slot.filled, slot.pages
        there = pages[start:end] if pages is not None else os.pread(self._handle, end - start, start)
        wider = self.begin(there + entry + bytes(slot.filled))
        if wider is None:
            return slot
        wider.filled -= slot.filled
        self.end(slot)
        return wider

    def _warn(self, error: Exception) -> None:
        if not self._warned:
            self._warned = True
            _log.warning("calls in flight cannot be kept below %s (%s); a crash would lose those that have not ended", self._data, error)


_journals: "weakref.WeakSet[Journal]" = weakref.WeakSet()
# A mapping closes a file handle of its own when it goes, by a number that may be another file's: not if we know that.
_never_closed: list[mmap.mmap] = []


def _after_fork_in_child() -> None:
    for journal in list(_journals):
        journal.disown()


os.register_at_fork(after_in_child=_after_fork_in_child)


def _room_for(size: int) -> int:
    return max(_SMALLEST, 1 << (size - 1).bit_length())


class InFlight(NamedTuple):
    """A call that began: its id, the beginning of its record, and the chunks that had been streamed."""

    id: str
    head: dict[str, Any]
    chunks: list[Any]


def read_journal(path: Path) -> tuple[list[InFlight], int]:
    """Every call that a journal still shows, ended ones included, and how many records were damaged.

    Raises:
        OSError: the journal cannot be read.
    """
    calls: dict[str, InFlight] = {}
    damaged = 0
    for piece in path.read_bytes().split(RECORD)[1:]:
        call = _read_record(piece)
        if call is None:
            damaged += 1
        elif call.id not in calls or len(call.chunks) > len(calls[call.id].chunks):
            calls[call.id] = call
    return list(calls.values()), damaged


def _read_record(piece: bytes) -> InFlight | None:
    lead = piece[: _ID + 1]
    first, *rest = piece.split(b"\n")
    try:
        head = orjson.loads(first[len(lead) :])
    except orjson.JSONDecodeError:
        return None
    name = lead[:_ID].decode(errors="replace")
    if not isinstance(head, dict) or head.get("id") != name:
        return None
    return InFlight(name, head, list(_read_chunks(rest, lead)))


def _read_chunks(lines: list[bytes], lead: bytes) -> Iterator[Any]:
    for line in lines:
        # Behind the last chunk may stand what is left of older calls.
        if not line.startswith(lead):
            return
        try:
            yield orjson.loads(line[len(lead) :])
        except orjson.JSONDecodeError:
            # It was being written when the process died.
            return
