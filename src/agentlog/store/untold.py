"""Losses that the log does not tell of yet, and the tombstone that tells of them.

A tombstone is an event of kind ``lost``: how many events are missing, since when, and why the last of them could not be written. Its own
time is when writing worked again. It is written once, before the next line that can be.
"""

from typing import Any, NamedTuple

from agentlog._clock import format_timestamp
from agentlog._ids import uuid7


class Untold(NamedTuple):
    """How many events are missing, since when (nanoseconds since the epoch), and why the last of them is."""

    since_ns: int
    missing: int
    reason: str

    def tombstone(self, now_ns: int) -> dict[str, Any]:
        """The event that tells of them."""
        return {
            "event": "lost",
            "id": uuid7(now_ns),
            "timestamp": format_timestamp(now_ns),
            "since": format_timestamp(self.since_ns),
            "count": self.missing,
            "reason": self.reason,
        }


def untold_of(before: Untold | None, now_ns: int, missing: int, reason: str) -> Untold:
    """So many more losses, which belong to those before."""
    return Untold(before.since_ns, before.missing + missing, reason) if before else Untold(now_ns, missing, reason)
