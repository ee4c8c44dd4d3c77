"""Allocator: memory that a pass has freed stays with the process, and the next pass finds it there.

glibc asks the system for every block of more than 32 MiB and gives it back when it is freed, so each large activation is fetched anew,
page by page and zeroed: on two cores that took a fifth to a third of a step. GPUs have a caching allocator of torch's for the same reason.

oneDNN, which multiplies for torch, keeps what it has compiled for the last 1,024 shapes of products. Passes are seldom of the same length
twice, so little of that is used again, but its blocks lie among the freed ones and keep them from being joined.
"""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
"""Of mallopt(3)."""
_MOST = (1 << 31) - 1
_USUAL_MMAP, _USUAL_TRIM = 32 << 20, 64 << 20
"""Where glibc's own thresholds end up in a process that allocates and frees large blocks."""
_SHAPES = "ONEDNN_PRIMITIVE_CACHE_CAPACITY"
_SHAPES_KEPT = "64"
"""More than one pass has."""
_SET_BY_HAND = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES")


@contextmanager
def memory_kept() -> Iterator[bool]:
    """Within it, freed memory is kept for what comes next; afterwards it is given back to the system.

    It yields whether that is so: not with another C library than glibc, nor where somebody has set its allocator by the environment.
    Either way oneDNN is told by the environment to keep fewer shapes, unless it was told something.
    """
    os.environ.setdefault(_SHAPES, _SHAPES_KEPT)  # read by oneDNN when it multiplies for the first time
    libc = _glibc()
    if libc is None or any(name in os.environ for name in _SET_BY_HAND):
        yield False
        return
    libc.mallopt(_M_MMAP_THRESHOLD, _MOST)
    libc.mallopt(_M_TRIM_THRESHOLD, _MOST)
    try:
        yield True
    finally:
        libc.mallopt(_M_MMAP_THRESHOLD, _USUAL_MMAP)
        libc.mallopt(_M_TRIM_THRESHOLD, _USUAL_TRIM)
        give_back()


def give_back() -> None:
    """All memory that is free goes back to the system now.

    Called now and then in a long run: between passes of many lengths small blocks come to lie where large ones would fit, so that a
    process grows slowly though nothing is leaked.
    """
    libc = _glibc()
    if libc is not None:
        libc.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL(None)
        library.gnu_get_libc_version  # noqa: B018 - glibc alone has it; looking it up is the question
        library.malloc_trim.argtypes = [ctypes.c_size_t]
    except (OSError, TypeError, AttributeError):
        return None
    return library
