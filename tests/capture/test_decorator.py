"""log_interaction: every kind of function is logged, and neither its caller nor `inspect` notices."""

import asyncio
import functools
import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from agentlog import log_interaction
from agentlog.errors import SettingError
from agentlog.testing import capture_events


def test_a_plain_call_is_recorded_with_prompt_answer_and_place(caught: Any) -> None:
    @log_interaction(role="coder", task_type="implement", logger=caught.logger, model="m")
    def execute(prompt: str, temperature: float = 0.2, style: str = "short") -> str:
        return f"done: {prompt}"

    assert execute("sort") == "done: sort"
    [event] = caught.events
    assert event["agent_role"] == "coder"
    assert event["task_type"] == "implement"
    assert event["messages"] == [{"role": "user", "content": "sort"}]
    assert event["model_output"]["content"] == "done: sort"
    assert event["model"]["name"] == "m"
    assert event["params"] == {"temperature": 0.2}
    assert event["metadata"] == {"arguments": {"style": "short"}}


def test_the_line_has_exactly_the_documented_fields(caught: Any) -> None:
    log_interaction(role="r", logger=caught.logger)(lambda prompt: prompt)("hi")
    fields = """
        event schema_version id timestamp session_id parent_id agent_role task_id task_type task_description messages tools model_output
        model params usage latency_ms finish_reason execution_result human_feedback variant metadata
    """
    assert list(caught.events[0]) == fields.split()


def test_a_coroutine_function_stays_one(caught: Any) -> None:
    @log_interaction(role="coder", logger=caught.logger)
    async def execute(agent: Any, task: str) -> str:
        await asyncio.sleep(0)
        return task.upper()

    assert inspect.iscoroutinefunction(execute)
    assert list(inspect.signature(execute).parameters) == ["agent", "task"]
    assert asyncio.run(execute(None, "x")) == "X"
    assert caught.events[0]["model_output"]["content"] == "X"


def test_a_plain_function_that_returns_a_coroutine_is_logged_when_that_ends(caught: Any) -> None:
    async def inner() -> str:
        return "late"

    logged = log_interaction(role="r", logger=caught.logger)(lambda prompt: inner())
    coroutine = logged("q")
    assert caught.events == []
    assert asyncio.run(coroutine) == "late"
    assert caught.events[0]["model_output"]["content"] == "late"


def test_a_generator_stays_one_and_its_chunks_are_the_answer(caught: Any) -> None:
    @log_interaction(role="coder", logger=caught.logger)
    def stream(prompt: str) -> Iterator[str]:
        yield "a"
        yield "b"

    assert inspect.isgeneratorfunction(stream)
    chunks = stream("go")
    assert caught.events == [], "a generator that is not iterated was never called"
    assert list(chunks) == ["a", "b"]
    assert caught.events[0]["model_output"]["content"] == "ab"


def test_send_throw_and_return_pass_through_a_generator(caught: Any) -> None:
    @log_interaction(role="r", logger=caught.logger)
    def talk() -> Any:
        heard = yield "first"
        try:
            yield f"heard {heard}"
        except KeyError as error:
            yield f"caught {error.args[0]}"
        return "end"

    generator = talk()
    assert next(generator) == "first"
    assert generator.send("you") == "heard you"
    assert generator.throw(KeyError("k")) == "caught k"
    with pytest.raises(StopIteration) as stop:
        next(generator)
    assert stop.value.value == "end"
    assert caught.events[0]["model_output"]["content"] == "firstheard youcaught k"
    assert caught.events[0]["metadata"]["returned"] == "end"


def test_a_generator_left_early_is_closed_and_logged_as_interrupted(caught: Any) -> None:
    closed = []

    @log_interaction(role="r", logger=caught.logger)
    def stream() -> Iterator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            closed.append(True)

    generator = stream()
    next(generator)
    generator.close()
    assert closed == [True]
    assert caught.events[0]["execution_result"]["status"] == "interrupted"
    assert caught.events[0]["model_output"]["content"] == "a"


def test_an_exception_after_some_chunks_keeps_the_chunks(caught: Any) -> None:
    error = RuntimeError("broke")

    @log_interaction(role="r", logger=caught.logger)
    def stream() -> Iterator[str]:
        yield "half"
        raise error

    with pytest.raises(RuntimeError) as raised:
        list(stream())
    assert raised.value is error
    [event] = caught.events
    assert event["model_output"]["content"] == "half"
    assert event["execution_result"]["error"] == {"type": "RuntimeError", "message": "broke"}


