"""The journal: what it shows is what goes on, however it is kept, however many calls there are, and whatever is done to its file."""

import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentlog._clock import Clock
from agentlog._ids import uuid7_ascii
from agentlog.store import journal as module
from agentlog.store.holding import is_held
from agentlog.store.journal import Journal, Slot, read_journal
from agentlog.store.layout import journal_files
from agentlog.store.writer import LogWriter

DAY_NS = 86_400_000_000_000
BOTH_WAYS = pytest.mark.parametrize("in_place", [module._IN_PLACE, ()], ids=["mapped", "written"])


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_place: tuple[str, ...]) -> Journal:
    monkeypatch.setattr(module, "_IN_PLACE", in_place)
    return Journal(tmp_path, lambda: DAY_NS)


def handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def begin(journal: Journal, name: bytes, prompt: Any = "") -> Slot:
    head = {"id": name.decode(), "prompt": prompt}
    slot = journal.begin(b"%b %b\n" % (name, orjson.dumps(head)))
    assert slot is not None
    return slot


def shown(data: Path) -> dict[str, tuple[Any, list[Any]]]:
    """Prompt and chunks of every call that the only journal there is shows."""
    [file] = journal_files(data)
    calls, damaged = read_journal(file)
    assert damaged == 0
    return {call.id: (call.head["prompt"], call.chunks) for call in calls}


@BOTH_WAYS
def test_a_journal_shows_the_calls_that_have_begun_and_not_ended(journal: Journal, tmp_path: Path) -> None:
    one, two = uuid7_ascii(1), uuid7_ascii(1)
    first, second = begin(journal, one, "a" * 20_000), begin(journal, two, "b")
    second = journal.append(second, two, b'"chunk"')
    assert shown(tmp_path) == {one.decode(): ("a" * 20_000, []), two.decode(): ("b", ["chunk"])}
    journal.end(first)
    assert shown(tmp_path) == {two.decode(): ("b", ["chunk"])}
    assert is_held(journal_files(tmp_path)[0])
    journal.end(second)
    journal.tidy()
    assert journal_files(tmp_path) == []


json_texts = st.text(max_size=30) | st.sampled_from(["x" * 5_000, "\x1e", '"\n'])
steps = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["begin", "chunk", "chunk", "chunk", "end"]), json_texts), max_size=60)


@BOTH_WAYS
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_whatever_is_begun_said_and_ended_the_journal_shows_just_what_goes_on(
    journal: Journal, tmp_path: Path, steps: list[tuple[int, str, str]]
) -> None:
    going: dict[int, tuple[bytes, Slot]] = {}
    expected: dict[str, tuple[Any, list[Any]]] = {}
    for place, step, text in steps:
        if step == "begin" and place not in going:
            name = uuid7_ascii(1)
            going[place] = (name, begin(journal, name, text))
            expected[name.decode()] = (text, [])
        elif step == "chunk" and place in going:
            name, slot = going[place]
            going[place] = (name, journal.append(slot, name, orjson.dumps(text)))
            expected[name.decode()][1].append(text)
        elif step == "end" and place in going:
            name, slot = going.pop(place)
            journal.end(slot)
            del expected[name.decode()]
    if journal_files(tmp_path):
        assert shown(tmp_path) == expected
    for _, slot in going.values():
        journal.end(slot)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 700), junk=st.binary(max_size=50))
def test_wherever_a_journal_is_cut_the_calls_before_are_read(tmp_path: Path, cut: int, junk: bytes) -> None:
    names = [uuid7_ascii(1) for _ in range(3)]
    records = [
        b"\x1e%b %b\n%b 1\n%b 2\n" % (name, orjson.dumps({"id": name.decode(), "prompt": "p" * number * 50}), name, name)
        for number, name in enumerate(names)
    ]
    whole = b"".join(records)
    file = tmp_path / "cut.journal"
    file.write_bytes(whole[:cut] + junk.replace(b"\x1e", b""))
    calls, damaged = read_journal(file)
    ends = [sum(map(len, records[: number + 1])) for number in range(3)]
    complete = sum(end <= cut for end in ends)
    assert [call.id.encode() for call in calls[:complete]] == names[:complete]
    assert all(call.chunks[:2] == [1, 2] for call in calls[:complete])
    assert len(calls) + damaged <= complete + 1


@BOTH_WAYS
def test_the_file_grows_with_the_calls_that_go_on_at_once_and_not_with_their_number(journal: Journal, tmp_path: Path) -> None:
    def at_once(count: int) -> None:
        calls = [begin(journal, uuid7_ascii(1), "x" * 100) for _ in range(count)]
        for slot in calls:
            journal.end(slot)

    at_once(1_000)
    [file] = journal_files(tmp_path)
    size = file.stat().st_size
    assert size <= 1_000 * module._SMALLEST * 2
    for _ in range(20):
        at_once(1_000)
    assert file.stat().st_size == size


