"""Where the log lies. The only place where its paths are spelled.

A data folder holds ``log/<YYYY-MM-DD>/<HHMMSS.ffffff>-<pid>-<random>.jsonl``, days and times in UTC. Every file has one writer for its
whole life; closed files may be compressed (``.jsonl.zst``, ``.jsonl.gz``). Folders are for their owner only (0700), and so are files
(0600), because a log holds whatever agents and tools have seen. Hidden files are being written and are never listed.
"""

import os
import re
import secrets
from pathlib import Path

from agentlog._clock import format_timestamp
from agentlog.errors import LogError

FILE_MODE = 0o600
_FOLDER_MODE = 0o700
_LOG = "log"
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
    _make_private(folder, data)
    return folder / f"{time.replace(':', '')}-{os.getpid()}-{secrets.token_hex(4)}.jsonl"


def log_files(path: Path) -> list[Path]:
    """The log's files, sorted, of a data folder, a log folder or a single file. A folder without a log has none.

    Raises:
        LogError: there is nothing at ``path``.
    """
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise LogError(f"there is no log at {path}: name a data folder, a log folder or a log file")
    folder = log_folder(path) if log_folder(path).is_dir() else path
    days = [folder] if _DAY.fullmatch(folder.name) else [day for day in folder.iterdir() if _DAY.fullmatch(day.name)]
    return sorted(file for day in days for file in day.iterdir() if _is_log_file(file.name))


def _is_log_file(name: str) -> bool:
    return name.endswith(_SUFFIXES) and not name.startswith(".")


def _make_private(folder: Path, data: Path) -> None:
    data.mkdir(parents=True, exist_ok=True)
    for level in (log_folder(data), folder):
        level.mkdir(mode=_FOLDER_MODE, exist_ok=True)
