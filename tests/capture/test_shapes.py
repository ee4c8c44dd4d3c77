"""Every shape of call: the same object comes out, `inspect` sees the same, and one record says what was asked and answered."""

import asyncio
import inspect
from collections.abc import Awaitable
from typing import Any, NamedTuple

import pytest

from agentlog import AgentLogger, log_interaction
from agentlog.capture.context import here
from agentlog.errors import SettingError
from agentlog.testing import EventList
from tests.capture.shapes import (
    ANSWER,
    ERROR,
    SHAPES,
    as_it_is,
    async_generator_function,
    callable_object,
    coroutine_function,
    function,
    function_that_begins_a_task,
    generator_function,
    partial_of_a_function,
    reply,
)  # fmt: skip


class Outcome(NamedTuple):
    result: Any
    error: BaseException | None


async def outcome_of(running: Any) -> Any:
    if inspect.isasyncgen(running):
        [chunk] = [chunk async for chunk in running]
        return chunk
    return await running if isinstance(running, Awaitable) else running


def run(ask: Any, prompt: str) -> Outcome:
    """What comes out, however it has to be taken out."""
    try:
        running = ask(prompt)
        if inspect.isgenerator(running):
            [result] = running
        else:
            result = asyncio.run(outcome_of(running)) if inspect.isasyncgen(running) or inspect.isawaitable(running) else running
    except ValueError as error:
        return Outcome(None, error)
    return Outcome(result, None)


def seen(ask: Any) -> Any:
    """What `inspect`, and whoever asks like it, sees of a callable."""
    kinds = (inspect.isfunction, inspect.ismethod, inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    names = [getattr(ask, name, None) for name in ("__name__", "__qualname__", "__module__", "__doc__")]
    return [kind(ask) for kind in (*kinds, asyncio.iscoroutinefunction, callable)], str(inspect.signature(ask)), names


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_the_same_answer_comes_out_and_is_recorded_once(caught: Any, shape: Any) -> None:
    before = here.get()
    assert run(shape(log_interaction("coder", logger=caught.logger)), "say").result is ANSWER
    [event] = caught.events
    assert (event["agent_role"], event["messages"]) == ("coder", [{"role": "user", "content": "say"}])
    assert (event["model_output"]["content"], event["execution_result"], event["parent_id"]) == (ANSWER, None, None)
    assert "capture_errors" not in event["metadata"]
    assert here.get() is before


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_the_same_exception_comes_out_and_is_recorded_once(caught: Any, shape: Any) -> None:
    before = here.get()
    assert run(shape(log_interaction("coder", logger=caught.logger)), "fail").error is ERROR
    assert (ERROR.__context__, ERROR.__cause__) == (None, None)
    assert ERROR.__traceback__ is not None
    [event] = caught.events
    assert event["execution_result"]["status"] == "error"
    assert event["execution_result"]["error"] == {"type": "ValueError", "message": "wrong"}
    assert (event["messages"], event["model_output"]) == ([{"role": "user", "content": "fail"}], None)
    assert here.get() is before


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_inspect_sees_what_it_saw_before(caught: Any, shape: Any) -> None:
    assert seen(shape(log_interaction("coder", logger=caught.logger))) == seen(shape(as_it_is))


@pytest.mark.parametrize(
    "shape", [shape for shape in SHAPES if shape not in (function_that_begins_a_task,)], ids=lambda shape: shape.__name__
)
def test_logged_twice_it_is_recorded_twice_and_the_inner_call_is_the_outer_one_s(caught: Any, shape: Any) -> None:
    def twice(function: Any) -> Any:
        return log_interaction("outer", logger=caught.logger)(log_interaction("inner", logger=caught.logger)(function))

    assert run(shape(twice), "say").result is ANSWER
    assert [event["agent_role"] for event in caught.events] == ["inner", "outer"]
    inner, outer = caught.events
    assert (inner["parent_id"], outer["parent_id"]) == (outer["id"], None)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
@pytest.mark.parametrize("prompt", ["say", "fail"])
def test_switched_off_it_is_as_it_was(shape: Any, prompt: str) -> None:
    sink = EventList()
    logged = shape(log_interaction("coder", logger=AgentLogger(sink=sink, enabled=False)))
    assert seen(logged) == seen(shape(as_it_is))
    assert run(logged, prompt) == run(shape(as_it_is), prompt)
    assert sink.events == []


def test_calls_within_calls_of_the_same_function_are_each_recorded(caught: Any) -> None:
    @log_interaction("coder", logger=caught.logger)
    def count(prompt: int) -> int:
        return 0 if prompt == 0 else 1 + count(prompt - 1)

    assert count(3) == 3
    assert [event["model_output"]["content"] for event in caught.events] == ["0", "1", "2", "3"]
    assert [event["parent_id"] for event in caught.events] == [*[event["id"] for event in caught.events[1:]], None]


def test_what_is_logged_can_be_unwrapped(caught: Any) -> None:
    for shape in (function, coroutine_function, generator_function, async_generator_function, callable_object, partial_of_a_function):
        plain = shape(as_it_is)
        assert log_interaction("coder", logger=caught.logger)(plain).__wrapped__ is plain


def test_a_class_is_refused_and_a_property_too() -> None:
    with pytest.raises(SettingError, match="Outcome is a class: put the decorator above the method"):
        log_interaction("coder")(Outcome)
    with pytest.raises(SettingError, match="property is no function"):
        log_interaction("coder")(property(reply))  # type: ignore[type-var]
