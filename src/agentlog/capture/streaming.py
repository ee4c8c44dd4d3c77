"""Generators that are logged: their chunks become the answer, and their callers notice nothing.

What is sent, thrown or closed is passed on to the generator; its return value and its exceptions come out. The call's place is entered for
each step and left before each yield, so no context is held while the caller runs. A generator that its caller leaves early is logged as
interrupted, with what it had yielded; one that is never started was never called.
"""

import functools
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import nullcontext
from typing import Any

from agentlog.capture.answer import read_chunks
from agentlog.capture.call import Call
from agentlog.capture.context import inside_call

Begin = Callable[[tuple[Any, ...], dict[str, Any]], Call | None]


def record_generator(function: Callable[..., Generator[Any, Any, Any]], begin: Begin) -> Callable[..., Generator[Any, Any, Any]]:
    """The generator function, logged."""

    @functools.wraps(function)
    def logged(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        call = begin(args, kwargs)
        if call is None:
            return (yield from function(*args, **kwargs))
        chunks: list[Any] = []
        try:
            returned = yield from _steps(function(*args, **kwargs), call, chunks)
        except BaseException as error:
            _end(call, chunks, error)
            raise
        if returned is not None:
            call.metadata["returned"] = returned
        _end(call, chunks)
        return returned

    return logged


def _steps(inner: Generator[Any, Any, Any], call: Call, chunks: list[Any]) -> Generator[Any, Any, Any]:
    resume: Callable[[], Any] = functools.partial(next, inner)
    while True:
        try:
            with inside_call(call.id):
                chunk = resume()
        except StopIteration as stop:
            return stop.value
        chunks.append(chunk)
        try:
            sent = yield chunk
        except GeneratorExit:
            with inside_call(call.id):
                inner.close()
            raise
        except BaseException as error:  # noqa: BLE001  whatever the caller throws is the generator's to answer
            resume = functools.partial(inner.throw, error)
        else:
            resume = functools.partial(inner.send, sent)


def record_async_generator(function: Callable[..., AsyncGenerator[Any, Any]], begin: Begin) -> Callable[..., AsyncGenerator[Any, Any]]:
    """The async generator function, logged."""

    @functools.wraps(function)
    async def logged(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        call = begin(args, kwargs)
        chunks: list[Any] = []
        try:
            inner = function(*args, **kwargs)
            resume: Callable[[], Awaitable[Any]] = inner.__anext__
            while (chunk := await _step(resume, call)) is not _END:
                if call is not None:
                    chunks.append(chunk)
                try:
                    sent = yield chunk
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as error:  # noqa: BLE001  whatever the caller throws is the generator's to answer
                    resume = functools.partial(inner.athrow, error)
                else:
                    resume = functools.partial(inner.asend, sent)
        except BaseException as error:
            _end(call, chunks, error)
            raise
        _end(call, chunks)

    return logged


_END = object()


async def _step(resume: Callable[[], Awaitable[Any]], call: Call | None) -> Any:
    with inside_call(call.id) if call is not None else nullcontext():
        try:
            return await resume()
        except StopAsyncIteration:
            return _END


def _end(call: Call | None, chunks: list[Any], error: BaseException | None = None) -> None:
    if call is None:
        return
    try:
        call.response = read_chunks(chunks)
    except Exception as trouble:  # noqa: BLE001  capture must never hurt the agent
        call.note(f"the chunks are kept as they came: {type(trouble).__name__}")
        call.output = chunks
    call.end(error)
