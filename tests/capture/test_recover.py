"""Recovery: what a killed process had begun is in the log afterwards, once, as far as it had come."""

import fcntl
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentlog._ids import uuid7
from agentlog.capture.recover import Recovered, recover
from agentlog.errors import LogError
from agentlog.schema.interaction import Interaction
from agentlog.store.layout import in_flight_folder, journal_files, log_files, log_folder, new_journal_file, set_aside_folder
from agentlog.store.reader import read_interactions

NOTHING_YET = {"parent_id": None, "task_id": None, "task_type": None, "task_description": None, "tools": [], "params": {}, "metadata": {}}
PROMPT = [{"role": "user", "content": "How much is 1 + 1?"}]


def head(name: str, **fields: Any) -> dict[str, Any]:
    """What is known of a call when it begins."""
    begun = {"event": "interaction", "schema_version": 1, "id": name, "timestamp": "2026-11-20T17:00:00.000000Z", "session_id": None}
    return begun | NOTHING_YET | {"agent_role": "coder", "messages": PROMPT, "model": {"name": None}} | fields


def record(head: dict[str, Any], *chunks: Any) -> bytes:
    """A call as it stands in a journal."""
    name = head["id"].encode()
    parts = [b"\x1e%b %b\n" % (name, orjson.dumps(head)), *(b"%b %b\n" % (name, orjson.dumps(chunk)) for chunk in chunks)]
    return b"".join(parts)


def write_journal(data: Path, content: bytes) -> Path:
    log_folder(data).mkdir(parents=True, exist_ok=True)
    file = new_journal_file(data, 0)
    file.write_bytes(content)
    return file


def read(data: Path) -> dict[str, Interaction]:
    log = read_interactions(data)
    found = {each.id: each for each in log}
    assert log.skipped == []
    return found


def lines(data: Path) -> list[str]:
    """The id of every interaction as often as it stands in the log."""
    return [orjson.loads(raw)["id"] for file in log_files(data) for raw in file.read_bytes().splitlines()]


