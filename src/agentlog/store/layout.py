"""Where the log lies. The only place where its paths are spelled.

A data folder holds, days and times in UTC::

    log/<YYYY-MM-DD>/<HHMMSS.ffffff>-<pid>-<random>.jsonl   lines; closed files may be compressed (.jsonl.zst, .jsonl.gz)
    log/<YYYY-MM-DD>/digests.ndjson                         what each compressed file of the day must hold
    log/in-flight/<YYYY-MM-DD>T<the like>.journal           calls that have not ended, one journal a process
    log/in-flight/set-aside/                                journals of dead processes that could not be read whole
    log/blobs/sha256/<2 hex digits>/<64 hex digits>         bytes that lines refer to

Every file has one writer for its whole life. Folders are for their owner only (0700), and so are files (0600), because a log holds
whatever agents and tools have seen. Hidden files are being written and are never listed.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from agentlog._clock import format_timestamp
from agentlog.errors import LogError

FILE_MODE = 0o600
_FOLDER_MODE = 0o700
_LOG = "log"
_IN_FLIGHT = "in-flight"
_JOURNAL = ".journal"
_COMPRESSED = ".zst"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SUFFIXES = (".jsonl", ".jsonl.zst", ".jsonl.gz")


def log_folder(data: Path) -> Path:
    """The log's folder within a data folder."""
    return data / _LOG


def new_log_file(data: Path, time_ns: int) -> Path:
    """A path that no other process, fork or moment has; its folder is made.

    Raises:
        OSError: the folder cannot be made.
    """
    day, time = format_timestamp(time_ns).rstrip("Z").split("T")
    folder = log_folder(data) / day
    make_private(folder, data)
    return folder / f"{_unique(time)}.jsonl"


def in_flight_folder(data: Path) -> Path:
    """The folder of the journals of calls in flight."""
    return log_folder(data) / _IN_FLIGHT


def new_journal_file(data: Path, time_ns: int) -> Path:
    """A path for a journal that no other process, fork or moment has; its folder is made.

    Raises:
        OSError: the folder cannot be made.
    """
    folder = in_flight_folder(data)
    make_private(folder, data)
    return folder / f"{_unique(format_timestamp(time_ns).rstrip('Z'))}{_JOURNAL}"


def journal_files(data: Path) -> list[Path]:
    """The journals there are, sorted."""
    folder = in_flight_folder(data)
    return sorted(folder.glob(f"*{_JOURNAL}")) if folder.is_dir() else []


def set_aside_folder(data: Path) -> Path:
    """Where journals are kept that could not be read whole."""
    return in_flight_folder(data) / "set-aside"


def blobs_folder(data: Path) -> Path:
    """Where bytes lie that lines refer to."""
    return log_folder(data) / "blobs"


def blob_file(folder: Path, hexadecimal: str) -> Path:
    """Where the bytes with this SHA-256 lie within the folder of blobs."""
    return folder / "sha256" / hexadecimal[:2] / hexadecimal


def blob_files(folder: Path) -> Iterator[Path]:
    """Every blob within the folder of blobs."""
    return (file for file in folder.glob("sha256/*/*") if not file.name.startswith("."))


def digests_file(day: Path) -> Path:
    """What the compressed files of a day must hold. Not a name that `log_files` lists."""
    return day / "digests.ndjson"


def compressed_file(file: Path) -> Path:
    """Where a closed file lies once it is compressed."""
    return file.with_name(file.name + _COMPRESSED)


def plain_name(file: Path) -> str:
    """The name that a log file has, or had before it was compressed."""
    return file.name.removesuffix(_COMPRESSED)


def log_files(path: Path) -> list[Path]:
    """The log's files, sorted, of a data folder, a log folder or a single file. A folder without a log has none.

    Raises:
        LogError: there is nothing at ``path``.
    """
    if path.is_file():
        return [path]
    return sorted(file for day in day_folders(path) for file in day.iterdir() if _is_log_file(file.name))


def day_folders(path: Path) -> list[Path]:
    """The log's days, in order, of a data folder, a log folder or a single day.

    Raises:
        LogError: there is no folder at ``path``.
    """
    if not path.is_dir():
        raise LogError(f"there is no log at {path}: name a data folder, a log folder or a log file")
    folder = log_folder(path) if log_folder(path).is_dir() else path
    return [folder] if _DAY.fullmatch(folder.name) else sorted(day for day in folder.iterdir() if _DAY.fullmatch(day.name))


def make_private(folder: Path, data: Path) -> None:
    """Make a folder of the log for its owner only, and those above it.

    Raises:
        OSError: it cannot be made.
    """
    data.mkdir(parents=True, exist_ok=True)
    inner = folder.relative_to(data)
    for level in (*reversed(inner.parents[:-1]), inner):
        (data / level).mkdir(mode=_FOLDER_MODE, exist_ok=True)


def _is_log_file(name: str) -> bool:
    return name.endswith(_SUFFIXES) and not name.startswith(".")


def _unique(time: str) -> str:
    return f"{time.replace(':', '')}-{os.getpid()}-{os.urandom(4).hex()}"
