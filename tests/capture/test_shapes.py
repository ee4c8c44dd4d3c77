"""Every shape of call: the same object comes out, `inspect` sees the same, and one record says what was asked and answered."""

import abc
import asyncio
import dataclasses
import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import pytest

from agentlog import log_interaction
from agentlog.capture.context import here
from agentlog.errors import SettingError

ANSWER = "".join(["an ", "answer"])
ERROR = ValueError("wrong")
Decorate = Callable[[Any], Any]


def as_it_is(function: Any) -> Any:
    return function


def reply(prompt: str) -> str:
    """What all of them do."""
    if prompt == "fail":
        raise ERROR
    return ANSWER


def function(log: Decorate) -> Any:
    @log
    def ask(prompt: str) -> str:
        """Ask."""
        return reply(prompt)

    return ask


def function_named(log: Decorate) -> Any:
    ask = log(lambda *, prompt: reply(prompt))
    return lambda prompt: ask(prompt=prompt)


def coroutine_function(log: Decorate) -> Any:
    @log
    async def ask(prompt: str) -> str:
        """Ask."""
        await asyncio.sleep(0)
        return reply(prompt)

    return ask


def generator_function(log: Decorate) -> Any:
    @log
    def ask(prompt: str) -> Any:
        """Ask."""
        yield reply(prompt)

    return ask


def async_generator_function(log: Decorate) -> Any:
    @log
    async def ask(prompt: str) -> Any:
        """Ask."""
        await asyncio.sleep(0)
        yield reply(prompt)

    return ask


class Agent:
    def __init__(self, log: Decorate) -> None:
        self.log = log


def method(log: Decorate) -> Any:
    class Asked:
        @log
        def ask(self, prompt: str) -> str:
            return reply(prompt)

    return Asked().ask


def async_method(log: Decorate) -> Any:
    class Asked:
        @log
        async def ask(self, prompt: str) -> str:
            return reply(prompt)

    return Asked().ask


def method_of_an_object_with_slots(log: Decorate) -> Any:
    class Asked:
        __slots__ = ("known",)

        @log
        def ask(self, prompt: str) -> str:
            return reply(prompt)

    return Asked().ask


def method_of_a_dataclass(log: Decorate) -> Any:
    @dataclasses.dataclass(frozen=True, slots=True)
    class Asked:
        size: int = 3

        @log
        def ask(self, prompt: str) -> str:
            return reply(prompt)

    return Asked().ask


def bound_method(log: Decorate) -> Any:
    return log(method(as_it_is))


def method_that_overrides(log: Decorate) -> Any:
    class Base:
        def ask(self, prompt: str) -> str:
            return reply(prompt)

    class Asked(Base):
        @log
        def ask(self, prompt: str) -> str:
            return super().ask(prompt)

    return Asked().ask


def inherited_method(log: Decorate) -> Any:
    class Base:
        @log
        def ask(self, prompt: str) -> str:
            return reply(prompt)

    class Asked(Base):
        def ask(self, prompt: str) -> str:
            return super().ask(prompt)

    return Asked().ask


def static_method_below(log: Decorate) -> Any:
    class Asked:
        @staticmethod
        @log
        def ask(prompt: str) -> str:
            return reply(prompt)

    return Asked.ask


def static_method_above(log: Decorate) -> Any:
    class Asked:
        @log
        @staticmethod
        def ask(prompt: str) -> str:
            return reply(prompt)

    return Asked().ask


def class_method_below(log: Decorate) -> Any:
    class Asked:
        @classmethod
        @log
        def ask(cls, prompt: str) -> str:
            return reply(prompt)

    return Asked.ask


def class_method_above(log: Decorate) -> Any:
    class Asked:
        @log
        @classmethod
        async def ask(cls, prompt: str) -> str:
            return reply(prompt)

    return Asked().ask


def partial_of_a_function(log: Decorate) -> Any:
    return log(functools.partial(lambda size, prompt: reply(prompt), 3))


def partial_of_a_coroutine_function(log: Decorate) -> Any:
    return log(functools.partial(coroutine_function(as_it_is)))


def partial_of_a_generator_function(log: Decorate) -> Any:
    return log(functools.partial(generator_function(as_it_is)))


def partial_of_what_is_logged(log: Decorate) -> Any:
    return functools.partial(function(log))


def partial_method(log: Decorate) -> Any:
    class Asked:
        def sized(self, size: int, prompt: str) -> str:
            return reply(prompt)

        ask = log(functools.partialmethod(sized, 3))

    return Asked().ask


def partial_within_a_class(log: Decorate) -> Any:
    """It becomes no method there, and must not be given the object."""

    class Asked:
        ask = log(functools.partial(reply))

    return Asked().ask


def callable_object(log: Decorate) -> Any:
    class Asked:
        def __call__(self, prompt: str) -> str:
            return reply(prompt)

    return log(Asked())


def async_callable_object(log: Decorate) -> Any:
    class Asked:
        async def __call__(self, prompt: str) -> str:
            return reply(prompt)

    return log(Asked())


def callable_object_whose_call_is_logged(log: Decorate) -> Any:
    class Asked:
        @log
        def __call__(self, prompt: str) -> str:
            return reply(prompt)

    return Asked()


def callable_object_within_a_class(log: Decorate) -> Any:
    class Asked:
        ask = callable_object(log)

    return Asked().ask


def function_with_a_cache(log: Decorate) -> Any:
    return log(functools.lru_cache(reply))


def method_with_a_cache(log: Decorate) -> Any:
    class Asked:
        @log
        @functools.lru_cache  # noqa: B019  it lives no longer than the test
        def ask(self, prompt: str) -> str:
            return reply(prompt)

    return Asked().ask


def property_that_is_a_function(log: Decorate) -> Any:
    class Asked:
        @property
        def ask(self) -> Any:
            return function(log)

    return Asked().ask


def function_of_a_class_with_an_abstract_method(log: Decorate) -> Any:
    class Base(abc.ABC):
        @log
        @abc.abstractmethod
        def ask(self, prompt: str) -> str: ...

    class Asked(Base):
        def ask(self, prompt: str) -> str:
            return again(prompt)

    with pytest.raises(TypeError, match="abstract"):
        Base()  # type: ignore[abstract]
    again = function(log)
    return Asked().ask


def function_that_hands_on_a_coroutine(log: Decorate) -> Any:
    ask = coroutine_function(as_it_is)
    return log(lambda prompt: ask(prompt))


def function_that_hands_on_a_generator(log: Decorate) -> Any:
    ask = generator_function(as_it_is)
    return log(lambda prompt: ask(prompt))


def function_that_hands_on_an_async_generator(log: Decorate) -> Any:
    ask = async_generator_function(as_it_is)
    return log(lambda prompt: ask(prompt))


def function_that_begins_a_task(log: Decorate) -> Any:
    ask = coroutine_function(as_it_is)
    begin = log(lambda prompt: asyncio.ensure_future(ask(prompt)))

    async def run(prompt: str) -> str:
        answer: str = await begin(prompt)
        return answer

    return run


SHAPES = [made for made in list(globals().values()) if inspect.isfunction(made) and made.__module__ == __name__][2:]


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
    with pytest.raises(SettingError, match="Agent is a class: put the decorator above the method"):
        log_interaction("coder")(Agent)
    with pytest.raises(SettingError, match="property is no function"):
        log_interaction("coder")(property(reply))  # type: ignore[type-var]
