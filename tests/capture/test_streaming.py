"""Generators: whatever a caller does with a logged one, it sees what it would have seen, and the record says how far it came."""

import asyncio
import contextlib
import gc
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlog import AgentLogger, log_interaction
from agentlog.capture.context import here
from agentlog.testing import EventList


@pytest.fixture
def logged(caught: Any) -> Any:
    return log_interaction("coder", logger=caught.logger)


def status(event: dict[str, Any]) -> Any:
    return event["execution_result"] and event["execution_result"]["status"]


def repeat(prompt: str) -> str:
    return prompt


def talkative(told: list[str]) -> Any:
    """Answers what is sent and thrown, and says in which order its blocks end."""
    try:
        heard = yield "begin"
        while heard != "stop":
            try:
                heard = yield f"heard {heard}"
            except KeyError as error:
                heard = error
            finally:
                told.append("inner")
    except LookupError:
        yield "lookup"
        raise
    finally:
        told.append("outer")
    return "done"


class Thrown(Exception):
    pass


STEPS: dict[str, Callable[[Any], Any]] = {
    "next": next,
    "send": lambda each: each.send("text"),
    "send stop": lambda each: each.send("stop"),
    "throw what it answers": lambda each: each.throw(KeyError("key")),
    "throw what it translates": lambda each: each.throw(IndexError("index")),
    "throw what it does not know": lambda each: each.throw(Thrown("thrown")),
    "throw StopIteration": lambda each: each.throw(StopIteration("early")),
    "throw GeneratorExit": lambda each: each.throw(GeneratorExit("leave")),
    "close": lambda each: each.close(),
}


def driven(generator: Any, steps: list[str]) -> list[Any]:
    """What a caller sees who takes these steps, whatever comes."""
    seen: list[Any] = []
    for step in steps:
        try:
            seen.append(STEPS[step](generator))
        except BaseException as error:
            cause = error.__cause__ or error.__context__
            seen.append((type(error), str(error), type(cause), getattr(error, "value", None)))
    return seen


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=8))
def test_a_caller_sees_the_same_whatever_it_does(steps: list[str]) -> None:
    sink, told, told_by_logged = EventList(), list[str](), list[str]()
    plain, generator = talkative(told), log_interaction("coder", logger=AgentLogger(sink=sink))(talkative)(told_by_logged)
    before = here.get()
    assert driven(generator, steps) == driven(plain, steps)
    assert here.get() is before
    generator.close()
    plain.close()
    assert told_by_logged == told, "what stands in finally is run once, and in order"
    assert len(sink.events) <= 1


def test_a_generator_that_was_never_iterated_was_never_called(caught: Any, logged: Any) -> None:
    generator = logged(talkative)([])
    generator.close()
    del generator
    assert caught.events == []


def test_a_generator_that_is_dropped_is_closed_and_was_interrupted(caught: Any, logged: Any) -> None:
    told: list[str] = []
    generator = logged(talkative)(told)
    next(generator)
    with caught.logger.session("of somebody else"):
        place = here.get()
        del generator
        gc.collect()
        assert here.get() is place
    assert told == ["outer"]
    [event] = caught.events
    assert (status(event), event["model_output"]["content"], event["session_id"]) == ("interrupted", "begin", None)


def test_a_loop_that_is_left_early_interrupts_the_call(caught: Any, logged: Any) -> None:
    for chunk in logged(lambda prompt: (each for each in prompt))("abc"):
        if chunk == "b":
            break
    gc.collect()
    [event] = caught.events
    assert (status(event), event["model_output"]["content"]) == ("interrupted", "ab")


def test_a_generator_that_returns_when_it_is_closed_was_interrupted_all_the_same(caught: Any, logged: Any) -> None:
    @logged
    def stream() -> Iterator[str]:
        with contextlib.suppress(GeneratorExit):
            yield "a"

    generator: Any = stream()
    next(generator)
    generator.close()
    assert status(caught.events[0]) == "interrupted"


def test_yield_from_a_logged_generator_gives_its_value_and_a_parent(caught: Any, logged: Any) -> None:
    @logged
    def whole(prompt: str) -> Any:
        return (yield from logged(talkative)([]))

    generator = whole("p")
    assert [next(generator), generator.send("x")] == ["begin", "heard x"]
    with pytest.raises(StopIteration) as stop:
        generator.send("stop")
    assert stop.value.value == "done"
    inner, outer = caught.events
    assert (inner["parent_id"], outer["parent_id"]) == (outer["id"], None)
    assert inner["metadata"]["returned"] == outer["metadata"]["returned"] == "done"


def test_a_generator_is_stepped_by_several_threads_and_holds_no_place_in_any(caught: Any, logged: Any) -> None:
    generator, held = logged(talkative)([]), []

    def step() -> None:
        before = here.get()
        next(generator)
        held.append(here.get() is not before)

    for _ in range(3):
        thread = threading.Thread(target=step)
        thread.start()
        thread.join()
    assert held == [False] * 3
    generator.close()
    assert caught.events[0]["model_output"]["content"] == "beginheard Noneheard None"


def test_a_session_that_a_generator_opens_is_open_in_it_and_not_for_its_caller(caught: Any, logged: Any) -> None:
    @logged
    def stream() -> Iterator[str]:
        with caught.logger.session("within"):
            yield "a"
            logged(repeat)("called within")
            yield "b"
        logged(repeat)("called after")

    generator = stream()
    for _ in generator:
        logged(repeat)("called between")
    by_prompt = {event["messages"][0]["content"]: event for event in caught.events}
    assert by_prompt["called within"]["session_id"] == "within"
    assert by_prompt["called after"]["session_id"] is None
    assert (by_prompt["called between"]["session_id"], by_prompt["called between"]["parent_id"]) == (None, None)
    assert by_prompt["called within"]["parent_id"] == by_prompt["called after"]["parent_id"] == caught.events[-1]["id"]


