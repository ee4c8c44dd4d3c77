"""Who holds a file: its writer, by ``flock(2)``, for as long as the process has it open.

The kernel lets go of the lock when the process ends, however it ends, so a file that can be taken is one that nobody writes to any more.
Whoever works on such a file holds it meanwhile, so that no two commands do the same work at once. Where a filesystem has no locks, nothing
can be known, and nothing is ever taken.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def taken(file: Path) -> Iterator[bool]:
    """Hold a file for the block; gives whether that could be had.

    Raises:
        OSError: the file cannot be opened, or it is gone.
    """
    handle = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    try:
        yield _lock(handle) and _still_there(handle, file)
    finally:
        os.close(handle)


def is_held(file: Path) -> bool:
    """Whether a process that lives holds this file; True as well where there are no locks and nothing can be known.

    Raises:
        OSError: the file cannot be opened.
    """
    handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return not _lock(handle)
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _still_there(handle: int, file: Path) -> bool:
    # Whoever held it a moment ago may have removed or replaced it.
    return os.path.samestat(os.fstat(handle), file.stat())
