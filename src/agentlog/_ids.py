"""Identifiers: UUIDv7 for what happens now, name-based UUIDs for what is imported.

A UUIDv7 (RFC 9562, 5.7) begins with the time, so ids sort roughly as their events happened. Within a process the rest is a random
beginning and a counter (RFC 9562, 6.2, method 1): unique across processes and forks, in order within one, and no system call for each.
A name-based id (RFC 9562, 5.8, version 8 over SHA-256) is the same whenever it is made from the same content: importing a file twice
yields the same ids.
"""

import os
import time
from itertools import count


def uuid7(time_ns: int | None = None) -> str:
    """A new UUIDv7: 48 bits of milliseconds, 26 random bits of this process, 48 bits that count up from a random number."""
    return uuid7_ascii(time.time_ns() if time_ns is None else time_ns).decode()


def uuid7_ascii(time_ns: int) -> bytes:
    """The same as ASCII, which is made in half the time: the way of every logged call."""
    global _last
    milliseconds = time_ns // 1_000_000
    known, lead = _last
    if known != milliseconds:
        lead = b"%08x-%04x%b" % (milliseconds >> 16 & 0xFFFFFFFF, milliseconds & 0xFFFF, _process)
        _last = (milliseconds, lead)
    return b"%b%012x" % (lead, next(_counter))


def content_id(tag: str, content: object) -> str:
    """The UUID (version 8) of a JSON value: equal content under an equal tag has an equal id."""
    from agentlog._hashing import digest

    raw = bytearray(bytes.fromhex(digest(tag, content).removeprefix("sha256:"))[:16])
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _begin_anew() -> None:
    """Choose this process's random part; a fork must not go on with its parent's."""
    global _process, _counter, _last
    random = int.from_bytes(os.urandom(10), "big")
    _process = b"-7%03x-%04x-" % (random & 0xFFF, 0x8000 | random >> 12 & 0x3FFF)
    # One bit less than there is room for, so that counting never runs over.
    _counter = count(random >> 26 & (1 << 47) - 1)
    # The millisecond that was formatted last, which matters when there are many calls. One tuple, so that threads never see halves of two.
    _last = (-1, b"")


_process: bytes
_counter: "count[int]"
_last: tuple[int, bytes]
_begin_anew()
os.register_at_fork(after_in_child=_begin_anew)
