"""Filesystems: the kind of the one that a file is on."""

import os
from pathlib import Path

import pytest

from agentlog._io.filesystem import filesystem_of, settled


def test_the_kind_of_a_filesystem_is_one_that_is_mounted_or_not_known(tmp_path: Path) -> None:
    mounted = {line.split(" - ")[1].split()[0] for line in Path("/proc/self/mountinfo").read_text().splitlines()}
    handle = os.open(tmp_path, os.O_RDONLY)
    assert filesystem_of(handle) in {*mounted, ""}
    os.close(handle)


def test_files_of_the_kernel_are_on_proc() -> None:
    handle = os.open("/proc/self/mountinfo", os.O_RDONLY)
    assert filesystem_of(handle) == "proc"
    os.close(handle)
    with pytest.raises(OSError, match="Bad file descriptor"):
        filesystem_of(handle)


def test_a_settled_path_means_the_same_wherever_the_process_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = settled(Path("data"))
    monkeypatch.chdir("/")
    assert path == tmp_path / "data"
