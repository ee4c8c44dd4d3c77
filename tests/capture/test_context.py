"""Where calls belong: sessions and parents travel with tasks, threads, pools and processes, and with nothing else."""

import asyncio
import contextvars
import gc
import inspect
import multiprocessing
import pickle
import sys
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from agentlog import AgentLogger, log_interaction, read_interactions
from agentlog.capture.context import here


class Team:
    """Agents that log to a logger: an outer one, within a session, that asks inner ones by a way of its own."""

    def __init__(self, caught: Any) -> None:
        self.caught, self.logger = caught, caught.logger
        log = log_interaction("inner", logger=self.logger)
        self.ask = log(self._ask)
        self.ask_async = log(self._ask_async)

    def _ask(self, prompt: str) -> str:
        return prompt

    async def _ask_async(self, prompt: str) -> str:
        await asyncio.sleep(0)
        return prompt

    def belongs(self) -> None:
        """Every inner call belongs to the outer one and to its session; the place is left when all is done."""
        *inner, outer = self.caught.events
        assert inner
        assert {(event["parent_id"], event["session_id"]) for event in inner} == {(outer["id"], "s")}
        assert (outer["agent_role"], outer["parent_id"]) == ("outer", None)


@pytest.fixture
def team(caught: Any) -> Any:
    before = here.get()
    yield Team(caught)
    assert here.get() is before


def in_a_pool(team: Team) -> None:
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(team.logger.carry(team.ask), "abcd")) == list("abcd")


def in_a_thread_with_the_context(team: Team) -> None:
    thread = threading.Thread(target=contextvars.copy_context().run, args=(team.ask, "a"))
    thread.start()
    thread.join()


def in_a_loop_in_a_thread(team: Team) -> None:
    thread = threading.Thread(target=team.logger.carry(lambda: asyncio.run(team.ask_async("a"))))
    thread.start()
    thread.join()


def in_a_loop_in_a_thread_that_awaits(team: Team) -> None:
    ask = team.logger.carry(team.ask_async)
    assert inspect.iscoroutinefunction(ask)
    thread = threading.Thread(target=lambda: asyncio.run(ask("a")))
    thread.start()
    thread.join()


async def in_tasks(team: Team) -> None:
    await asyncio.gather(*(team.ask_async(each) for each in "ab"), asyncio.create_task(team.ask_async("c")))


async def in_a_task_group(team: Team) -> None:
    async with asyncio.TaskGroup() as group:
        for each in "ab":
            group.create_task(team.ask_async(each))


async def to_a_thread(team: Team) -> None:
    assert await asyncio.to_thread(team.ask, "a") == "a"


async def in_an_executor(team: Team) -> None:
    assert await asyncio.get_running_loop().run_in_executor(None, team.logger.carry(team.ask), "a") == "a"


async def shielded_and_waited_for(team: Team) -> None:
    assert await asyncio.wait_for(asyncio.shield(team.ask_async("a")), 60) == "a"


async def in_another_task_later(team: Team) -> None:
    coroutine = team.ask_async("a")
    await asyncio.sleep(0)
    assert await asyncio.create_task(coroutine) == "a"


WAYS = [in_a_pool, in_a_thread_with_the_context, in_a_loop_in_a_thread, in_a_loop_in_a_thread_that_awaits]
ASYNC_WAYS = [in_tasks, in_a_task_group, to_a_thread, in_an_executor, shielded_and_waited_for, in_another_task_later]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_calls_in_threads_have_their_parent_and_session(team: Any, way: Any) -> None:
    with team.logger.session("s"):
        log_interaction("outer", logger=team.logger)(way)(team)
    team.belongs()


@pytest.mark.parametrize("way", ASYNC_WAYS, ids=lambda way: way.__name__)
def test_calls_in_tasks_have_their_parent_and_session(team: Any, way: Any) -> None:
    with team.logger.session("s"):
        asyncio.run(log_interaction("outer", logger=team.logger)(way)(team))
    team.belongs()


def test_a_thread_that_nothing_was_given_to_belongs_nowhere(team: Any, caught: Any) -> None:
    with caught.logger.session("s"), ThreadPoolExecutor(1) as pool:
        pool.submit(team.ask, "a").result()
    assert caught.events[0]["session_id"] is None


async def never_ending(started: asyncio.Event) -> None:
    started.set()
    await asyncio.Event().wait()


def test_a_call_that_takes_too_long_is_interrupted_and_the_timeout_comes_out(caught: Any) -> None:
    async def use() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(log_interaction("r", logger=caught.logger)(never_ending)(asyncio.Event()), 0.01)

    asyncio.run(use())
    assert caught.events[0]["execution_result"]["status"] == "interrupted"


