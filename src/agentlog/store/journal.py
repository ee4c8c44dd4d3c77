"""The journal: what is known of calls that have not ended, kept where the death of the process cannot reach it.

When a call begins, the beginning of its line goes into the journal; streamed chunks follow it there. The journal is mapped into memory,
so this costs a copy and no system call, and what is copied belongs to the kernel from then on. Its space is allocated before it is mapped:
a store to a mapped page for which the disk has no room would kill the process. Where a filesystem may need room for a page all the same,
because it never writes in place, and where nothing is known about it, ``pwrite(2)`` is used.

A call that ends is written to the log, and its record in the journal loses its mark; a record that still has it and whose id stands in the
log has ended, too. So a process that dies leaves, for each call that was going on, the whole prompt and every chunk so far, and `agentlog log
recover` finds them. The journal grows with the number of calls that go on at once, not with their number over time.

A record is ``0x1e id SP object LF``, directly followed by its chunks, each ``id SP value LF``. Behind it may stand what is left of older
records, with other ids. 0x1e occurs nowhere else, since JSON escapes it. The file is locked as long as its process lives; a clean exit
removes it. A journal that cannot be written is no loss: the log itself does not need it.
"""

import contextlib
import errno
import fcntl
import logging
import mmap
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from agentlog.store.layout import FILE_MODE, new_journal_file

RECORD = b"\x1e"
_MARK = RECORD[0]
_ID = 36
_SMALLEST = 4096
# By how much the file grows, at least: both are multiples of the size of a page anywhere.
_STRETCH = 1 << 18
# Filesystems that write allocated blocks in place, so that a store to a mapped page needs no new room.
_IN_PLACE = ("ext2", "ext3", "ext4", "tmpfs")
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_log = logging.getLogger("agentlog")


class Slot:
    """A stretch of the journal, lent to one call: where it begins, how long it is and how much of it is filled, in bytes.

    ``pages`` is the mapping that it lies in, if there is one; then it begins at ``offset`` there, and else in the file.
    """

    __slots__ = ("filled", "offset", "pages", "size")

    def __init__(self, pages: mmap.mmap | None, offset: int, size: int) -> None:
        self.pages, self.offset, self.size, self.filled = pages, offset, size, 0


