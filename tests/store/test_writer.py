"""The writer: what it says is written is there, whatever happens to the process, its forks, its threads and its disk."""

import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import orjson
import pytest

from agentlog._clock import Clock
from agentlog._io.jsonl import BadLine
from agentlog.store.layout import log_files
from agentlog.store.reader import read_events
from agentlog.store.writer import LogWriter

DAY_NS = 86_400_000_000_000


def lines(data: Path) -> list[object]:
    return [line.reason if isinstance(line, BadLine) else line.value for line in read_events(data)]


def test_an_unused_writer_leaves_no_trace(tmp_path: Path) -> None:
    LogWriter(tmp_path / "data").close()
    assert not (tmp_path / "data").exists()


def test_a_written_line_is_in_the_file_when_write_returns(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path)
    assert writer.write(b'{"n":1}\n')
    assert lines(tmp_path) == [{"n": 1}]
    assert writer.stats() == (1, 1, 0)


def test_folders_and_files_are_for_their_owner_only(tmp_path: Path) -> None:
    LogWriter(tmp_path).write(b"{}\n")
    [file] = log_files(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (file.parent, file.parent.parent)} == {0o700}


def test_a_full_file_is_followed_by_a_new_one(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path, rotate_bytes=20)
    for number in range(6):
        writer.write(b'{"n":%d}\n' % number)
    assert [file.stat().st_size for file in log_files(tmp_path)] == [16, 16, 16]


def test_a_line_larger_than_a_file_may_be_is_written_whole(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path, rotate_bytes=10)
    assert writer.write(orjson.dumps("x" * 100) + b"\n")
    assert lines(tmp_path) == ["x" * 100]


def test_a_new_day_begins_a_new_file(tmp_path: Path) -> None:
    now = [DAY_NS - 1]
    writer = LogWriter(tmp_path, clock=Clock(lambda: now[0], lambda: 0.0))
    writer.write(b"1\n")
    now[0] += 1
    writer.write(b"2\n")
    assert [file.parent.name for file in log_files(tmp_path)] == ["1970-01-01", "1970-01-02"]


def test_writing_after_close_opens_a_new_file(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path)
    writer.write(b"1\n")
    writer.close()
    assert writer.write(b"2\n")
    assert len(log_files(tmp_path)) == 2


