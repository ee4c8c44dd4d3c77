"""Checkpoint: where a run can go on from. A checkpoint counts only if it is whole.

It is filled under a hidden name, sealed with a list of its files and their digests, flushed to the disk, and only then gets its name in one
step. A folder without that list, or with a file that does not match (a disk may fail later), is as good as none and is passed over.

Older checkpoints leave a run by moving to the trash beside the data, with a note that says when and why. Only a run's own are ever moved,
never the newest whole one nor the best, and nothing in the trash is ever replaced. Nothing is deleted.
"""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from agentlog._clock import SYSTEM_CLOCK, Clock
from agentlog._hashing import file_digest
from agentlog._io.atomic import publish_folder, sync_folder, write_file
from agentlog._io.lock import locked
from agentlog.errors import TrainingRefusedError

SEAL = "whole.json"
PREFIX = "checkpoint-"
LOCK = ".lock"
_HELD: set[Path] = set()
"""The runs that this process holds."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_SAYS_FULL = ("no space left", "quota exceeded", "file too large", "file write failed", "unexpected pos")
"""What torch and safetensors say when the system refused a write; their errors carry no number."""


@contextmanager
def hold(run: Path) -> Iterator[None]:
    """Be the one process that works on a run, until the block ends or the process does; one that is so already simply goes on.

    Raises:
        TrainingRefusedError: another process holds it.
    """

    def refuse() -> None:
        raise TrainingRefusedError(f"run {run.name} is being trained by another process: wait for it, or stop it first")

    if (place := run.resolve()) in _HELD:
        yield
        return
    with locked(run / LOCK, refuse):
        _HELD.add(place)
        try:
            yield
        finally:
            _HELD.discard(place)


@contextmanager
def writing_checkpoint(run: Path, step: int) -> Iterator[Path]:
    """A hidden folder to write a checkpoint into; when the block ends well it is sealed and appears whole, else it never appears.

    A damaged checkpoint of the same step goes to the trash.

    Raises:
        OSError: it cannot be written; `is_disk_full` tells whether for want of space.
    """
    final = run / f"{PREFIX}{step}"
    if final.exists():
        discard(final, "damaged, and written anew")
    with publish_folder(final) as staging:
        yield staging
        seal(staging)


def seal(folder: Path) -> None:
    """Declare a checkpoint whole: nothing in it changes from now on."""
    files = {path.name: file_digest(path) for path in sorted(folder.iterdir()) if path.is_file() and path.name != SEAL}
    write_file(folder / SEAL, orjson.dumps(files))


def newest_whole(run: Path) -> Path | None:
    """The checkpoint of a run to go on from: the whole one with the most steps."""
    return next((folder for folder in _checkpoints(run) if is_whole(folder)), None)


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


def rotate(run: Path, keep: int, newest: int, best: int | None, clock: Clock = SYSTEM_CLOCK) -> list[Path]:
    """Move a run's checkpoints beyond ``keep`` to the trash, but for the one of the best step; returns where they are now.

    Args:
        newest: the step of the one that was written just now and so is known to be whole; later ones, left by a run that was stopped
            and went on from before them, count for nothing and stay.

    Raises:
        OSError: one cannot be moved.
    """
    written = [folder for folder in _checkpoints(run) if steps_of(folder) <= newest]
    old = [folder for folder in written[max(keep, 1) :] if steps_of(folder) != best]
    return [discard(folder, f"older than the newest {keep} checkpoints of its run", clock) for folder in old]


def discard(folder: Path, why: str, clock: Clock = SYSTEM_CLOCK) -> Path:
    """Move a folder of a run, ``<data>/runs/<role>/<run>/<name>``, to ``<data>/trash/runs/<role>/<run>/<name>``; returns where it is now.

    Raises:
        OSError: it cannot be moved.
    """
    run = folder.parent
    trash = run.parents[2] / "trash" / "runs" / run.parent.name / run.name
    trash.mkdir(parents=True, exist_ok=True)
    place, number = trash / folder.name, 1
    while place.exists() or _note_of(place).exists():
        number += 1
        place = trash / f"{folder.name}.{number}"
    # The note first: what lies in the trash without one could not be told from what was put there by hand.
    write_file(_note_of(place), orjson.dumps({"from": str(folder), "when": clock.timestamp(), "why": why}, option=orjson.OPT_INDENT_2))
    try:
        folder.rename(place)
    except OSError:
        _note_of(place).unlink(missing_ok=True)
        raise
    sync_folder(trash)
    sync_folder(run)
    return place


def is_disk_full(error: BaseException) -> bool:
    """Whether something failed because the disk, a quota or a limit of the process leaves no room for it."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in _FULL:
            return True
        if any(text in str(seen).lower() for text in _SAYS_FULL):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def survives_full_disk(write: Callable[[], None]) -> str | None:
    """Do some writing; returns what the system said if there was no room for it, and nothing if it went well.

    Raises:
        Exception: it failed for any other reason.
    """
    try:
        write()
    except Exception as error:
        if not is_disk_full(error):
            raise
        # torch speaks of positions in its file; whoever reads this wants to hear of the disk.
        return str(error.strerror) if isinstance(error, OSError) and error.strerror else "no room on the disk"
    return None


def _checkpoints(run: Path) -> list[Path]:
    found = [path for path in run.glob(f"{PREFIX}*") if path.name.removeprefix(PREFIX).isdigit()]
    return sorted(found, key=steps_of, reverse=True)


def _note_of(place: Path) -> Path:
    return place.with_name(f"{place.name}.json")
