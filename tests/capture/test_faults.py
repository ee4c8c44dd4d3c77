"""What befalls a process while it logs: the agent goes on or ends as it would have, and every call is in the log, or recovered, once."""

import asyncio
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from agentlog import AgentLogger, log_interaction, read_interactions
from agentlog.capture.recover import recover
from agentlog.schema.interaction import Interaction
from agentlog.store import journal
from agentlog.store.layout import in_flight_folder, journal_files, log_files
from agentlog.testing import log_toy_session

PREPARED = """
import ctypes, faulthandler, os, signal, sys, threading
from agentlog import AgentLogger, log_interaction
log = AgentLogger(sys.argv[1])

@log_interaction(role="coder", logger=log)
def ask(prompt, do=lambda: None):
    do()
    return "answer"

@log_interaction(role="streamer", logger=log)
def stream(prompt):
    yield "one "
    yield "two "
    yield "three"

ask("before")
"""


def run(data: Path, code: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    """A process of its own that logs to this folder."""
    command = [sys.executable, "-c", PREPARED + textwrap.dedent(code), str(data)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **options)


def told(data: Path) -> dict[str, Interaction]:
    """Every interaction by its prompt; none may stand twice, no line may be unreadable."""
    log = read_interactions(data)
    found = list(log)
    assert log.skipped == []
    assert len({each.id for each in found}) == len(found)
    by_prompt = {each.messages[-1]["content"]: each for each in found}
    assert len(by_prompt) == len(found)
    return by_prompt


def status(interaction: Interaction) -> str | None:
    return interaction.execution_result.status if interaction.execution_result else None


DEATHS = {
    "_exit": ("os._exit(3)", 3),
    "abort": ("os.abort()", -signal.SIGABRT),
    "segfault": ("ctypes.string_at(0)", -signal.SIGSEGV),
    "killed": ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
    "terminated": ("os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
    "replaced": ("os.execv('/bin/true', ['true'])", 0),
}


@pytest.mark.parametrize("death", DEATHS)
@pytest.mark.parametrize("way", ["mapped", "written"])
def test_a_process_that_dies_in_a_call_leaves_it_to_be_recovered(tmp_path: Path, death: str, way: str) -> None:
    how, code = DEATHS[death]
    by_calls = "import agentlog.store.journal as j; j._IN_PLACE = (); log.close()" if way == "written" else ""
    end = f"ask('after', lambda: {how})"
    done = run(tmp_path, f"{by_calls}\npieces = stream('tell')\nnext(pieces), next(pieces)\n{end}\n")
    assert done.returncode == code, done.stderr
    assert set(told(tmp_path)) == {"before"}
    assert len(recover(tmp_path).calls) == 2
    found = told(tmp_path)
    assert set(found) == {"before", "tell", "after"}
    assert status(found["after"]) == status(found["tell"]) == "interrupted"
    assert found["tell"].model_output is not None
    assert found["tell"].model_output["content"] == "one two "
    assert journal_files(tmp_path) == []


ENDS = {
    "nothing in flight": ("", {"before": None}),
    "sys.exit": ("ask('exit', sys.exit)", {"before": None, "exit": "interrupted"}),
    "an exception": ("ask('raise', lambda: 1 / 0)", {"before": None, "raise": "error"}),
    "a logger that is dropped": ("del ask, stream, log", {"before": None}),
    "a finaliser that logs": (
        "class Last:\n    def __init__(self): self.ask = ask\n    def __del__(self): self.ask('last')\nlast = Last()",
        {"before": None, "last": None},
    ),
    "an exit function that logs": ("import atexit\natexit.register(ask, 'last')", {"before": None, "last": None}),
    "an earlier exit function that logs": ("import atexit\nlog.close()\natexit.register(ask, 'last')", {"before": None, "last": None}),
    "threads that go on": (
        "def work(n):\n    [ask(f'{n} {m}') for m in range(50)]\n[threading.Thread(target=work, args=(n,)).start() for n in range(4)]",
        {"before": None} | {f"{thread} {number}": None for thread in range(4) for number in range(50)},
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_process_that_ends_leaves_its_log_whole_and_no_journal(tmp_path: Path, end: str) -> None:
    code, expected = ENDS[end]
    done = run(tmp_path, code)
    assert "Exception ignored" not in done.stderr
    assert {prompt: status(each) for prompt, each in told(tmp_path).items()} == expected
    assert list(in_flight_folder(tmp_path).iterdir()) == []


@pytest.mark.parametrize(
    "left", ["pieces = stream('tell'); next(pieces)", "pieces = [stream('tell')]; pieces.append(pieces); next(pieces[0])"]
)
def test_a_stream_that_is_still_open_when_the_process_ends_is_logged_or_recovered(tmp_path: Path, left: str) -> None:
    """Python may close a generator at its end, or leave it as it is."""
    assert run(tmp_path, left).returncode == 0
    recover(tmp_path)
    stream = told(tmp_path)["tell"]
    assert status(stream) == "interrupted"
    assert stream.model_output is not None
    assert stream.model_output["content"] == "one "
    assert journal_files(tmp_path) == []


def test_a_thread_that_is_cut_off_in_a_call_keeps_the_journal(tmp_path: Path) -> None:
    code = """
    begun = threading.Event()
    threading.Thread(target=ask, args=("cut off", lambda: (begun.set(), threading.Event().wait())), daemon=True).start()
    begun.wait()
    """
    assert run(tmp_path, code).returncode == 0
    assert len(recover(tmp_path).calls) == 1
    assert status(told(tmp_path)["cut off"]) == "interrupted"


def test_a_process_with_threads_that_log_for_ever_ends(tmp_path: Path) -> None:
    """They are stopped in the middle of a write, and then a finaliser of the main thread logs."""
    code = """
    class Last:
        def __init__(self): self.ask = ask
        def __del__(self): self.ask("last")
    last = Last()
    def work(n):
        count = 0
        while True:
            ask(f"{n} {count} " + "x" * 200_000)
            count += 1
    for n in range(4):
        threading.Thread(target=work, args=(n,), daemon=True).start()
    import time
    time.sleep(0.1)
    """
    for number in range(5):
        done = run(tmp_path / str(number), code)
        assert done.returncode == 0, done.stderr


FORKS = """
read, write = os.pipe()
def fork():
    global pid
    pid = os.fork()
    if pid == 0:
        ask("of the child")
        {end}
    os.waitpid(pid, 0)
ask("forking", fork)
ask("after")
"""


@pytest.mark.parametrize(
    ("end", "expected"),
    [("os._exit(0)", []), ("sys.exit(0)", ["interrupted"]), ("return", [None]), ("raise RuntimeError('child')", ["error"])],
)
def test_a_call_in_which_a_process_forks_is_one_call_and_its_child_s_another(tmp_path: Path, end: str, expected: list[str | None]) -> None:
    done = run(tmp_path, FORKS.replace("{end}", end))
    assert done.returncode == 0, done.stderr
    log = read_interactions(tmp_path)
    found = list(log)
    assert log.skipped == []
    [parent] = [each for each in found if each.messages[-1]["content"] == "forking" and "forked_from" not in each.metadata]
    assert status(parent) is None
    assert parent.model_output is not None
    [within] = [each for each in found if each.messages[-1]["content"] == "of the child"]
    assert within.parent_id == parent.id
    childs = [each for each in found if "forked_from" in each.metadata]
    assert [each.metadata["forked_from"] for each in childs] == [parent.id] * len(expected)
    assert [status(each) for each in childs] == expected
    recover(tmp_path)
    assert len(list(read_interactions(tmp_path))) == len(found), "nothing was in flight"


def work(data: str, name: str) -> str:
    """What a worker process does."""
    log = AgentLogger(data)
    return log_interaction(role="worker", logger=log)(lambda prompt: prompt * 2)(name)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_multiprocessing_leave_no_journal_behind(tmp_path: Path, method: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    log = AgentLogger(tmp_path)
    context = multiprocessing.get_context(method)
    with log.interaction(role="coordinator", prompt="all"):
        processes = [context.Process(target=work, args=(str(tmp_path), f"p{number}")) for number in range(3)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    log.close()
    assert set(told(tmp_path)) == {"all", "p0", "p1", "p2"}
    assert journal_files(tmp_path) == []


def test_a_pool_of_processes_that_use_the_parent_s_logger_loses_nothing(tmp_path: Path) -> None:
    global pooled
    log = AgentLogger(tmp_path)
    pooled = log_interaction(role="worker", logger=log)(lambda prompt: prompt * 2)
    pooled("parent")
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("fork")) as pool:
        assert list(pool.map(in_pool, [f"job {number}" for number in range(40)], timeout=60)) == [f"job {n}" * 2 for n in range(40)]
    log.close()
    assert set(told(tmp_path)) == {"parent", *(f"job {number}" for number in range(40))}
    assert journal_files(tmp_path) == []


pooled: Any = None


def in_pool(prompt: str) -> Any:
    return pooled(prompt)


def test_forks_under_load_do_not_hang_and_lose_nothing(tmp_path: Path) -> None:
    code = """
    stop = threading.Event()
    counts = [0] * 4
    def work(n):
        while not stop.is_set():
            ask(f"{n} {counts[n]}")
            counts[n] += 1
    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    [thread.start() for thread in threads]
    for child in range(30):
        pid = os.fork()
        if pid == 0:
            signal.alarm(30)
            for number in range(5):
                ask(f"child {child} {number}")
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0
    stop.set()
    [thread.join() for thread in threads]
    print(sum(counts))
    """
    done = run(tmp_path, code)
    assert done.returncode == 0, done.stderr
    assert len(told(tmp_path)) == 1 + 30 * 5 + int(done.stdout)


def test_a_thousand_calls_of_tasks_at_once_are_all_in_the_journal_and_then_in_the_log(tmp_path: Path) -> None:
    log = AgentLogger(tmp_path)

    async def use() -> None:
        go, arrived = asyncio.Event(), []

        @log_interaction(role="coder", logger=log)
        async def ask(prompt: str) -> str:
            arrived.append(prompt)
            await go.wait()
            return prompt

        tasks = [asyncio.create_task(ask(f"task {number}")) for number in range(1_000)]
        while len(arrived) < 1_000:
            await asyncio.sleep(0)
        [file] = journal_files(tmp_path)
        assert len(journal.read_journal(file)[0]) == 1_000
        go.set()
        await asyncio.gather(*tasks)
        assert journal.read_journal(file) == ([], 0)

    asyncio.run(use())
    assert len(told(tmp_path)) == 1_000
    log.close()
    assert journal_files(tmp_path) == []


def test_closing_a_logger_while_calls_are_in_flight_loses_none(tmp_path: Path) -> None:
    log = AgentLogger(tmp_path)
    with log.interaction(role="r", prompt="outer") as outer:
        log.close()
        with log.interaction(role="r", prompt="inner") as inner:
            log.close()
            inner.output = "inner"
        outer.output = "outer"
        assert len(journal_files(tmp_path)) >= 1
    log.close()
    assert {prompt: each.model_output and each.model_output["content"] for prompt, each in told(tmp_path).items()} == {
        "outer": "outer",
        "inner": "inner",
    }
    del outer, inner
    assert journal_files(tmp_path) == []


def test_a_full_disk_loses_what_it_must_and_the_log_says_how_much(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    log = AgentLogger(tmp_path)
    ask = log_interaction(role="coder", logger=log)(lambda prompt: "answer " * 50)
    ask("first")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, hard))
        assert {ask(f"call {number}") for number in range(50)} == {"answer " * 50}
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    ask("last")
    reading = read_interactions(tmp_path)
    there = {each.messages[-1]["content"] for each in reading}
    stats = log.stats()
    assert {"first", "last"} <= there
    assert stats.submitted == 52 == stats.written + stats.lost
    assert len(there) == stats.written
    assert reading.lost == stats.lost > 0
    assert len([record for record in caplog.records if "could not be logged" in record.message]) == 1


def test_two_loggers_of_one_folder_do_not_meet(tmp_path: Path) -> None:
    one, two = AgentLogger(tmp_path), AgentLogger(tmp_path)
    with one.interaction(role="r", prompt="one"), two.interaction(role="r", prompt="two"):
        assert len(journal_files(tmp_path)) == 2
    found = told(tmp_path)
    assert found["two"].parent_id == found["one"].id
    one.close()
    two.close()
    assert journal_files(tmp_path) == []


def test_switched_off_a_process_leaves_no_trace_whatever_it_does(tmp_path: Path) -> None:
    done = run(tmp_path / "data", "next(stream('x')); os.fork(); ask('y')", env={**os.environ, "AGENTLOG_DISABLED": "1"})
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "data").exists()


def test_a_home_that_cannot_be_written_to_hurts_no_agent(tmp_path: Path) -> None:
    """A file where the folder should be: root may write to folders without permission."""
    (tmp_path / "home").write_text("in the way")
    done = run(tmp_path / "home" / "data", "assert ask('x') == 'answer'; assert list(stream('y'))[-1] == 'three'; print(log.stats().lost)")
    assert (done.returncode, done.stdout) == (0, "3\n")
    assert done.stderr.count("could not be logged") == 1
    assert "Traceback" not in done.stderr


def test_a_default_logger_without_a_working_directory_hurts_no_agent(tmp_path: Path) -> None:
    code = """
    os.mkdir("gone"); os.chdir("gone"); os.rmdir("../gone")
    print(log_interaction(role="r")(lambda prompt: "fine")("x"))
    """
    done = run(tmp_path / "data", code, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "fine\n"), done.stderr


def test_a_relative_folder_is_where_the_agent_was_when_it_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    log = AgentLogger("data")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    log_toy_session(log)
    assert len(list(read_interactions(tmp_path / "data"))) == 3
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_ctrl_c_at_any_moment_leaves_no_call_open_and_tears_no_line(tmp_path: Path) -> None:
    code = """
    from agentlog.capture.context import here
    outside, armed, count, interrupted = here.get(), [False], 0, 0
    def interrupt(*_):
        signal.setitimer(signal.ITIMER_REAL, 0.0005)
        if armed[0]:
            armed[0] = False
            raise KeyboardInterrupt
    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.0005)
    while count < 5_000:
        count += 1
        try:
            armed[0] = True
            ask(f"call {count}")
            armed[0] = False
        except KeyboardInterrupt:
            interrupted += 1
        assert here.get() is outside, count
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert interrupted > 10
    print(interrupted)
    """
    done = run(tmp_path, code)
    assert done.returncode == 0, done.stderr
    recover(tmp_path)
    log = read_interactions(tmp_path)
    found = [each.messages[-1]["content"] for each in log]
    assert {bad.reason for bad in log.skipped} <= {"the file is empty"}
    assert len(found) == len(set(found))
    missing = {"before", *(f"call {number}" for number in range(1, 5_001))} - set(found)
    assert len(missing) <= int(done.stdout), "a call may have been interrupted before it began"


def test_calls_that_are_ended_by_several_threads_stand_once(tmp_path: Path) -> None:
    log = AgentLogger(tmp_path)
    for number in range(50):
        with log.interaction(role="r", prompt=str(number)) as call:
            threads = [threading.Thread(target=call.end) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert len(told(tmp_path)) == 50
    assert sum(file.read_bytes().count(b"\n") for file in log_files(tmp_path)) == 50