def test_a_context_manager_made_of_a_logged_generator_works(caught: Any, logged: Any) -> None:
    told: list[str] = []

    @contextlib.contextmanager
    @logged
    def opened(prompt: str) -> Iterator[str]:
        try:
            yield prompt
        finally:
            told.append("closed")

    with pytest.raises(KeyError, match="within"), opened("p") as given:
        raise KeyError(f"{given} within")
    assert told == ["closed"]
    assert (status(caught.events[0]), caught.events[0]["model_output"]["content"]) == ("error", "p")


async def talk(told: list[str]) -> Any:
    """As above, and it takes a while to begin and to end."""
    try:
        await asyncio.sleep(0)
        heard = yield "begin"
        while heard != "stop":
            try:
                heard = yield f"heard {heard}"
            except KeyError as error:
                heard = error
    except LookupError:
        yield "lookup"
        raise
    finally:
        await asyncio.sleep(0)
        told.append("end")


ASYNC_STEPS: dict[str, Callable[[Any], Any]] = {
    "next": lambda each: each.__anext__(),
    "send": lambda each: each.asend("text"),
    "send stop": lambda each: each.asend("stop"),
    "throw what it answers": lambda each: each.athrow(KeyError("key")),
    "throw what it translates": lambda each: each.athrow(IndexError("index")),
    "throw what it does not know": lambda each: each.athrow(Thrown("thrown")),
    "throw StopAsyncIteration": lambda each: each.athrow(StopAsyncIteration("early")),
    "throw GeneratorExit": lambda each: each.athrow(GeneratorExit("leave")),
    "close": lambda each: each.aclose(),
}


async def driven_async(generator: Any, steps: list[str]) -> list[Any]:
    return [await asyncio.create_task(taken(ASYNC_STEPS[step], generator)) for step in steps]


async def taken(step: Callable[[Any], Any], generator: Any) -> Any:
    """What comes of a step that is taken in a task of its own, which a token of a context variable would not survive."""
    before = here.get()
    try:
        return await step(generator)
    except BaseException as error:
        return type(error), str(error)
    finally:
        assert here.get() is before


@given(st.lists(st.sampled_from(sorted(ASYNC_STEPS)), max_size=8))
def test_a_caller_of_an_async_generator_sees_the_same_whatever_it_does(steps: list[str]) -> None:
    async def compare() -> None:
        sink, told, told_by_logged = EventList(), list[str](), list[str]()
        plain, generator = talk(told), log_interaction("coder", logger=AgentLogger(sink=sink))(talk)(told_by_logged)
        assert await driven_async(generator, steps) == await driven_async(plain, steps)
        await generator.aclose()
        await plain.aclose()
        assert told_by_logged == told
        assert len(sink.events) <= 1

    asyncio.run(compare())


def test_an_async_generator_that_is_cancelled_while_it_waits_was_interrupted(caught: Any, logged: Any) -> None:
    @logged
    async def stream(started: asyncio.Event) -> AsyncIterator[str]:
        yield "a"
        started.set()
        await asyncio.Event().wait()

    async def use() -> None:
        started = asyncio.Event()
        task = asyncio.create_task(collected(stream(started)))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(use())
    [event] = caught.events
    assert (status(event), event["execution_result"]["error"]["type"]) == ("interrupted", "asyncio.exceptions.CancelledError")
    assert event["model_output"]["content"] == "a"


async def collected(stream: AsyncIterator[str]) -> list[str]:
    return [chunk async for chunk in stream]


def test_an_async_generator_that_is_left_is_closed_when_its_loop_ends_and_nobody_complains(caught: Any, logged: Any) -> None:
    told: list[str] = []
    complaints: list[Any] = []
    kept: list[Any] = []

    async def use() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
        for _ in range(5):
            kept.append(logged(talk)(told))
            await kept[-1].__anext__()

    asyncio.run(use())
    assert (told, complaints) == (["end"] * 5, [])
    assert [status(event) for event in caught.events] == ["interrupted"] * 5


def test_an_async_generator_that_is_dropped_is_closed_by_its_loop(caught: Any, logged: Any) -> None:
    told: list[str] = []

    async def use() -> None:
        generator = logged(talk)(told)
        await generator.__anext__()
        del generator
        gc.collect()
        while not told:
            await asyncio.sleep(0)

    asyncio.run(use())
    assert [status(event) for event in caught.events] == ["interrupted"]


def test_an_exception_after_some_chunks_of_an_async_generator_keeps_them(caught: Any, logged: Any) -> None:
    error = RuntimeError("broke")

    @logged
    async def stream() -> AsyncIterator[str]:
        yield "half"
        raise error

    with pytest.raises(RuntimeError) as raised:
        asyncio.run(collected(stream()))
    assert raised.value is error
    assert (status(caught.events[0]), caught.events[0]["model_output"]["content"]) == ("error", "half")


def test_an_exception_that_came_out_is_kept_by_nobody(logged: Any) -> None:
    """A generator's frame that kept what was thrown into it would keep all frames of the exception's traceback, until a collection."""

    class Large(Exception):
        gone = threading.Event()

        def __del__(self) -> None:
            self.gone.set()

    gc.disable()
    try:
        generator = logged(talkative)([])
        next(generator)
        with contextlib.suppress(Large):
            generator.throw(Large())
        assert Large.gone.is_set()
    finally:
        gc.enable()
