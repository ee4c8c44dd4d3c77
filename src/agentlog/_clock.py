"""Wall time in UTC and monotonic time, as one value that a test can replace."""

import time
from collections.abc import Callable
from typing import NamedTuple


class Clock(NamedTuple):
    """Two functions: nanoseconds since the epoch, and seconds that never go back."""

    time_ns: Callable[[], int]
    monotonic: Callable[[], float]

    def timestamp(self) -> str:
        """Now as RFC 3339 in UTC with microseconds, e.g. ``2026-11-20T17:00:00.123456Z``."""
        return format_timestamp(self.time_ns())


SYSTEM_CLOCK = Clock(time.time_ns, time.perf_counter)

# The second that was formatted last: many events happen in the same one. One tuple, so that threads never see halves of two.
_last = (-1, b"")


def format_timestamp(time_ns: int) -> str:
    """RFC 3339 in UTC with microseconds; such strings sort as their times do."""
    return timestamp_ascii(time_ns).decode()


def timestamp_ascii(time_ns: int) -> bytes:
    """The same as ASCII: the way of every logged call."""
    global _last
    seconds, nanoseconds = divmod(time_ns, 1_000_000_000)
    known, text = _last
    if known != seconds:
        text = time.strftime("%Y-%m-%dT%H:%M:%S.", time.gmtime(seconds)).encode()
        _last = (seconds, text)
    return b"%b%06dZ" % (text, nanoseconds // 1000)
