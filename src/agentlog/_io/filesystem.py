"""What kind of filesystem a file is on, because what may be done to a file depends on it."""

import os
from pathlib import Path


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