@contextmanager
def running(code: str, data: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """A process that runs this code until it says something, or until the block ends."""
    command = [sys.executable, "-c", code, str(data), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline(), "the process ended before it came so far"
            yield process
        finally:
            process.kill()


IN_A_CALL = """
import sys
from agentlog import AgentLogger
log = AgentLogger(sys.argv[1])
with log.session("ticket", task_id="t-1"):
    for number in range(3):
        with log.interaction(role="coder", prompt=f"ended {number}") as call:
            call.output = "done"
    with log.interaction(role="coordinator", prompt="x" * 5000, model="big", metadata={"attempt": 2}) as outer:
        with log.interaction(role="coder", prompt="inner", tools=[{"type": "function", "function": {"name": "run"}}]) as inner:
            print(outer.id, inner.id, flush=True)
            sys.stdin.read()
"""


def test_calls_in_flight_when_the_process_was_killed_are_in_the_log_as_interrupted(tmp_path: Path) -> None:
    with running(IN_A_CALL, tmp_path):
        pass
    assert len(read(tmp_path)) == 3
    report = recover(tmp_path)
    assert (report.journals, report.running, report.damaged) == (1, [], 0)
    assert sorted(call.role for call in report.calls) == ["coder", "coordinator"]
    found = read(tmp_path)
    assert len(found) == 5
    outer, inner = sorted((found[call.id] for call in report.calls), key=lambda each: each.agent_role, reverse=True)
    assert outer.messages == [{"role": "user", "content": "x" * 5000}]
    assert (outer.session_id, outer.task_id, outer.model.name, outer.model_output) == ("ticket", "t-1", "big", None)
    assert outer.metadata == {"attempt": 2, "recovered": True, "chunks": 0}
    assert outer.execution_result is not None
    assert (outer.execution_result.status, outer.execution_result.error["type"]) == ("interrupted", "ProcessDied")
    assert inner.parent_id == outer.id
    assert inner.tools == [{"type": "function", "function": {"name": "run"}}]
    assert journal_files(tmp_path) == []


STREAM = """
import sys
from agentlog import AgentLogger, log_interaction
log = AgentLogger(sys.argv[1])

@log_interaction(role="coder", logger=log)
def stream(prompt):
    for number in range(100):
        if sys.argv[2] == "text":
            yield f"piece {number} "
        else:
            yield {"model": "streamer", "choices": [{"index": 0, "delta": {"content": f"piece {number} "}}]}

for number, piece in enumerate(stream("tell me")):
    if number == 41:
        print(flush=True)
        sys.stdin.read()
"""


@pytest.mark.parametrize(("kind", "model"), [("text", None), ("openai", "streamer")])
def test_a_stream_is_recovered_up_to_the_last_chunk(tmp_path: Path, kind: str, model: str | None) -> None:
    with running(STREAM, tmp_path, kind):
        pass
    [call] = recover(tmp_path).calls
    told = read(tmp_path)[call.id]
    assert call.chunks == 42
    assert told.model_output is not None
    assert told.model_output["content"] == "".join(f"piece {number} " for number in range(42))
    assert told.model.name == model
    assert told.metadata["chunks"] == 42


def test_the_journal_of_a_process_that_lives_is_left_alone(tmp_path: Path) -> None:
    with running(IN_A_CALL, tmp_path) as process:
        report = recover(tmp_path)
        assert report.running == journal_files(tmp_path)
        assert report.calls == []
        process.communicate("", timeout=60)
    assert process.returncode == 0
    assert len(read(tmp_path)) == 5
    assert recover(tmp_path) == Recovered()


def test_recovering_again_does_nothing(tmp_path: Path) -> None:
    with running(IN_A_CALL, tmp_path):
        pass
    recover(tmp_path)
    before = {file: file.read_bytes() for file in log_files(tmp_path)}
    assert recover(tmp_path) == Recovered()
    assert {file: file.read_bytes() for file in log_files(tmp_path)} == before


# The command is killed for real at the given step; each step is a call that changes something on the disk.
KILLED = """
import os, signal, sys
from agentlog._io import atomic
from agentlog.capture import recover

def dying(home, name, first):
    do = getattr(home, name)
    def die(*args, **kwargs):
        if first:
            os.kill(os.getpid(), signal.SIGKILL)
        do(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(home, name, die)

homes = {"write_file": recover, "fsync": atomic.os, "replace": atomic.Path, "unlink": recover.Path, "rename": recover.Path}
dying(homes[sys.argv[2]], sys.argv[2], sys.argv[3] == "before")
recover.recover(sys.argv[1])
"""
STEPS = [(step, side) for step in ("write_file", "fsync", "replace", "unlink") for side in ("before", "after")]


@pytest.mark.parametrize(("step", "side"), STEPS)
def test_killed_at_any_step_nothing_is_lost_and_nothing_stands_twice(tmp_path: Path, step: str, side: str) -> None:
    names = [uuid7() for _ in range(3)]
    write_journal(tmp_path, b"".join(record(head(name), "a", "b") for name in names))
    done = subprocess.run([sys.executable, "-c", KILLED, tmp_path, step, side], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert lines(tmp_path) == names or journal_files(tmp_path), "in between"
    recover(tmp_path)
    assert lines(tmp_path) == names
    assert journal_files(tmp_path) == []


def test_two_runs_at_once_do_it_once(tmp_path: Path) -> None:
    names = [uuid7() for _ in range(20)]
    for name in names:
        write_journal(tmp_path, record(head(name), "a"))
    code = "import sys; from agentlog.capture.recover import recover; print(len(recover(sys.argv[1]).calls))"
    runs = [subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    done = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert sum(map(int, done)) == 20
    assert sorted(lines(tmp_path)) == sorted(names)


def test_a_damaged_record_is_set_aside_with_its_journal_and_costs_no_other(tmp_path: Path) -> None:
    whole, broken, odd = uuid7(), uuid7(), uuid7()
    content = record(head(broken))[:90] + record(head(whole), "a") + record(head(odd, messages="no list"))
    journal = write_journal(tmp_path, content)
    report = recover(tmp_path)
    assert [call.id for call in report.calls] == [whole]
    assert report.damaged == 2
    assert report.set_aside == [set_aside_folder(tmp_path) / journal.name]
    assert report.set_aside[0].read_bytes() == content
    assert recover(tmp_path) == Recovered()
    assert lines(tmp_path) == [whole]


def test_an_empty_journal_is_left_to_the_process_that_may_be_about_to_hold_it(tmp_path: Path) -> None:
    journal = write_journal(tmp_path, b"")
    assert recover(tmp_path) == Recovered()
    assert journal.exists()


def test_chunks_that_make_no_answer_are_kept_as_text(tmp_path: Path) -> None:
    chunks = [{"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"name": 7}}]}}]}, {"choices": 3}, None]
    write_journal(tmp_path, record(head(name := uuid7()), *chunks))
    recover(tmp_path)
    output = read(tmp_path)[name].model_output
    assert output is not None
    assert orjson.loads(str(output["content"])) == chunks


def test_what_is_left_of_older_records_is_not_read(tmp_path: Path) -> None:
    """A place in a journal is used again without being cleared."""
    old, new, moved = uuid7(), uuid7(), uuid7()
    longer, shorter = record(head(old), *("x" * 50 for _ in range(20))), record(head(new), "new")
    twice = record(head(moved), "a") + record(head(moved), "a", "b")
    write_journal(tmp_path, shorter + longer[len(shorter) :] + b"\0" * 500 + twice)
    report = recover(tmp_path)
    assert report.damaged == 0
    assert {call.id: call.chunks for call in report.calls} == {new: 1, moved: 2}


def test_a_call_whose_line_is_torn_has_not_ended(tmp_path: Path) -> None:
    day = log_folder(tmp_path) / "2026-11-20"
    day.mkdir(parents=True)
    ended, torn = uuid7(), uuid7()
    line = orjson.dumps(head(ended, model_output={"role": "assistant", "content": "done"}))
    (day / "a.jsonl").write_bytes(line + b"\n" + line.replace(ended.encode(), torn.encode())[:-20])
    write_journal(tmp_path, record(head(ended)) + record(head(torn)))
    report = recover(tmp_path)
    assert [call.id for call in report.calls] == [torn]
    assert report.ended == 1


def test_a_log_that_cannot_be_written_leaves_the_journal_as_it_is(tmp_path: Path) -> None:
    journal = write_journal(tmp_path, record(head(uuid7())))
    code = "import sys, resource as r, signal; from agentlog.capture.recover import recover; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
    code += "r.setrlimit(r.RLIMIT_FSIZE, (100, 100)); recover(sys.argv[1])"
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=False, timeout=60)
    assert "LogError" in done.stderr
    assert journal_files(tmp_path) == [journal]
    assert log_files(tmp_path) == []
    assert len(recover(tmp_path).calls) == 1


def test_a_place_without_a_log_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="there is no log at"):
        recover(tmp_path / "nothing")


def test_a_log_without_journals_has_nothing_to_recover(tmp_path: Path) -> None:
    assert recover(tmp_path) == Recovered()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(streams=st.lists(st.lists(json_values, max_size=4), max_size=4), junk=st.binary(max_size=40), cut=st.integers(0, 60))
def test_whatever_chunks_are_and_wherever_the_last_record_is_torn_each_call_is_recovered_once_or_counted(
    tmp_path: Path, streams: list[list[Any]], junk: bytes, cut: int
) -> None:
    names = [uuid7() for _ in streams]
    content = b"".join(
        record(head(name), *chunks) + b"\0" + junk.replace(b"\x1e", b"") for name, chunks in zip(names, streams, strict=True)
    )
    for old in (*log_files(tmp_path), *in_flight_folder(tmp_path).rglob("*.journal")):
        old.unlink()
    write_journal(tmp_path, content[: len(content) - cut] or b"\0")
    report = recover(tmp_path)
    told = [call.id for call in report.calls]
    assert len(told) + report.damaged <= len(names)
    assert told[: len(names) - 1] == names[:-1] or cut
    assert sorted(lines(tmp_path)) == sorted(told)
    assert set(read(tmp_path)) == set(told)


def test_a_journal_that_is_held_by_another_recovery_is_left_alone(tmp_path: Path) -> None:
    journal = write_journal(tmp_path, record(head(uuid7())))
    with journal.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert recover(tmp_path).running == [journal]
    assert len(recover(tmp_path).calls) == 1
    assert list(in_flight_folder(tmp_path).iterdir()) == []


FORKED_IN_A_CALL = """
import os, sys
from agentlog import AgentLogger
log = AgentLogger(sys.argv[1])
with log.interaction(role="coder", prompt="parent") as call:
    if os.fork() == 0:
        print(call.id, flush=True)
        sys.stdin.read()
        os._exit(0)
    os.wait()
"""


def test_a_child_that_lives_on_does_not_keep_the_calls_of_its_killed_parent_from_recovery(tmp_path: Path) -> None:
    with running(FORKED_IN_A_CALL, tmp_path) as parent:
        parent.kill()
        parent.wait()
        assert len(recover(tmp_path).calls) == 1
        assert parent.stdin is not None
        parent.stdin.close()


BUSY = """
import os, sys, threading
from agentlog import AgentLogger, log_interaction
log = AgentLogger(sys.argv[1], rotate_bytes=50_000)

@log_interaction(role="streamer", logger=log)
def stream(prompt, count):
    for number in range(count):
        yield f"{number} "

def work(worker):
    for number in range(100_000):
        with log.interaction(role="coder", prompt=f"{worker} {number} " + "x" * (number * 37 % 9000)) as call:
            os.write(1, f"{call.id}\\n".encode())
            for piece in stream(f"{worker} {number}", number % 20):
                pass
            call.output = "done"

for worker in range(4):
    threading.Thread(target=work, args=(worker,)).start()
"""


@pytest.mark.parametrize("begun", [1, 30, 200, 400])
def test_of_a_busy_process_killed_at_any_moment_every_call_that_began_stands_in_the_log_once(tmp_path: Path, begun: int) -> None:
    with subprocess.Popen([sys.executable, "-c", BUSY, tmp_path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        names = [process.stdout.readline().strip() for _ in range(begun)]
        process.kill()
        names += process.stdout.read().split()
    report = recover(tmp_path)
    log = read_interactions(tmp_path)
    found = {each.id: each for each in log}
    assert set(names) <= set(found)
    assert len(log.skipped) <= 1, "at most the line that was being written is torn"
    assert report.damaged == 0
    assert len(report.calls) <= 8, "a call and a stream within it for each of four threads"
    for call in report.calls:
        told = found[call.id]
        assert told.execution_result is not None
        assert told.execution_result.status == "interrupted"
        if told.agent_role == "streamer" and told.model_output is not None:
            assert told.model_output["content"] == "".join(f"{number} " for number in range(call.chunks))
    assert {each.id for each in found.values() if each.metadata.get("recovered")} == {call.id for call in report.calls}
