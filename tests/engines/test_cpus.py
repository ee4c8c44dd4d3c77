"""The CPUs that a process may use are the fewest that the machine, its affinity and its control groups allow."""

import os
from pathlib import Path

import pytest

from agentlog.engines.cpus import available_cpus


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of eight CPUs; its control groups are in the folder."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    return tmp_path


def limit(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_no_control_group_limits_nothing(machine: Path) -> None:
    assert available_cpus(machine, machine / "membership") == 8


@pytest.mark.parametrize(("quota", "cpus"), [("max 100000", 8), ("200000 100000", 2), ("150000 100000", 2), ("5000 100000", 1), ("", 8)])
def test_a_quota_of_the_container_counts_rounded_up(machine: Path, quota: str, cpus: int) -> None:
    limit(machine, cpu__max=quota)
    assert available_cpus(machine, machine / "membership") == cpus


def test_the_strictest_group_above_the_process_counts(machine: Path) -> None:
    limit(machine / "jobs", cpu__max="300000 100000")
    limit(machine / "jobs/mine", cpu__max="max 100000")
    (machine / "membership").write_text("0::/jobs/mine\n")
    assert available_cpus(machine, machine / "membership") == 3


def test_groups_of_the_first_version_count_too(machine: Path) -> None:
    limit(machine / "cpu/jobs", **{"cpu.cfs_quota_us": "400000\n", "cpu.cfs_period_us": "100000\n"})
    limit(machine / "cpu", **{"cpu.cfs_quota_us": "-1\n", "cpu.cfs_period_us": "100000\n"})
    (machine / "membership").write_text("4:memory:/jobs\n1:cpu,cpuacct:/jobs\n")
    assert available_cpus(machine, machine / "membership") == 4


def test_what_this_machine_says_is_understood() -> None:
    assert 1 <= available_cpus() <= (os.cpu_count() or 1)
