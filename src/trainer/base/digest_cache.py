"""Digest cache: what was computed from a file, remembered while the file is the same one.

The same one means: size, modification time, change time and inode are as they were. The change time is the kernel's own; a tool that puts
the modification time of an edited file back does not deceive it. A file that changes while it is read is an error, never an entry.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from agentlog._io.atomic import write_file
from agentlog.errors import TrainingRefusedError


class _Entry(BaseModel):
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    digests: dict[str, str]


class DigestCache:
    """Digests by file, in a JSON file; without one, for this process only."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._changed = False
        self._entries: dict[str, _Entry] = {}
        if file is not None and file.is_file():
            try:
                said: dict[str, Any] = orjson.loads(file.read_bytes())
                self._entries = {name: _Entry.model_validate(entry) for name, entry in said.items()}
            except (orjson.JSONDecodeError, ValidationError, AttributeError):
                # A cache that cannot be read is no cache: everything is hashed anew, nothing is lost but time.
                self._entries = {}

    def digests(self, path: Path, compute: Callable[[Path], Mapping[str, str]]) -> Mapping[str, str]:
        """What ``compute`` makes of a file, by its own computing or from memory. It must be the same function for the same file.

        Raises:
            TrainingRefusedError: the file changed while it was read.
        """
        key = str(path.resolve())
        state = _state(path)
        entry = self._entries.get(key)
        if entry is None or (entry.size, entry.mtime_ns, entry.ctime_ns, entry.inode) != state:
            found = dict(compute(path))
            if _state(path) != state:
                raise TrainingRefusedError(f"{path} changed while it was read: wait until nobody writes to it, and say it again")
            entry = _Entry(size=state[0], mtime_ns=state[1], ctime_ns=state[2], inode=state[3], digests=found)
            self._entries[key] = entry
            self._changed = True
        return entry.digests

    def save(self) -> None:
        """Keep what was computed for the next process."""
        if self._file is not None and self._changed:
            write_file(self._file, orjson.dumps({name: entry.model_dump() for name, entry in sorted(self._entries.items())}))


def _state(path: Path) -> tuple[int, int, int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino
