"""Identifiers: UUIDv7 for what happens now, name-based UUIDs for what is imported.

A UUIDv7 (RFC 9562, 5.7) begins with the time, so ids sort roughly as their events happened. A name-based id (RFC 9562, 5.8, version 8
over SHA-256) is the same whenever it is made from the same content: importing a file twice yields the same ids.
"""

import os
import time
import uuid

from agentlog._hashing import digest


def uuid7(time_ns: int | None = None) -> str:
    """A new UUIDv7: 48 bits of milliseconds, 74 random bits."""
    milliseconds = (time.time_ns() if time_ns is None else time_ns) // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | (random >> 62 & 0xFFF) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def content_id(tag: str, content: object) -> str:
    """The UUID (version 8) of a JSON value: equal content under an equal tag has an equal id."""
    raw = bytearray(bytes.fromhex(digest(tag, content).removeprefix("sha256:"))[:16])
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(raw)))