def test_an_async_generator_stays_one_and_passes_everything_through(caught: Any) -> None:
    @log_interaction(role="r", logger=caught.logger)
    async def stream(prompt: str) -> Any:
        heard = yield "a"
        try:
            yield heard
        except KeyError:
            yield "c"

    async def use() -> list[Any]:
        generator = stream("go")
        seen = [await generator.__anext__(), await generator.asend("b"), await generator.athrow(KeyError())]
        with pytest.raises(StopAsyncIteration):
            await generator.__anext__()
        return seen

    assert inspect.isasyncgenfunction(stream)
    assert asyncio.run(use()) == ["a", "b", "c"]
    assert caught.events[0]["model_output"]["content"] == "abc"


def test_an_async_generator_closed_by_another_task_holds_no_context(caught: Any) -> None:
    """Closing it elsewhere raises no error about contexts, which tokens held across a yield would."""

    @log_interaction(role="r", logger=caught.logger)
    async def stream() -> AsyncIterator[str]:
        yield "a"
        yield "b"

    async def use() -> None:
        generator: Any = stream()
        await asyncio.create_task(generator.__anext__())
        await asyncio.create_task(generator.aclose())

    asyncio.run(use())
    assert caught.events[0]["execution_result"]["status"] == "interrupted"


def test_a_cancelled_call_is_interrupted_and_stays_cancelled(caught: Any) -> None:
    @log_interaction(role="r", logger=caught.logger)
    async def wait(started: asyncio.Event) -> None:
        started.set()
        await asyncio.Event().wait()

    async def use() -> None:
        started = asyncio.Event()
        task = asyncio.create_task(wait(started))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(use())
    assert caught.events[0]["execution_result"]["status"] == "interrupted"


