"""Files and folders that appear whole or not at all.

A file is written beside its place, flushed to the disk and renamed; a folder is filled under a hidden name and renamed when it is
complete. Nothing that exists is ever replaced by `publish_folder`, and an abandoned hidden folder is never listed by anyone.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STAGING_PREFIX = ".staging-"


def write_file(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file so that a reader sees the old content or the new, and a power cut leaves one of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


@contextmanager
def publish_folder(final: Path) -> Iterator[Path]:
    """Fill a hidden folder beside ``final``; when the block ends well, it gets its name in one step.

    When the block raises, the hidden folder is emptied again and ``final`` never appears.

    Raises:
        FileExistsError: ``final`` is there already; it is left as it is.
    """
    if final.exists():
        raise FileExistsError(final)
    final.parent.mkdir(parents=True, exist_ok=True)
    staging = final.with_name(f"{STAGING_PREFIX}{final.name}-{os.urandom(4).hex()}")
    staging.mkdir()
    try:
        yield staging
        for path in sorted(staging.rglob("*")):
            _sync(path)
        sync_folder(staging)
        # rename(2) would silently replace an empty folder of that name; the check keeps even that alone.
        if final.exists():
            raise FileExistsError(final)
        staging.rename(final)
    except BaseException:
        _empty(staging)
        raise
    sync_folder(final.parent)


def clear_abandoned(folder: Path) -> None:
    """Remove what processes that were killed have left unfinished in a folder; only for whoever holds the lock of all that write there."""
    for staging in folder.glob(f"{STAGING_PREFIX}*"):
        _empty(staging)


def sync_folder(path: Path) -> None:
    """Make the names in a folder survive a power cut."""
    _sync(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _empty(staging: Path) -> None:
    """Remove what was staged: only ever a folder that this process made a moment ago and that nobody has seen."""
    for path in sorted(staging.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink()
    staging.rmdir()