def test_a_task_group_that_fails_cancels_its_calls_and_the_group_comes_out(caught: Any) -> None:
    wait, failure = log_interaction("r", logger=caught.logger)(never_ending), ValueError("one of them")

    async def fail(started: asyncio.Event) -> None:
        await started.wait()
        raise failure

    @log_interaction("r", logger=caught.logger)
    async def use() -> None:
        async with asyncio.TaskGroup() as group:
            started = asyncio.Event()
            group.create_task(wait(started))
            group.create_task(fail(started))

    with pytest.raises(ExceptionGroup) as raised:
        asyncio.run(use())
    assert raised.value.exceptions == (failure,)
    inner, outer = caught.events
    assert (inner["execution_result"]["status"], inner["parent_id"]) == ("interrupted", outer["id"])
    assert outer["execution_result"]["status"] == "error"
    assert outer["execution_result"]["error"]["type"] == "ExceptionGroup"


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), asyncio.CancelledError(), StopIteration(5)])
@pytest.mark.parametrize("kind", ["function", "coroutine", "generator", "block"])
def test_what_ends_a_program_ends_it_still(caught: Any, error: BaseException, kind: str) -> None:
    def fail() -> None:
        raise error

    async def fail_async() -> None:
        raise error

    def fail_in_generator() -> Any:
        yield from ()
        raise error

    def fail_in_block() -> None:
        with caught.logger.interaction(role="r", prompt="p"):
            raise error

    log = log_interaction("r", logger=caught.logger)
    ways = {
        "function": log(fail),
        "coroutine": lambda: log(fail_async)().send(None),
        "generator": lambda: next(log(fail_in_generator)()),
        "block": fail_in_block,
    }
    # Python itself makes another error of a StopIteration that comes out of a coroutine, a generator or a block.
    translated = isinstance(error, StopIteration) and kind in ("coroutine", "generator")
    with pytest.raises(RuntimeError if translated else type(error)) as raised:
        ways[kind]()
    assert (raised.value.__cause__ if translated else raised.value) is error
    status = "error" if isinstance(error, StopIteration) else "interrupted"
    assert [event["execution_result"]["status"] for event in caught.events] == [status]


def test_a_coroutine_that_is_never_awaited_was_never_called(caught: Any) -> None:
    coroutine = log_interaction("r", logger=caught.logger)(never_ending)(asyncio.Event())
    with pytest.warns(RuntimeWarning, match="never_ending' was never awaited"):
        del coroutine
    assert caught.events == []


def test_a_coroutine_that_is_forgotten_leaves_the_place_of_whoever_collects_it_alone(caught: Any) -> None:
    class Pending:
        def __await__(self) -> Any:
            yield

    @log_interaction("r", logger=caught.logger)
    async def wait() -> None:
        async with caught.logger.session("its own"):
            with caught.logger.interaction(role="within", prompt="p"):
                await Pending()

    coroutine = wait()
    contextvars.copy_context().run(coroutine.send, None)
    with caught.logger.session("somebody else's"):
        place = here.get()
        del coroutine
        gc.collect()
        assert here.get() is place
    assert [event["execution_result"]["status"] for event in caught.events] == ["interrupted", "interrupted"]
    assert [event["session_id"] for event in caught.events] == ["its own", None]


def test_one_session_may_be_open_in_several_tasks_at_once(caught: Any) -> None:
    log, session = caught.logger, caught.logger.session("shared")

    async def work(name: str, entered: asyncio.Event, leave: asyncio.Event) -> None:
        with log.interaction(role=name, prompt="p") as outer:
            with session:
                entered.set()
                await leave.wait()
            with log.interaction(role="after", prompt="p", metadata={"expected": outer.id}):
                pass

    async def use() -> None:
        steps = [asyncio.Event() for _ in range(4)]
        first = asyncio.create_task(work("a", steps[0], steps[1]))
        await steps[0].wait()
        second = asyncio.create_task(work("b", steps[2], steps[3]))
        await steps[2].wait()
        steps[1].set()
        await first
        steps[3].set()
        await second

    asyncio.run(use())
    after = [event for event in caught.events if event["agent_role"] == "after"]
    assert [event["parent_id"] for event in after] == [event["metadata"]["expected"] for event in after]


def ask_in_another_process(log: AgentLogger, prompt: str) -> str:
    with log.interaction(role="worker", prompt=prompt) as call:
        call.output = prompt
    return call.id


@pytest.mark.parametrize("way", ["fork", "spawn", "forkserver"])
def test_workers_of_every_kind_log_by_a_logger_that_was_sent_to_them(tmp_path: Path, way: str) -> None:
    log = AgentLogger(tmp_path, rotate_bytes=1 << 20)
    with ProcessPoolExecutor(2, multiprocessing.get_context(way)) as pool, log.session("s"):
        ids = list(pool.map(ask_in_another_process, [log] * 4, "abcd"))
    found = {each.id: each for each in read_interactions(tmp_path)}
    assert sorted(found) == sorted(ids)
    assert sorted(each.messages[0]["content"] for each in found.values()) == list("abcd")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_fork_within_a_call_belongs_to_it(tmp_path: Path) -> None:
    log = AgentLogger(tmp_path)
    with log.session("s"), log.interaction(role="outer", prompt="p") as outer:
        worker = multiprocessing.get_context("fork").Process(target=ask_in_another_process, args=(log, "forked"))
        worker.start()
        worker.join(60)
    by_role = {each.agent_role: each for each in read_interactions(tmp_path)}
    assert (by_role["worker"].parent_id, by_role["worker"].session_id) == (outer.id, "s")


def test_a_logger_that_was_sent_elsewhere_has_the_same_settings(tmp_path: Path) -> None:
    log = AgentLogger(tmp_path, enabled=False, sample={"coder": 0.5})
    sent: AgentLogger = pickle.loads(pickle.dumps(log))
    assert (sent.data, sent.enabled) == (log.data, False)