class Journal:
    """One process's calls in flight; safe for threads. The file is made when the first call begins.

    It is closed when nothing refers to it any more, neither its writer nor a call: only then can no thread be about to write to a
    handle whose number may be another file's by then.
    """

    def __init__(self, data: Path, time_ns: Callable[[], int]) -> None:
        self._data, self._time_ns = data, time_ns
        self._handle = -1
        self._path: Path | None = None
        self._mappable = False
        self._maps: list[mmap.mmap] = []
        self._lock = threading.Lock()
        self._end = self._slots = 0
        self._warned = False
        # Free slots by size. Taking one from a list needs no lock.
        self._small: list[Slot] = []
        self._free = {_SMALLEST: self._small}

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
        return slot

    def append(self, slot: Slot, id: bytes, value: bytes) -> Slot:  # noqa: A002
        """Keep one chunk of a call, a JSON value, behind what is there; returns where the call is kept now."""
        entry = b"%b %b\n" % (id, value)
        filled = slot.filled + len(entry)
        if self._handle < 0:
            return slot
        try:
            if filled > slot.size:
                return self._move(slot, entry)
            if slot.pages is not None:
                start = slot.offset + slot.filled
                slot.pages[start : start + len(entry)] = entry
            else:
                os.pwrite(self._handle, entry, slot.offset + slot.filled)
            slot.filled = filled
        except OSError as error:
            self._warn(error)
        return slot

    def end(self, slot: Slot, written: bool) -> None:
        """The call has ended, and its place may be used again. If its line is lost and counted as such, it must not be recovered."""
        if slot.pages is None:
            # Two system calls less for each call: a record whose id stands in the log has ended, too.
            if not written:
                with contextlib.suppress(OSError):
                    os.pwrite(self._handle, b"\0", slot.offset)
        elif self._handle >= 0:
            slot.pages[slot.offset] = 0
        self._free[slot.size].append(slot)

    def disown(self) -> None:
        """In a fork: this is the parent's, and must be neither written nor removed here."""
        self._warned = True
        handle, self._handle, self._path = self._handle, -1, None
        # A mapping keeps the file held as an open handle does: the parent's death could not be told while this process lives.
        for pages in self._maps:
            pages.close()
        if handle >= 0:
            os.close(handle)

    def tidy(self) -> None:
        """Remove the file if no call is in flight: there is nothing that could be recovered."""
        path = self._path
        if path is not None and self._slots == sum(map(len, self._free.values())):
            self._path = None
            with contextlib.suppress(OSError):
                path.unlink()

    def __del__(self) -> None:
        if getattr(self, "_handle", -1) >= 0:
            self.tidy()
            with contextlib.suppress(OSError):
                os.close(self._handle)

    def _write(self, slot: Slot, body: bytes) -> None:
        """As in `begin`, by system calls; here, too, the mark comes last."""
        if os.pwrite(self._handle, b"\0" + body, slot.offset) <= len(body):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.pwrite(self._handle, RECORD, slot.offset)

    def _take(self, size: int) -> Slot:
        """A free slot of at least this size; if there is none, the file grows by one or, of small ones, by many."""
        size = _room_for(size)
        with self._lock:
            if self._handle < 0:
                self._open()
            free = self._free.setdefault(size, [])
            if not free:
                stretch = max(size, _STRETCH)
                pages = self._map(stretch) if self._mappable else None
                start = 0 if pages is not None else self._end
                free += [Slot(pages, start + place, size) for place in reversed(range(0, stretch, size))]
                self._end += stretch
                self._slots += len(free)
            return free.pop()

    def _open(self) -> None:
        if self._warned:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        path = new_journal_file(self._data, self._time_ns())
        handle = os.open(path, _FLAGS, FILE_MODE)
        # Whoever looks whether an empty file is held lets go of it at once. Without locks, nobody takes this for a dead process's.
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        self._handle, self._path = handle, path
        self._mappable = _filesystem_of(handle) in _IN_PLACE

    def _map(self, size: int) -> mmap.mmap:
        os.posix_fallocate(self._handle, self._end, size)
        pages = mmap.mmap(self._handle, size, offset=self._end)
        self._maps.append(pages)
        return pages

    def _move(self, slot: Slot, entry: bytes) -> Slot:
        """The call outgrows its slot. Its old copy stays readable until the new one is there; a reader takes the longer one."""
        start, end = slot.offset + 1, slot.offset + slot.filled
        there = slot.pages[start:end] if slot.pages is not None else os.pread(self._handle, end - start, start)
        wider = self.begin(there + entry + bytes(slot.filled))
        if wider is None:
            return slot
        wider.filled -= slot.filled
        self.end(slot, written=True)
        return wider

    def _warn(self, error: Exception) -> None:
        if not self._warned:
            self._warned = True
            _log.warning("calls in flight cannot be kept below %s (%s); a crash would lose those that have not ended", self._data, error)


def _room_for(size: int) -> int:
    return max(_SMALLEST, 1 << (size - 1).bit_length())


def _filesystem_of(handle: int) -> str:
    """The kind of filesystem that a file is on, as Linux names it; empty where that cannot be found out."""
    device = os.fstat(handle).st_dev
    place = f"{os.major(device)}:{os.minor(device)}"
    try:
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    except OSError:
        return ""
    # The third field is the device; behind a dash alone comes the kind (proc_pid_mountinfo(5)).
    return next((mount.partition(" - ")[2].split()[0] for mount in mounts if mount.split()[2] == place), "")


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


def is_held(path: Path) -> bool:
    """Whether a process that lives holds this journal or log file.

    Raises:
        OSError: the file cannot be opened.
    """
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        # Or there are no locks here, and nothing can be known.
        return True
    finally:
        os.close(handle)
    return False
