"""Compressing closed files: nothing is lost wherever it is stopped, nothing in use is touched."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from agentlog.errors import LogError
from agentlog.store.closed import compress_closed
from agentlog.store.digests import content_of, read_digests
from agentlog.store.holding import taken
from agentlog.store.layout import compressed_file, log_files
from agentlog.store.reader import read_interactions
from tests.make import line, write_log


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A closed log file with a torn last line."""
    file = write_log(tmp_path, [line(number) for number in range(20)])
    file.write_bytes(file.read_bytes() + b'{"torn')
    return file


def read(data: Path) -> list[object]:
    log = read_interactions(data)
    return [[each.model_dump() for each in log], [(bad.number, bad.reason) for bad in log.skipped]]


def test_a_closed_file_becomes_small_and_reads_as_before(tmp_path: Path, closed: Path) -> None:
    before, raw = read(tmp_path), closed.read_bytes()
    report = compress_closed(tmp_path)
    assert log_files(tmp_path) == report.files == [compressed_file(closed)]
    assert read(tmp_path) == before
    assert read_digests(closed.parent).contents == {closed.name: content_of([raw])}
    assert (report.bytes_before, report.bytes_after) == (len(raw), report.files[0].stat().st_size)
    assert stat.S_IMODE(report.files[0].stat().st_mode) == 0o600
    assert {path.name for path in closed.parent.iterdir()} == {f"{closed.name}.zst", "digests.ndjson"}


def test_compressing_again_does_nothing(tmp_path: Path, closed: Path) -> None:
    compress_closed(tmp_path)
    before = {path: path.read_bytes() for path in closed.parent.iterdir()}
    assert compress_closed(tmp_path).files == []
    assert {path: path.read_bytes() for path in closed.parent.iterdir()} == before


def test_a_file_that_its_writer_holds_is_left_alone(tmp_path: Path, closed: Path) -> None:
    with taken(closed) as ours:
        assert ours
        assert compress_closed(tmp_path).in_use == [closed]
    assert log_files(tmp_path) == [closed]
    assert compress_closed(tmp_path).files == [compressed_file(closed)]


def test_an_empty_file_is_left_to_the_writer_that_may_be_about_to_take_it(tmp_path: Path, closed: Path) -> None:
    closed.write_bytes(b"")
    assert compress_closed(tmp_path).files == []
    assert closed.exists()


def test_bytes_that_are_no_log_are_kept_as_they_are(tmp_path: Path, closed: Path) -> None:
    raw = bytes(range(256)) * 100
    closed.write_bytes(raw)
    compress_closed(tmp_path)
    assert read_digests(closed.parent).contents[closed.name] == content_of([raw])


def test_another_file_in_the_way_is_never_replaced(tmp_path: Path, closed: Path) -> None:
    compressed_file(closed).write_bytes(b"something else")
    raw = closed.read_bytes()
    report = compress_closed(tmp_path)
    assert report.files == []
    assert len(report.failed) == 1
    assert (closed.read_bytes(), compressed_file(closed).read_bytes()) == (raw, b"something else")


def test_a_place_without_a_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="there is no log at"):
        compress_closed(tmp_path / "nothing")


# The command is killed for real at the given step; each step is a call that changes something on the disk.
KILLED = """
import os, signal, sys
from pathlib import Path
from agentlog.store import closed, digests

def die_before(home, name):
    def die(*args, **kwargs):
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(home, name, die)

def die_after(home, name):
    do = getattr(home, name)
    def do_and_die(*args, **kwargs):
        do(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(home, name, do_and_die)

step = sys.argv[2]
if step == "hidden file begun":
    die_before(closed, "_copied")
elif step == "hidden file written":
    die_after(closed, "content_of_file")
elif step == "hidden file compared":
    die_before(closed.Path, "rename")
elif step == "named":
    die_after(closed.Path, "rename")
elif step == "record torn":
    digests._write_all = lambda handle, line: (os.write(handle, line[:20]), os.kill(os.getpid(), signal.SIGKILL))
elif step == "recorded":
    die_after(closed, "record_content")
elif step == "plain file gone":
    die_after(closed.Path, "unlink")
closed.compress_closed(Path(sys.argv[1]))
"""
STEPS = ["hidden file begun", "hidden file written", "hidden file compared", "named", "record torn", "recorded", "plain file gone"]


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_nothing_is_lost_and_the_next_run_completes_it(tmp_path: Path, closed: Path, step: str) -> None:
    before, content = read(tmp_path), content_of([closed.read_bytes()])
    done = subprocess.run([sys.executable, "-c", KILLED, tmp_path, step], env={**os.environ}, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert read(tmp_path)[0] == before[0], "in between"
    compress_closed(tmp_path)
    assert read(tmp_path) == before
    assert read_digests(closed.parent) == ({closed.name: content}, [])
    assert {path.name for path in closed.parent.iterdir()} == {f"{closed.name}.zst", "digests.ndjson"}


def test_two_runs_at_once_do_it_once(tmp_path: Path, closed: Path) -> None:
    before = read(tmp_path)
    code = "import sys; from agentlog.store.closed import compress_closed; report = compress_closed(sys.argv[1]); print(len(report.files))"
    runs = [subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    done = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert sum(map(int, done)) == 1
    assert read(tmp_path) == before
