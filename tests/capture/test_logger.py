"""AgentLogger: sessions, calls, results, feedback, wrapped executors, and its silence when something is wrong."""

import asyncio
import inspect
import threading
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest

from agentlog import AgentLogger, read_interactions
from agentlog.errors import SettingError
from agentlog.testing import log_toy_session

CHAT = [{"role": "user", "content": "hi"}]


def test_what_is_logged_is_read_back_joined(tmp_path: Path) -> None:
    log = AgentLogger(tmp_path)
    with log.session("ticket", task_id="t") as session, log.interaction(role="coder", messages=CHAT, model="m") as call:
        call.output = "hello"
        call.usage = {"prompt_tokens": 3, "completion_tokens": 4}
    assert log.result(call.id, status="success", tests_passed=True, review_score=4.5, lines=3)
    assert log.feedback(call.id, rating=5, comments="good", corrections=None, reviewer="ana")
    [read] = read_interactions(tmp_path)
    assert (read.id, read.session_id, read.task_id) == (call.id, session.id, "t")
    assert read.model_output == {"role": "assistant", "content": "hello", "tool_calls": []}
    assert read.usage is not None
    assert (read.usage.input_tokens, read.usage.output_tokens) == (3, 4)
    assert read.execution_result is not None
    assert read.execution_result.model_dump() == {"status": "success", "tests_passed": True, "review_score": 4.5, "error": None, "lines": 3}
    assert read.human_feedback is not None
    assert read.human_feedback.rating == 5
    assert log.stats() == (3, 3, 0)


def test_a_session_gets_an_id_of_its_own_and_ends(caught: Any) -> None:
    with caught.logger.session() as session:
        log_one(caught.logger)
    log_one(caught.logger)
    assert [event["session_id"] for event in caught.events] == [session.id, None]


def test_sessions_of_concurrent_tasks_do_not_mix(caught: Any) -> None:
    async def work(name: str) -> None:
        async with caught.logger.session(name):
            await asyncio.sleep(0)
            with caught.logger.interaction(role="r", messages=[{"role": "user", "content": name}]) as call:
                await asyncio.sleep(0)
                call.output = name

    async def use() -> None:
        await asyncio.gather(*(work(f"s{number}") for number in range(5)))

    asyncio.run(use())
    assert all(event["session_id"] == event["messages"][0]["content"] for event in caught.events)
    assert len(caught.events) == 5


def test_a_thread_started_with_the_context_belongs_to_the_session(caught: Any) -> None:
    with caught.logger.session("s"):
        thread = threading.Thread(target=copy_context().run, args=(log_one, caught.logger))
        thread.start()
        thread.join()
    assert caught.events[0]["session_id"] == "s"


def test_an_exception_is_recorded_and_goes_on_unchanged(caught: Any) -> None:
    error = RuntimeError("down")

    def work() -> None:
        with caught.logger.interaction(role="r", messages=CHAT) as call:
            call.output = "half"
            raise error

    with pytest.raises(RuntimeError) as raised:
        work()
    assert raised.value is error
    [event] = caught.events
    assert event["execution_result"]["status"] == "error"
    assert event["model_output"]["content"] == "half"


def test_what_was_answered_can_still_be_read_behind_the_block(caught: Any) -> None:
    with caught.logger.interaction(role="r", messages=CHAT) as call:
        call.output = {"output": "hello"}
    assert call.output == {"output": "hello"}


def test_messages_are_recorded_as_they_were_when_the_call_began(caught: Any) -> None:
    history = list(CHAT)
    with caught.logger.interaction(role="r", messages=history):
        history.append({"role": "assistant", "content": "later"})
    assert caught.events[0]["messages"] == CHAT


@pytest.mark.parametrize("messages", ["text", [{"content": "no role"}], 7, [{"role": "user", "content": 3}]])
def test_messages_that_are_no_conversation_can_still_be_read_back(tmp_path: Path, messages: Any) -> None:
    log = AgentLogger(tmp_path)
    with log.interaction(role="r", messages=messages):
        pass
    reading = read_interactions(tmp_path)
    assert [each.messages[0]["role"] for each in reading] == ["user"]
    assert reading.skipped == []


@pytest.mark.parametrize("usage", [7, "many", {"prompt_tokens": "x"}])
def test_odd_usage_does_not_cost_the_record(tmp_path: Path, usage: Any) -> None:
    log = AgentLogger(tmp_path)
    with log.interaction(role="r", messages=CHAT) as call:
        call.output, call.usage = "answer", usage
    [read] = read_interactions(tmp_path)
    assert read.model_output is not None
    assert read.model_output["content"] == "answer"


def test_a_model_may_be_described_and_the_answer_s_own_name_is_kept(caught: Any) -> None:
    with caught.logger.interaction(role="r", messages=CHAT, model={"name": "m", "quantization": "Q8_0"}) as call:
        call.output = {"model": "m-2026", "choices": [{"message": {"content": "x"}, "finish_reason": "length"}]}
    [event] = caught.events
    assert event["model"] == {"name": "m", "provider": None, "revision": None, "quantization": "Q8_0"}
    assert event["metadata"]["reported_model"] == "m-2026"
    assert event["finish_reason"] == "length"


class NoClass:
    @property
    def __class__(self) -> Any:
        raise RuntimeError("no")


