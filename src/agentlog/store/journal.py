"""The journal: what is known of calls that have not ended, kept where the death of the process cannot reach it.

When a call begins, the beginning of its line goes into the journal by one ``pwrite(2)``; streamed chunks follow it there. A call that
ends is written to the log and its place in the journal is used again, without being cleared: a record whose id stands in the log has
ended. So a process that dies leaves, for each call that was going on, the whole prompt and every chunk so far, and `agentlog log
recover` finds them. The journal grows with the number of calls that go on at once, not with their number over time.

A record is ``0x1e id SP object LF``, directly followed by its chunks, each ``id SP value LF``. Behind it may stand what is left of older
records, with other ids. 0x1e occurs nowhere else, since JSON escapes it. The file is locked as long as its process lives; a clean exit
removes it. A journal that cannot be written is no loss: the log itself does not need it.
"""

import contextlib
import fcntl
import logging
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from agentlog.store.layout import FILE_MODE, new_journal_file

RECORD = b"\x1e"
_ID = 36
_SMALLEST = 4096
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_log = logging.getLogger("agentlog")


class Slot:
    """A stretch of the journal, lent to one call: where it begins, how long it is and how much of it is filled, in bytes."""

    __slots__ = ("filled", "offset", "size")

    def __init__(self, offset: int, size: int) -> None:
        self.offset, self.size, self.filled = offset, size, 0


class Journal:
    """One process's calls in flight; safe for threads. The file is made when the first call begins.

    It is closed when nothing refers to it any more, neither its writer nor a call: only then can no thread be about to write to a
    handle whose number may be another file's by then.
    """

    def __init__(self, data: Path, time_ns: Callable[[], int]) -> None:
        self._data, self._time_ns = data, time_ns
        self._handle = -1
        self._path: Path | None = None
        self._lock = threading.Lock()
        self._end = self._slots = 0
        self._warned = False
        # Free slots by size. Taking one from a list needs no lock.
        self._free: dict[int, list[Slot]] = {}

    def begin(self, record: bytes, *more: bytes) -> Slot | None:
        """Keep the beginning of a call: a record, in parts if it is large. None if it could not be kept, which is said once."""
        size = len(record) + sum(map(len, more)) if more else len(record)
        try:
            try:
                slot = self._free[_SMALLEST if size <= _SMALLEST else _room_for(size)].pop()
            except LookupError:
                slot = self._take(size)
            done = os.pwritev(self._handle, (record, *more), slot.offset) if more else os.pwrite(self._handle, record, slot.offset)
        except OSError as error:
            self._warn(error)
            return None
        if done != size:
            self.forget(slot)
            return None
        slot.filled = size
        return slot

    def append(self, slot: Slot, id: bytes, value: bytes) -> Slot:  # noqa: A002
        """Keep one chunk of a call, a JSON value, behind what is there; returns where the call is kept now."""
        entry = b"%b %b\n" % (id, value)
        filled = slot.filled + len(entry)
        try:
            if filled > slot.size:
                return self._move(slot, entry)
            os.pwrite(self._handle, entry, slot.offset + slot.filled)
            slot.filled = filled
        except OSError as error:
            self._warn(error)
        return slot

    def end(self, slot: Slot) -> None:
        """The call has its line in the log: its place may be used again."""
        self._free[slot.size].append(slot)

    def forget(self, slot: Slot) -> None:
        """The call's line is lost and counted as such: it must not be recovered as well."""
        with contextlib.suppress(OSError):
            os.pwrite(self._handle, b"\0" * (_ID + 1), slot.offset)
        self.end(slot)

    def disown(self) -> None:
        """In a fork: this is the parent's, and must be neither written nor removed here."""
        self._warned = True
        handle, self._handle, self._path = self._handle, -1, None
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

    def _take(self, size: int) -> Slot:
        """A free slot of at least this size, new if need be."""
        size = _room_for(size)
        with self._lock:
            if self._handle < 0:
                self._open()
            free = self._free.setdefault(size, [])
            if free:
                return free.pop()
            slot = Slot(self._end, size)
            self._end += size
            self._slots += 1
            return slot

    def _open(self) -> None:
        path = new_journal_file(self._data, self._time_ns())
        handle = os.open(path, _FLAGS, FILE_MODE)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._handle, self._path = handle, path

    def _move(self, slot: Slot, entry: bytes) -> Slot:
        """The call outgrows its slot. Its old copy stays readable until the new one is there; a reader takes the longer one."""
        there = os.pread(self._handle, slot.filled, slot.offset)
        wider = self._take(2 * (slot.filled + len(entry)))
        os.pwrite(self._handle, there + entry, wider.offset)
        wider.filled = len(there) + len(entry)
        self.end(slot)
        return wider

    def _warn(self, error: Exception) -> None:
        if not self._warned:
            self._warned = True
            _log.warning(
                "calls in flight cannot be kept below %s (%s); a crash now would lose those that have not ended", self._data, error
            )


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


def is_held(path: Path) -> bool:
    """Whether a process that lives holds this journal or log file.

    Raises:
        OSError: the file cannot be opened.
    """
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
