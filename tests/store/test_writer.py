"""The writer: what it says is written is there, whatever happens to the process, its forks, its threads and its disk."""

import errno
import logging
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

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


@pytest.mark.parametrize("later", [0, DAY_NS])
def test_a_writer_that_is_closed_begins_no_file_that_would_stay_empty(tmp_path: Path, later: int) -> None:
    now = [0]
    writer = LogWriter(tmp_path, rotate_bytes=10, clock=Clock(lambda: now[0], lambda: 0.0))
    writer.write(orjson.dumps("x" * 100) + b"\n")
    now[0] += later
    writer.close()
    assert len(log_files(tmp_path)) == 1


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


def test_a_torn_line_is_not_taken_along_when_the_log_is_removed(tmp_path: Path) -> None:
    """A disk that was full, and a person who made room by removing the log: what is written then must stand on a line of its own."""
    now = [DAY_NS]
    writer = LogWriter(tmp_path / "data", clock=Clock(lambda: now[0], lambda: 0.0))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        assert writer.write(b'"first"\n')
        resource.setrlimit(resource.RLIMIT_FSIZE, (12, hard))
        assert not writer.write(b'"second is cut"\n')
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    shutil.rmtree(tmp_path / "data")
    now[0] += 1_000_000_000
    assert writer.write(b'"third"\n')
    first, tombstone, third = lines(tmp_path / "data")
    assert (first, third) == ("first", "third")
    assert isinstance(tombstone, dict)
    assert tombstone["count"] == 1


def test_a_clock_that_was_set_back_does_not_keep_a_removed_log_unnoticed(tmp_path: Path) -> None:
    now = [DAY_NS * 2]
    writer = LogWriter(tmp_path / "data", clock=Clock(lambda: now[0], lambda: 0.0))
    writer.write(b"1\n")
    shutil.rmtree(tmp_path / "data")
    now[0] -= DAY_NS // 2
    writer.write(b"2\n")
    assert lines(tmp_path / "data") == [1, 2]


def test_where_no_new_file_can_be_had_the_old_one_is_written_on(tmp_path: Path) -> None:
    now = [DAY_NS - 1]
    writer = LogWriter(tmp_path, rotate_bytes=20, clock=Clock(lambda: now[0], lambda: 0.0))
    writer.write(b'"before"\n')
    [file] = log_files(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    spare = os.open("/dev/null", os.O_RDONLY)
    os.close(spare)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (spare, hard))
        now[0] += 1
        assert [writer.write(b'"no handle left"\n') for _ in range(3)] == [True] * 3
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert file.read_bytes().count(b"\n") == 4
    assert writer.write(b'"after"\n')
    assert len(log_files(tmp_path)) == 2
    assert writer.stats() == (5, 5, 0)


def test_a_folder_that_cannot_be_written_to_any_more_costs_nothing_as_long_as_the_file_is_there(tmp_path: Path) -> None:
    """A file in the place of the next day's folder stands for a folder without permission, which root would be given all the same."""
    now = [DAY_NS - 1]
    writer = LogWriter(tmp_path, clock=Clock(lambda: now[0], lambda: 0.0))
    writer.write(b"1\n")
    (tmp_path / "log" / "1970-01-02").write_text("in the way")
    now[0] += 1
    assert writer.write(b"2\n")
    (tmp_path / "log" / "1970-01-02").unlink()
    now[0] += 1_000_000_000
    assert writer.write(b"3\n")
    assert [len(file.read_bytes()) for file in log_files(tmp_path)] == [4, 2]