def test_a_block_may_be_an_asynchronous_one(caught: Any) -> None:
    async def ask(text: str) -> None:
        async with caught.logger.interaction(role="r", prompt=text) as call:
            await asyncio.sleep(0)
            call.output = text.upper()
            if text == "b":
                raise ValueError(text)

    async def use() -> list[BaseException | None]:
        return await asyncio.gather(*map(ask, "abc"), return_exceptions=True)

    assert [type(each) for each in asyncio.run(use())] == [type(None), ValueError, type(None)]
    assert [event["model_output"]["content"] for event in caught.events] == ["A", "B", "C"]
    assert [event["parent_id"] for event in caught.events] == [None, None, None]
    assert caught.events[1]["execution_result"]["error"] == {"type": "ValueError", "message": "b"}


def test_a_block_that_nobody_enters_is_no_call(caught: Any) -> None:
    caught.logger.interaction(role="r", prompt="never")
    assert (caught.events, caught.logger.stats()) == ([], (0, 0, 0))


def test_a_block_that_cannot_be_logged_runs_and_is_counted_as_lost(tmp_path: Path) -> None:
    log = AgentLogger(tmp_path)
    with log.interaction(role="r", messages=[NoClass()]) as call:
        call.output = "done"
    assert log.stats() == (1, 0, 1)


def test_output_of_any_kind_never_raises(tmp_path: Path) -> None:
    log = AgentLogger(tmp_path)
    for output in (NoClass(), object(), {"choices": [NoClass()]}, {"type": "message", "content": [3]}, [float("nan")]):
        with log.interaction(role="r", messages=CHAT) as call:
            call.output = output
    reading = read_interactions(tmp_path)
    assert len(list(reading)) == 5
    assert reading.skipped == []


class Executor:
    retries = 2

    def execute(self, agent: Any, task: str, **more: Any) -> str:
        return f"{agent['role']} did {task}"


class AsyncExecutor(Executor):
    async def execute(self, agent: Any, task: str, **more: Any) -> str:  # type: ignore[override]
        return f"{agent['role']} did {task}"


def test_a_wrapped_executor_logs_and_is_otherwise_the_original(caught: Any) -> None:
    original = Executor()
    executor = caught.logger.wrap(original, role=lambda agent, task, **_: agent["role"], task_type="fix")
    assert executor.execute({"role": "tester"}, "it", hint=1) == "tester did it"
    assert isinstance(executor, Executor)
    assert executor.retries == 2
    executor.retries = 5
    assert original.retries == 5
    [event] = caught.events
    assert (event["agent_role"], event["task_type"], event["messages"][0]["content"]) == ("tester", "fix", "it")
    assert event["metadata"]["arguments"]["hint"] == 1


def test_a_wrapped_async_executor_stays_async(caught: Any) -> None:
    executor = caught.logger.wrap(AsyncExecutor(), role="coder")
    assert inspect.iscoroutinefunction(executor.execute)
    assert asyncio.run(executor.execute({"role": "x"}, "y")) == "x did y"
    assert caught.events[0]["model_output"]["content"] == "x did y"


@pytest.mark.parametrize("word", ["1", "True", "yes", " on "])
def test_switched_off_nothing_is_written_and_calls_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("AGENTLOG_DISABLED", word)
    log = AgentLogger(tmp_path / "data")
    log_toy_session(log)
    assert log.wrap(Executor(), role="r").execute({"role": "a"}, "b") == "a did b"
    assert not (tmp_path / "data").exists()
    assert log.stats() == (0, 0, 0)


@pytest.mark.parametrize("word", ["", "0", "False", "off"])
def test_a_word_for_no_switches_nothing_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("AGENTLOG_DISABLED", word)
    assert AgentLogger(tmp_path).enabled


def test_the_data_folder_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTLOG_DIR", str(tmp_path / "elsewhere"))
    log_one(AgentLogger())
    assert len(list(read_interactions(tmp_path / "elsewhere"))) == 1


def test_a_log_that_cannot_be_written_never_hurts_the_agent(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    log = AgentLogger(tmp_path / "file")
    log_toy_session(log, calls=2)
    assert log.stats() == (4, 0, 4)


def test_an_unknown_durability_is_refused() -> None:
    with pytest.raises(SettingError, match="durability"):
        AgentLogger(durability="perhaps")  # type: ignore[arg-type]


def test_values_of_any_type_in_the_place_of_names_are_read_back(tmp_path: Path) -> None:
    """A line that could not be read back would be a call lost in silence."""
    log: Any = AgentLogger(tmp_path)
    with log.session(4711, task_id=5), log.interaction(role="", prompt="p", task_type=7, model=8, tools=["search"]) as call:
        call.output, call.finish_reason = "x", 9
    reader = read_interactions(tmp_path)
    [read] = reader
    assert reader.skipped == []
    assert (read.session_id, read.task_id, read.task_type, read.model.name, read.finish_reason) == ("4711", "5", "7", "8", "9")
    assert (read.agent_role, read.tools, read.metadata["arguments"]) == ("unknown", [], {"tools": ["search"]})
    assert log.stats() == (1, 1, 0)


def log_one(logger: AgentLogger) -> None:
    with logger.interaction(role="r", messages=CHAT) as call:
        call.output = "x"
