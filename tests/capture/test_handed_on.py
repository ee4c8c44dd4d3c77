"""What a call returns to be awaited or iterated later is its answer when that has been done."""

import asyncio
import gc
import logging
import warnings
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from agentlog import log_interaction


@pytest.fixture
def logged(caught: Any) -> Any:
    return log_interaction("coder", logger=caught.logger)


def status(event: dict[str, Any]) -> Any:
    return event["execution_result"] and event["execution_result"]["status"]


def test_a_future_stays_the_object_it_is_and_its_result_is_the_answer(caught: Any, logged: Any) -> None:
    future: Future[str] = Future()
    assert logged(lambda prompt: future)("p") is future
    assert caught.events == []
    future.set_result("late")
    assert caught.events[0]["model_output"]["content"] == "late"


def test_a_pool_s_work_is_recorded_when_it_is_done(caught: Any, logged: Any) -> None:
    error = ValueError("wrong")

    def fail() -> None:
        raise error

    with ThreadPoolExecutor(1) as pool:
        future = logged(lambda prompt: pool.submit(fail))("p")
        assert future.exception() is error
    assert caught.events[0]["execution_result"]["error"] == {"type": "ValueError", "message": "wrong"}


def test_a_task_that_fails_unseen_is_still_complained_of(caught: Any, logged: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise ValueError("unseen")

    async def use() -> None:
        task = logged(lambda prompt: asyncio.ensure_future(fail()))("p")
        while not task.done():
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    with caplog.at_level(logging.ERROR, "asyncio"):
        asyncio.run(use())
        gc.collect()
    assert "Task exception was never retrieved" in caplog.text
    assert status(caught.events[0]) == "error"


def test_a_task_that_is_cancelled_was_interrupted(caught: Any, logged: Any) -> None:
    async def use() -> None:
        task = logged(lambda prompt: asyncio.ensure_future(asyncio.Event().wait()))("p")
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(use())
    assert status(caught.events[0]) == "interrupted"


def test_what_nobody_takes_was_interrupted(caught: Any, logged: Any) -> None:
    async def never() -> None: ...

    def empty() -> Any:
        yield "unseen"

    async def empty_async() -> Any:
        yield "unseen"

    for made in (empty, empty_async, Future):
        logged(lambda prompt, made=made: made())("p")
    with pytest.warns(RuntimeWarning, match="never' was never awaited") as warned:
        logged(lambda prompt: never())("p")
    with warnings.catch_warnings():
        # A warning keeps what it is about. There is none of the coroutine within, which goes now.
        warnings.simplefilter("error")
        warned.clear()
        gc.collect()
    assert [status(event) for event in caught.events] == ["interrupted"] * 4


def test_what_is_handed_on_keeps_its_name(logged: Any) -> None:
    def chunks() -> Any:
        yield "a"

    assert logged(lambda: chunks())().__name__ == "chunks"


def test_an_iterator_that_cannot_be_looked_into_stays_as_it_is_and_is_marked(caught: Any, logged: Any) -> None:
    class Stream:
        def __init__(self) -> None:
            self.left = ["a", "b"]

        def __iter__(self) -> Any:
            return self

        def __next__(self) -> str:
            if not self.left:
                raise StopIteration
            return self.left.pop(0)

        def close(self) -> None: ...

    stream = Stream()
    assert logged(lambda prompt: stream)("p") is stream
    assert list(stream) == ["a", "b"]
    assert caught.events[0]["metadata"]["changed"]


def test_a_coroutine_function_may_hand_on_a_generator(caught: Any, logged: Any) -> None:
    def chunks() -> Any:
        yield "a"
        yield "b"

    @logged
    async def ask(prompt: str) -> Any:
        return chunks()

    assert list(asyncio.run(ask("p"))) == ["a", "b"]
    assert [event["model_output"]["content"] for event in caught.events] == ["ab"]
