"""Where a file is: on what kind of filesystem, on which depends what may be done to it, and wherever the agent goes meanwhile."""

import os
from pathlib import Path


def settled(path: Path) -> Path:
    """The path made absolute, so that it means the same when the working directory changes; as it is if there is none any more."""
    try:
        return path.absolute()
    except FileNotFoundError:
        return path


def filesystem_of(handle: int) -> str:
    """The kind of filesystem that an open file is on, as Linux names it; empty where that cannot be found out.

    Raises:
        OSError: the handle is not open.
    """
    device = os.fstat(handle).st_dev
    place = f"{os.major(device)}:{os.minor(device)}"
    try:
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    except OSError:
        return ""
    # The third field is the device; behind a dash alone comes the kind (proc_pid_mountinfo(5)).
    return next((mount.partition(" - ")[2].split()[0] for mount in mounts if mount.split()[2] == place), "")