def test_openai_chunks_are_joined(caught: Any) -> None:
    def piece(**delta: Any) -> dict[str, Any]:
        return {"model": "gpt", "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}

    @log_interaction(role="r", logger=caught.logger)
    def stream(prompt: str) -> Iterator[Any]:
        yield piece(role="assistant", content="Hel")
        yield piece(content="lo")
        yield piece(tool_calls=[{"index": 0, "id": "c1", "function": {"name": "f", "arguments": '{"a"'}}])
        yield piece(tool_calls=[{"index": 0, "function": {"arguments": ": 1}"}}])
        yield {"model": "gpt", "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}
        yield {"model": "gpt", "choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 6}}

    list(stream("hi"))
    [event] = caught.events
    assert event["model_output"]["content"] == "Hello"
    assert event["model_output"]["tool_calls"][0]["function"] == {"name": "f", "arguments": '{"a": 1}'}
    assert (event["finish_reason"], event["model"]["name"]) == ("tool_calls", "gpt")
    assert event["usage"] == {"input_tokens": 5, "output_tokens": 6}


def test_methods_static_methods_and_class_methods_are_logged_without_their_object(caught: Any) -> None:
    class Agent:
        role = "tester"

        @log_interaction(role=lambda self, task: self.role, logger=caught.logger)
        def execute(self, task: str) -> str:
            return task

        @log_interaction(role="static", logger=caught.logger)
        @staticmethod
        def fixed(prompt: str) -> str:
            return prompt

        @classmethod
        @log_interaction(role="class", logger=caught.logger)
        def made(cls, prompt: str) -> str:
            return cls.role + prompt

    assert [Agent().execute("a"), Agent.fixed("b"), Agent.made("c")] == ["a", "b", "testerc"]
    assert [event["agent_role"] for event in caught.events] == ["tester", "static", "class"]
    assert [event["messages"][0]["content"] for event in caught.events] == ["a", "b", "c"]
    assert all("self" not in event["metadata"].get("arguments", {}) for event in caught.events)


def test_partials_and_callable_objects_are_logged(caught: Any) -> None:
    class Agent:
        async def __call__(self, prompt: str) -> str:
            return prompt * 2

    partial = log_interaction(role="p", logger=caught.logger)(functools.partial(lambda a, b: a + b, "x"))
    logged = log_interaction(role="o", logger=caught.logger)(Agent())
    assert partial("y") == "xy"
    assert asyncio.run(logged("z")) == "zz"
    assert [event["model_output"]["content"] for event in caught.events] == ["xy", "zz"]


def test_the_same_exception_object_comes_out(caught: Any) -> None:
    error = ValueError("wrong")

    @log_interaction(role="r", logger=caught.logger)
    def fail() -> None:
        raise error

    with pytest.raises(ValueError) as raised:
        fail()
    assert raised.value is error
    assert raised.value.__context__ is None
    assert caught.events[0]["execution_result"]["status"] == "error"
    assert caught.events[0]["execution_result"]["error"] == {"type": "ValueError", "message": "wrong"}


def test_the_same_result_object_comes_out(caught: Any) -> None:
    result = {"output": "text", "score": 3}
    assert log_interaction(role="r", logger=caught.logger)(lambda: result)() is result
    assert caught.events[0]["model_output"]["content"] == "text"
    assert caught.events[0]["metadata"]["result"] == result


def test_wrong_arguments_raise_as_they_always_did(caught: Any) -> None:
    logged = log_interaction(role="r", logger=caught.logger)(lambda a: a)
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        logged()


def test_the_prompt_is_recorded_as_it_was_when_the_call_began(caught: Any) -> None:
    @log_interaction(role="r", logger=caught.logger)
    def execute(messages: list[Any], extra: list[int]) -> str:
        messages.append({"role": "user", "content": "later"})
        extra.append(9)
        return "ok"

    execute([{"role": "user", "content": "now", "odd": 1}], [1])
    assert caught.events[0]["messages"] == [{"role": "user", "content": "now", "odd": 1}]
    assert caught.events[0]["metadata"]["arguments"] == {"extra": [1]}


def test_a_call_within_a_call_names_its_parent(caught: Any) -> None:
    inner = log_interaction(role="inner", logger=caught.logger)(lambda prompt: prompt)

    @log_interaction(role="outer", logger=caught.logger)
    def outer(prompt: str) -> Iterator[str]:
        yield inner(prompt)

    for _ in outer("x"):
        inner("between")
    first, between, last = caught.events
    assert first["parent_id"] == last["id"]
    assert between["parent_id"] is None, "while the caller runs, the generator's call is not open"


@pytest.mark.parametrize("role", [lambda *_: 1 / 0, lambda *_: None, lambda *_: ""])
def test_a_role_that_cannot_be_found_does_not_stop_the_call(caught: Any, role: Any) -> None:
    assert log_interaction(role=role, logger=caught.logger)(lambda prompt: prompt)("x") == "x"
    assert caught.events[0]["agent_role"] == "unknown"


class Hostile:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __repr__(self) -> str:
        raise RuntimeError


def test_hostile_arguments_and_results_pass_through_untouched(caught: Any) -> None:
    hostile = Hostile()
    assert log_interaction(role="r", logger=caught.logger)(lambda task, other: other)(hostile, hostile) is hostile
    [event] = caught.events
    assert event["model_output"] is not None
    assert event["metadata"]["capture_errors"]


def test_without_a_logger_the_default_one_is_used() -> None:
    @log_interaction(role="coder")
    def execute(prompt: str) -> str:
        return prompt

    with capture_events() as events:
        execute("x")
    assert [event["agent_role"] for event in events] == ["coder"]


def test_an_answer_that_json_has_no_word_for_is_labelled(caught: Any) -> None:
    @log_interaction(role="coder", logger=caught.logger)
    def answer(prompt: str) -> Any:
        return iter(prompt)

    answer("hi")
    [event] = caught.events
    assert event["metadata"]["changed"] == ["model_output.content: object as its repr"]


def test_a_built_in_without_a_signature_is_logged(caught: Any) -> None:
    largest = log_interaction(role="coder", logger=caught.logger)(max)
    assert largest(1, 2) == 2
    [event] = caught.events
    assert event["metadata"]["arguments"] == {"args": [1, 2]}


def test_a_task_with_a_number_for_an_id_keeps_it(caught: Any) -> None:
    @log_interaction(role="coder", logger=caught.logger)
    def execute(task: dict[str, Any]) -> str:
        return "done"

    execute({"id": 7, "description": "do it"})
    [event] = caught.events
    assert (event["task_id"], event["task_description"]) == ("7", "do it")


def test_a_plain_function_that_hands_on_a_generator_is_logged_when_that_has_been_iterated() -> None:
    def chunks() -> Iterator[str]:
        yield "a"
        yield "b"

    @log_interaction(role="coder")
    def answer(prompt: str) -> Iterator[str]:
        return chunks()

    with capture_events() as events:
        assert list(answer("q")) == ["a", "b"]
    assert [event["model_output"]["content"] for event in events] == ["ab"]


def test_without_a_role_the_decorator_says_how_to_write_it() -> None:
    @log_interaction
    def answer(prompt: str) -> str:
        return prompt

    with pytest.raises(SettingError, match="write @log_interaction"):
        answer("q")