def test_a_relative_folder_stays_where_it_was_when_the_agent_goes_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    writer = LogWriter(Path("data"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    writer.write(b"1\n")
    assert lines(tmp_path / "data") == [1]


GONE = """
import os, sys
from pathlib import Path
os.mkdir(sys.argv[1]); os.chdir(sys.argv[1]); os.rmdir(sys.argv[1])
from agentlog.store.writer import LogWriter
writer = LogWriter(Path("data"))
assert writer.write(b"1\\n") is False
assert writer.stats() == (1, 0, 1)
"""


def test_a_working_directory_that_is_gone_costs_the_events_and_nothing_else(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", GONE, tmp_path / "gone"], check=True, timeout=60)


def test_whoever_listens_to_warnings_may_raise(tmp_path: Path) -> None:
    class Angry(logging.Handler):
        def handle(self, record: logging.LogRecord) -> bool:
            raise RuntimeError("no")

    (tmp_path / "file").write_text("in the way")
    writer, angry = LogWriter(tmp_path / "file"), Angry()
    logging.getLogger("agentlog").addHandler(angry)
    try:
        assert writer.write(b"1\n") is False
    finally:
        logging.getLogger("agentlog").removeHandler(angry)
    assert writer.stats() == (1, 0, 1)


def test_losses_are_told_when_a_writer_is_dropped(tmp_path: Path) -> None:
    in_the_way = tmp_path / "data"
    in_the_way.write_text("a file")
    writer = LogWriter(in_the_way)
    assert not writer.write(b"1\n")
    in_the_way.unlink()
    del writer
    [tombstone] = lines(in_the_way)
    assert isinstance(tombstone, dict)
    assert (tombstone["event"], tombstone["count"]) == ("lost", 1)


@settings(max_examples=40, deadline=None)
@example(["write", "write", "no room", "write"], 161)
@given(st.lists(st.sampled_from(["write", "write", "no room", "room", "remove", "close", "later"]), max_size=25), st.integers(20, 200))
def test_whatever_happens_every_line_is_in_the_log_or_counted_as_lost_there(tmp_path_factory: Any, happens: list[str], room: int) -> None:
    """The example: all but the newline of the third line has room."""
    data, now, said = tmp_path_factory.mktemp("faults") / "data", [DAY_NS], 0
    writer = LogWriter(data, rotate_bytes=300, clock=Clock(lambda: now[0], lambda: 0.0))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        for what in (*happens, "room", "later", "write"):
            if what == "write":
                said += 1
                writer.write(b'{"n":%d,"filler":"%s"}\n' % (said, b"x" * (said * 17 % 70)))
            elif what == "remove":
                now[0] += 1_000_000_000
                writer.write(b'{"n":%d}\n' % (said := said + 1))
                shutil.rmtree(data, ignore_errors=True)
                now[0] += 1_000_000_000
                # What was seen in its place before it was removed is beyond anyone's help.
                writer.write(b'{"n":%d}\n' % (said := said + 1))
            elif what == "close":
                writer.close()
            else:
                now[0] += 1_000_000_000
                resource.setrlimit(resource.RLIMIT_FSIZE, (room if what == "no room" else soft, hard))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    writer.close()
    stats = writer.stats()
    assert stats.submitted == said == stats.written + stats.lost
    there = [line for line in lines(data) if isinstance(line, dict)]
    if "remove" not in happens:
        assert sum(line["count"] for line in there if line.get("event") == "lost") == stats.lost
        assert len({line["n"] for line in there if "n" in line}) == stats.written
    assert said in {line.get("n") for line in there}, "the last one was written when there was room"


def in_threads(work: Callable[[], object], count: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)


def hold_the_first_flush(monkeypatch: pytest.MonkeyPatch, writer: LogWriter, lines: int, then: Callable[[int], None]) -> list[int]:
    """The first flush of the disk lasts until so many lines have been written; returned is the list of what is flushed."""
    flushes: list[int] = []

    def slow(handle: int) -> None:
        flushes.append(handle)
        while len(flushes) == 1 and writer._number < lines:
            threading.Event().wait(0.001)
        then(handle)

    monkeypatch.setattr(os, "fdatasync", slow)
    return flushes


def test_threads_that_wait_for_the_disk_at_the_same_time_share_a_flush(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, said = LogWriter(tmp_path, durability="fsync"), []
    flushes = hold_the_first_flush(monkeypatch, writer, 16, os.fdatasync)
    in_threads(lambda: said.append(writer.write(b"1\n")), 16)
    assert said == [True] * 16
    assert len(flushes) <= 2, "one for the first lines, one for those that came meanwhile"


def test_a_flush_that_fails_is_a_loss_to_all_who_wait_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the kernel could not put on the disk it forgets: to flush again would succeed, and mean nothing."""
    writer, said = LogWriter(tmp_path, durability="fsync"), []

    def fail(handle: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    hold_the_first_flush(monkeypatch, writer, 16, fail)
    in_threads(lambda: said.append(writer.write(b"1\n")), 16)
    monkeypatch.undo()
    assert said == [False] * 16
    assert writer.stats() == (16, 0, 16)
    assert writer.write(b"2\n"), "in a new file"
    *_, tombstone, last = lines(tmp_path)
    assert isinstance(tombstone, dict)
    assert (tombstone["count"], tombstone["reason"], last) == (16, "OSError: [Errno 5] Input/output error", 2)


def test_a_flush_that_fails_when_a_new_file_is_begun_is_a_loss_to_who_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second thread's line is in the old file and waits for its flush, which the third thread tries by beginning a new one."""
    writer, said = LogWriter(tmp_path, rotate_bytes=12, durability="fsync"), {}
    first, second = threading.Event(), threading.Event()
    flushes: list[int] = []

    def fdatasync(handle: int) -> None:
        flushes.append(handle)
        if len(flushes) == 1:
            first.set()
            assert second.wait(60)
        elif len(flushes) == 2:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    threads = [
        threading.Thread(target=lambda line=line: said.update({line: writer.write(line)}))
        for line in (b'"1"\n', b'"2"\n', b'"a long third"\n')
    ]
    for thread, begun in zip(threads, (1, 2, 3), strict=True):
        thread.start()
        assert first.wait(60)
        while writer._number + writer.stats().lost < begun:
            threading.Event().wait(0.001)
    second.set()
    for thread in threads:
        thread.join(60)
    assert said == {b'"1"\n': True, b'"2"\n': False, b'"a long third"\n': True}
    assert writer.stats() == (3, 2, 1)


def test_with_fsync_a_process_without_handles_left_can_go_on(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path, durability="fsync")
    assert writer.write(b"1\n")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    spare = os.open("/dev/null", os.O_RDONLY)
    os.close(spare)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (spare, hard))
        assert writer.write(b"2\n")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert writer.stats() == (2, 2, 0)


@pytest.mark.parametrize("durability", ["kernel", "fsync"])
def test_closing_while_others_write_loses_nothing(tmp_path: Path, durability: Any) -> None:
    writer = LogWriter(tmp_path, durability=durability)
    count = 300 if durability == "kernel" else 40
    done = threading.Event()

    def close() -> None:
        while not done.is_set():
            writer.close()

    closing = threading.Thread(target=close)
    closing.start()
    in_threads(lambda: [writer.write(b"1\n") for _ in range(count)], 4)
    done.set()
    closing.join()
    assert lines(tmp_path) == [1] * count * 4
    assert writer.stats() == (count * 4, count * 4, 0)


INTERRUPTED = """
import os, signal, sys
from pathlib import Path
from agentlog.store.writer import LogWriter
writer = LogWriter(Path(sys.argv[1]), durability=sys.argv[2], rotate_bytes=100_000)
handled = 0

def log(*_):
    global handled
    handled += 1
    assert writer.write(b'"handler"\\n')
    signal.setitimer(signal.ITIMER_REAL, 0.0007)

def interrupt(*_):
    signal.setitimer(signal.ITIMER_REAL, 0.0007)
    if armed[0]:
        armed[0] = False
        raise KeyboardInterrupt

armed = [False]
signal.signal(signal.SIGALRM, log if sys.argv[3] == "logs" else interrupt)
count = interrupted = 0
said = int(sys.argv[4])
signal.setitimer(signal.ITIMER_REAL, 0.0007)
while count < said:
    count += 1
    try:
        armed[0] = True
        assert writer.write(b'"%d"\\n' % count)
        armed[0] = False
    except KeyboardInterrupt:
        interrupted += 1
# A last alarm may be on its way, and a handler sets the next one.
signal.signal(signal.SIGALRM, signal.SIG_IGN)
writer.close()
stats = writer.stats()
assert stats.lost == 0, stats
assert handled + interrupted > 5
if sys.argv[3] == "logs":
    assert stats.written == said + handled, stats
print(interrupted)
"""


@pytest.mark.parametrize("durability", ["kernel", "fsync"])
def test_a_signal_handler_may_log_in_the_middle_of_a_write(tmp_path: Path, durability: str) -> None:
    count = 20_000 if durability == "kernel" else 300
    subprocess.run([sys.executable, "-c", INTERRUPTED, tmp_path, durability, "logs", str(count)], check=True, timeout=60)
    there = lines(tmp_path)
    assert [line for line in there if line != "handler"] == [str(number) for number in range(1, count + 1)]
    assert there.count("handler") > 5


@pytest.mark.parametrize("durability", ["kernel", "fsync"])
def test_ctrl_c_in_the_middle_of_a_write_tears_no_line(tmp_path: Path, durability: str) -> None:
    count = 20_000 if durability == "kernel" else 300
    command = [sys.executable, "-c", INTERRUPTED, tmp_path, durability, "raises", str(count)]
    interrupted = int(subprocess.run(command, check=True, timeout=60, stdout=subprocess.PIPE).stdout)
    # A file that had just been made is left empty.
    there = [int(str(line)) for line in lines(tmp_path) if line != "the file is empty"]
    assert there == sorted(set(there)), "no line is torn, and none stands twice"
    assert count - interrupted <= len(there) <= count


FOREIGN = """
import os, sys
from pathlib import Path
from agentlog.store.writer import LogWriter
writer = LogWriter(Path(sys.argv[1]) / "data")
writer.write(b"1\\n")
theirs = os.open(sys.argv[1] + "/theirs", os.O_RDWR | os.O_CREAT)
os.dup2(theirs, writer._handle)
taken = writer._handle
if os.fork() == 0:
    os.write(taken, b"child")
    os._exit(0)
assert os.wait()[1] == 0
del writer
os.write(taken, b"parent")
assert os.pread(theirs, 100, 0) == b"childparent"
"""


def test_a_handle_that_became_the_agent_s_is_never_closed(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", FOREIGN, tmp_path], check=True, timeout=60)


def test_two_writers_of_one_folder_do_not_meet(tmp_path: Path) -> None:
    one, two = LogWriter(tmp_path), LogWriter(tmp_path)
    for number in range(100):
        (one, two)[number % 2].write(b"%d\n" % number)
    assert sorted(map(str, lines(tmp_path))) == sorted(map(str, range(100)))
    assert len(log_files(tmp_path)) == 2
