"""Checkpoint: where a run can go on from. A checkpoint counts only if it is whole.

The trainer writes its files one by one and a kill can fall between any two. The last thing written into a checkpoint is therefore a list
of its files with their digests, in one atomic step; a folder without it, or with a file that does not match, is as good as none and is
passed over.
"""

from pathlib import Path

import orjson

from agentlog._hashing import file_digest
from agentlog._io.atomic import write_file

SEAL = "whole.json"
PREFIX = "checkpoint-"


def seal(folder: Path) -> None:
    """Declare a checkpoint whole: nothing in it changes from now on."""
    files = {path.name: file_digest(path) for path in sorted(folder.iterdir()) if path.is_file() and path.name != SEAL}
    write_file(folder / SEAL, orjson.dumps(files))


def newest_whole(run: Path) -> Path | None:
    """The checkpoint of a run to go on from: the whole one with the most steps."""
    found = [path for path in run.glob(f"{PREFIX}*") if path.name.removeprefix(PREFIX).isdigit()]
    for folder in sorted(found, key=steps_of, reverse=True):
        if is_whole(folder):
            return folder
    return None


def steps_of(checkpoint: Path) -> int:
    """How many optimizer steps had been taken when a checkpoint was written."""
    return int(checkpoint.name.removeprefix(PREFIX))


def is_whole(folder: Path) -> bool:
    """Whether a checkpoint has every file that was in it when it was sealed, unchanged."""
    try:
        files = orjson.loads((folder / SEAL).read_bytes())
        return all(file_digest(folder / name) == wanted for name, wanted in files.items())
    except (OSError, orjson.JSONDecodeError):
        return False