def test_a_folder_that_cannot_be_made_costs_the_event_and_nothing_else(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way")
    writer = LogWriter(tmp_path / "file" / "data")
    assert [writer.write(b"1\n"), writer.write(b"2\n")] == [False, False]
    assert writer.stats() == (2, 0, 2)
    assert len(caplog.records) == 1, "it is said once"


def test_a_write_cut_short_costs_only_its_own_line(tmp_path: Path) -> None:
    """A real file size limit of the kernel cuts the second line; the third, written when there is room again, stands whole."""
    writer = LogWriter(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        assert writer.write(b'"first"\n')
        resource.setrlimit(resource.RLIMIT_FSIZE, (12, hard))
        assert not writer.write(b'"second is cut"\n')
        assert not writer.write(b'"no room at all"\n')
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert writer.write(b'"third"\n')
    first, torn, tombstone, third = lines(tmp_path)
    assert (first, third) == ("first", "third")
    assert str(torn).startswith("not JSON")
    assert writer.stats() == (4, 2, 2)
    assert isinstance(tombstone, dict)
    assert (tombstone["event"], tombstone["count"], tombstone["reason"]) == ("lost", 2, "OSError: [Errno 27] File too large")


def test_a_handle_that_the_agent_closed_is_replaced(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path)
    writer.write(b"1\n")
    assert writer._handle is not None
    os.close(writer._handle)
    assert writer.write(b"2\n")
    assert lines(tmp_path) == [1, 2]


def test_a_handle_whose_number_became_another_file_s_is_left_alone(tmp_path: Path) -> None:
    now = [DAY_NS]
    writer = LogWriter(tmp_path / "data", clock=Clock(lambda: now[0], lambda: 0.0))
    writer.write(b"1\n")
    assert writer._handle is not None
    theirs = os.open(tmp_path / "theirs", os.O_WRONLY | os.O_CREAT)
    os.dup2(theirs, writer._handle)
    now[0] += 1_000_000_000
    assert writer.write(b"2\n")
    assert (tmp_path / "theirs").read_bytes() == b""
    events = [line["event"] if isinstance(line, dict) else line for line in lines(tmp_path / "data")]
    assert events == [1, "lost", 2], "what went to the handle since it was last seen may be anywhere"
    assert writer.stats() == (2, 1, 1)


def test_a_log_that_was_removed_is_begun_again_with_what_went_into_the_removed_file(tmp_path: Path) -> None:
    now = [DAY_NS]
    writer = LogWriter(tmp_path / "data", clock=Clock(lambda: now[0], lambda: 0.0))
    writer.write(b"1\n")
    now[0] += 1_000_000_000
    writer.write(b"2\n")
    shutil.rmtree(tmp_path / "data")
    writer.write(b"3\n")
    now[0] += 1_000_000_000
    assert writer.write(b"4\n")
    assert lines(tmp_path / "data") == [2, 3, 4], "2 had not been seen in its place since it was written"
    assert writer.stats() == (4, 4, 0)


def test_a_log_removed_before_the_end_is_written_again_at_the_end(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path / "data")
    writer.write(b"1\n")
    shutil.rmtree(tmp_path / "data")
    writer.close()
    assert lines(tmp_path / "data") == [1]


def test_many_threads_share_one_writer_without_loss(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path, rotate_bytes=500)

    def work(worker: int) -> None:
        for number in range(200):
            assert writer.write(b"[%d,%d]\n" % (worker, number))

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(tuple, lines(tmp_path))) == [(worker, number) for worker in range(4) for number in range(200)]


def test_with_fsync_lines_are_written_all_the_same(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path, durability="fsync")
    assert writer.write(b"1\n")
    assert lines(tmp_path) == [1]


FORK = """
import os, sys
from pathlib import Path
from agentlog.store.writer import LogWriter
writer = LogWriter(Path(sys.argv[1]))
writer.write(b'"parent before"\\n')
children = []
for number in range(3):
    pid = os.fork()
    if pid == 0:
        assert writer.stats() == (0, 0, 0)
        for _ in range(50):
            assert writer.write(b'"child"\\n')
        os._exit(0)
    children.append(pid)
writer.write(b'"parent after"\\n')
codes = [os.waitpid(pid, 0)[1] for pid in children]
assert codes == [0, 0, 0], codes
assert writer.stats() == (2, 2, 0)
"""


def test_each_fork_writes_a_file_of_its_own(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", FORK, tmp_path], check=True, timeout=60)
    assert len(log_files(tmp_path)) == 4
    assert sorted(map(str, lines(tmp_path))) == ["child"] * 150 + ["parent after", "parent before"]


LOCKED_FORK = """
import os, sys, threading
from pathlib import Path
from agentlog.store.writer import LogWriter
writer = LogWriter(Path(sys.argv[1]))
writer._lock.acquire()  # as a thread in the middle of a write would hold it
pid = os.fork()
if pid == 0:
    os._exit(0 if writer.write(b'"child"\\n') else 1)
sys.exit(os.waitpid(pid, 0)[1])
"""


def test_a_fork_in_the_middle_of_a_write_does_not_hang(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", LOCKED_FORK, tmp_path], check=True, timeout=60)
    assert lines(tmp_path) == ["child"]


ENDLESS = """
import sys
from pathlib import Path
from agentlog.store.writer import LogWriter
writer = LogWriter(Path(sys.argv[1]), rotate_bytes=50_000)
number = 0
while True:
    assert writer.write(b'{"n":%d,"filler":"%s"}\\n' % (number, b"x" * (number % 3000)))
    print(number, flush=True)
    number += 1
"""


@pytest.mark.parametrize("acknowledged", [1, 70, 400])
def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path, acknowledged: int) -> None:
    """A process that is killed at once after it said that a line is written has written it."""
    with subprocess.Popen([sys.executable, "-c", ENDLESS, tmp_path], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(acknowledged):
            process.stdout.readline()
        process.kill()
        last = acknowledged - 1 + process.stdout.read().count(b"\n")
    there = lines(tmp_path)
    numbers = [line["n"] for line in there if isinstance(line, dict)]
    assert set(range(last + 1)) <= set(numbers)
    assert len(there) - len(numbers) <= 1, "at most the line in flight is torn"