@BOTH_WAYS
def test_a_prompt_of_8_mb_is_kept_and_its_place_used_again(journal: Journal, tmp_path: Path) -> None:
    for _ in range(3):
        name = uuid7_ascii(1)
        slot = begin(journal, name, "x" * (8 << 20))
        assert shown(tmp_path) == {name.decode(): ("x" * (8 << 20), [])}
        journal.end(slot)
    assert journal_files(tmp_path)[0].stat().st_size <= 34 << 20


@BOTH_WAYS
def test_many_large_calls_take_few_handles_of_the_agent_s(journal: Journal) -> None:
    before = handles()
    calls = [begin(journal, uuid7_ascii(1), "x" * 300_000) for _ in range(200)]
    assert handles() - before <= 15
    for slot in calls:
        journal.end(slot)


@BOTH_WAYS
def test_a_stream_that_outgrows_its_place_again_and_again_is_whole(journal: Journal, tmp_path: Path) -> None:
    name = uuid7_ascii(1)
    slot = begin(journal, name)
    for number in range(3_000):
        slot = journal.append(slot, name, b'"piece %d"' % number)
    assert shown(tmp_path)[name.decode()][1] == [f"piece {number}" for number in range(3_000)]


@BOTH_WAYS
def test_half_a_chunk_does_not_go_on_as_what_stood_there_before(journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies between the stores of which a chunk consists: the journal is looked at before the last one."""
    old, new = uuid7_ascii(1), uuid7_ascii(1)
    slot = begin(journal, old)
    journal.end(journal.append(slot, old, b'"' + b"old " * 100 + b'"'))
    slot = begin(journal, new)
    seen: list[Any] = []
    real = os.pwrite

    class Watched:
        def __setitem__(self, place: Any, data: Any) -> None:
            pages[place] = data
            seen.append(shown(tmp_path))

    def watched(handle: int, data: bytes, place: int) -> int:
        done = real(handle, data, place)
        seen.append(shown(tmp_path))
        return done

    pages: Any = slot.pages
    if pages is None:
        monkeypatch.setattr(os, "pwrite", watched)
    else:
        slot.pages = Watched()  # type: ignore[assignment]
    journal.append(slot, new, b'"new"')
    assert [chunks for [(_, chunks)] in (each.values() for each in seen)] == [[]] * (len(seen) - 1) + [["new"]]
    assert len(seen) >= 2


@BOTH_WAYS
def test_a_disk_without_room_for_the_journal_is_said_once_and_costs_nothing_else(
    journal: Journal, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    kept = begin(journal, uuid7_ascii(1))
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, hard))
        records = [b"%b {}\n" % uuid7_ascii(1) for _ in range(100)]
        slots = [journal.begin(record) for record in records]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert None in slots
    assert len(caplog.records) == 1
    assert journal.begin(b"%b {}\n" % uuid7_ascii(1)) is not None, "there is room again"
    journal.end(kept)


def test_a_journal_that_could_not_be_made_is_tried_again(tmp_path: Path) -> None:
    now = [DAY_NS]
    in_the_way = tmp_path / "data"
    in_the_way.write_text("a file")
    journal = Journal(in_the_way, lambda: now[0])
    record = b"%b {}\n" % uuid7_ascii(1)
    assert journal.begin(record) is None
    in_the_way.unlink()
    now[0] += 2_000_000_000
    assert journal.begin(record) is not None
    assert len(journal_files(in_the_way)) == 1


@BOTH_WAYS
def test_after_a_journal_was_removed_the_next_calls_are_kept_in_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_place: tuple[str, ...]
) -> None:
    monkeypatch.setattr(module, "_IN_PLACE", in_place)
    now = [DAY_NS]
    writer = LogWriter(tmp_path, clock=Clock(lambda: now[0], lambda: 0.0))
    before = begin(writer.journal, uuid7_ascii(1))
    old = writer.journal
    shutil.rmtree(tmp_path / "log")
    now[0] += 1_000_000_000
    writer.write(b"1\n")
    name = uuid7_ascii(1)
    begin(writer.journal, name, "after")
    assert shown(tmp_path) == {name.decode(): ("after", [])}
    old.end(before)


CLOSES_ALL = """
import os, sys
from pathlib import Path
from agentlog._ids import uuid7_ascii
from agentlog.store import journal as module
from agentlog.store.journal import read_journal
from agentlog.store.layout import journal_files
from agentlog.store.writer import LogWriter
if sys.argv[2] == "written":
    module._IN_PLACE = ()
data, now = Path(sys.argv[1]), [10**18]
from agentlog._clock import Clock
writer = LogWriter(data / "data", clock=Clock(lambda: now[0], lambda: 0.0))

def begin(size):
    name = uuid7_ascii(1)
    return name, writer.journal, writer.journal.begin(b'%b {"id":"%b","prompt":"%b"}' % (name, name, b"x" * size), b"\\n")

going = [begin(10), begin(5000)]
writer.write(b"1\\n")
os.closerange(3, 64)  # as daemons do
theirs = [os.open(data / f"theirs-{n}", os.O_RDWR | os.O_CREAT) for n in range(20)]
for handle in theirs:
    os.write(handle, b"theirs")
now[0] += 10**9
for name, journal, slot in going:
    slot = journal.append(slot, name, b'"' + b"y" * 9000 + b'"')
    slot = journal.append(slot, name, b'"z"')
begin(1 << 20)
assert writer.write(b"2\\n")
name, journal, slot = begin(1 << 20)
assert slot is not None
shown = [call.id for file in journal_files(data / "data") for call in read_journal(file)[0]]
assert name.decode() in shown, shown
for call, journal_of, slot in going:
    journal_of.end(slot)
if (pid := os.fork()) == 0:
    assert writer.write(b"3\\n")
    os._exit(0 if [os.pread(handle, 100, 0) for handle in theirs] == [b"theirs"] * 20 else 1)
assert os.waitpid(pid, 0)[1] == 0
writer.close()
del writer, journal, journal_of, going
assert [os.pread(handle, 100, 0) for handle in theirs] == [b"theirs"] * 20
assert {os.fstat(handle).st_size for handle in theirs} == {6}
"""


@pytest.mark.parametrize("way", ["mapped", "written"])
def test_an_agent_that_closes_every_handle_and_opens_files_of_its_own_keeps_them_as_they_are(tmp_path: Path, way: str) -> None:
    done = subprocess.run([sys.executable, "-c", CLOSES_ALL, tmp_path, way], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), done.stderr


FORKS = """
import os, sys
from pathlib import Path
from agentlog._ids import uuid7_ascii
from agentlog.store.writer import LogWriter
writer = LogWriter(Path(sys.argv[1]))
name = uuid7_ascii(1)
journal = writer.journal
slot = journal.begin(b'%b {"id":"%b","prompt":"parent"}' % (name, name), b"\\n")
if sys.argv[2] == "closed":
    writer.close()  # the call goes on all the same
if os.fork() == 0:
    slot = journal.append(slot, name, b'"of the child"')
    journal.end(slot)
    sys.exit(0)
os.wait()
assert journal.append(slot, name, b'"of the parent"') is slot
os._exit(0)
"""


@pytest.mark.parametrize("first", ["open", "closed"])
def test_a_fork_neither_writes_to_its_parent_s_journal_nor_removes_it(tmp_path: Path, first: str) -> None:
    subprocess.run([sys.executable, "-c", FORKS, tmp_path, first], check=True, timeout=60)
    assert list(shown(tmp_path).values()) == [("parent", ["of the parent"])]


REENTERED = """
import gc, signal, sys
from pathlib import Path
from agentlog._ids import uuid7_ascii
from agentlog.store.journal import Journal, read_journal
from agentlog.store.layout import journal_files
journal, names = Journal(Path(sys.argv[1]), lambda: 1), []

def begin(*_):
    name = uuid7_ascii(1)
    assert journal.begin(b'%b {"id":"%b"}' % (name, name), b"\\n") is not None
    names.append(name.decode())

def handle(*_):
    begin()
    signal.setitimer(signal.ITIMER_REAL, 0.0005)

signal.signal(signal.SIGALRM, handle)
signal.setitimer(signal.ITIMER_REAL, 0.0005)

class Finaliser:
    def __init__(self):
        self.cycle = self
    __del__ = begin

gc.set_threshold(5)
for number in range(3_000):
    Finaliser()
    begin()
signal.setitimer(signal.ITIMER_REAL, 0)
gc.collect()
calls, damaged = read_journal(journal_files(Path(sys.argv[1]))[0])
assert damaged == 0
assert sorted(call.id for call in calls) == sorted(names)
assert len(names) >= 6_000
"""


def test_signal_handlers_and_finalisers_may_log_while_the_journal_grows(tmp_path: Path) -> None:
    """Two calls must not get the same place, and nobody may wait for himself."""
    subprocess.run([sys.executable, "-c", REENTERED, tmp_path], check=True, timeout=60)
