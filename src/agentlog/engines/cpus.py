"""How many CPUs this process may use, which in a container or a batch job is often fewer than the machine has.

The least of three: the CPUs of the machine, those that the process may be scheduled on (affinity), and the quota of its control groups,
version 2 (``cpu.max``) and version 1 (``cpu.cfs_quota_us``), its own group and every group above it. A quota of one and a half CPUs counts
as two: the second worker uses the half. A file that is not there, or says nothing, limits nothing.
"""

import math
import os
from collections.abc import Iterator
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_MEMBERSHIP = Path("/proc/self/cgroup")


def available_cpus(cgroups: Path = _CGROUPS, membership: Path = _MEMBERSHIP) -> int:
    """The number of workers that can really run at once, at least 1."""
    quotas = [math.ceil(quota) for quota in _quotas(cgroups, membership)]
    return max(1, min([_schedulable(), *quotas]))


def _schedulable() -> int:
    """As `os.process_cpu_count` of Python 3.13 counts."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas(cgroups: Path, membership: Path) -> Iterator[float]:
    """Every quota that is in force, in CPUs. Lines of the membership file are ``number:controllers:path``."""
    yield from _quotas_of(cgroups, "/")
    yield from _quotas_of(cgroups / "cpu", "/")
    for line in _words(membership, by="\n"):
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        if not controllers:
            yield from _quotas_of(cgroups, path)
        elif "cpu" in controllers.split(","):
            yield from _quotas_of(cgroups / "cpu", path)


def _quotas_of(root: Path, path: str) -> Iterator[float]:
    group = root / path.lstrip("/")
    for folder in [group, *group.parents]:
        if not folder.is_relative_to(root):
            return
        limits = _words(folder / "cpu.max") or _words(folder / "cpu.cfs_quota_us") + _words(folder / "cpu.cfs_period_us")
        if len(limits) == 2 and all(limit.isdecimal() for limit in limits) and int(limits[1]):
            yield int(limits[0]) / int(limits[1])


def _words(file: Path, by: str | None = None) -> list[str]:
    try:
        return [word for word in file.read_text().split(by) if word]
    except OSError:
        return []
