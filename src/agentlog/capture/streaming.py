"""Generators that are logged: their chunks become the answer, and their callers notice nothing.

What is sent, thrown or closed is passed on to the generator; its return value and its exceptions come out. The call is entered for each
step and left before each yield, so no context is held while the caller runs. A generator that its caller leaves early is logged as
interrupted, with what it had yielded; one that is never started was never called.
"""

import functools
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import Any

from agentlog.capture.call import Call
from agentlog.capture.context import here, inside_call

Begin = Callable[[tuple[Any, ...], dict[str, Any]], Call | None]


def record_generator(function: Callable[..., Generator[Any, Any, Any]], begin: Begin) -> Callable[..., Generator[Any, Any, Any]]:
    """The generator function, logged."""

    @functools.wraps(function)
    def logged(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        call = begin(args, kwargs)
        if call is None:
            return (yield from function(*args, **kwargs))
        try:
            returned = yield from _steps(function(*args, **kwargs), call)
        except BaseException as error:
            call.end(error)
            raise
        if returned is not None:
            call.metadata["returned"] = returned
        call.end()
        return returned

    return logged


def _steps(inner: Generator[Any, Any, Any], call: Call) -> Generator[Any, Any, Any]:
    enter, where, take = here.set, here.get, call.chunk
    resume: Callable[[Any], Any] = inner.send
    given: Any = None
    while True:
        before = where()
        enter(call)
        try:
            chunk = resume(given)
        except StopIteration as stop:
            return stop.value
        finally:
            enter(before)
        take(chunk)
        try:
            given = yield chunk
            resume = inner.send
        except GeneratorExit:
            with inside_call(call):
                inner.close()
            raise
        except BaseException as error:  # noqa: BLE001  whatever the caller throws is the generator's to answer
            resume, given = inner.throw, error


def record_async_generator(function: Callable[..., AsyncGenerator[Any, Any]], begin: Begin) -> Callable[..., AsyncGenerator[Any, Any]]:
    """The async generator function, logged."""

    @functools.wraps(function)
    async def logged(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        call = begin(args, kwargs)
        try:
            inner = function(*args, **kwargs)
            resume: Callable[[Any], Awaitable[Any]] = inner.asend
            given: Any = None
            while True:
                before = here.get()
                if call is not None:
                    here.set(call)
                try:
                    chunk = await resume(given)
                except StopAsyncIteration:
                    break
                finally:
                    here.set(before)
                if call is not None:
                    call.chunk(chunk)
                try:
                    given = yield chunk
                    resume = inner.asend
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as error:  # noqa: BLE001  whatever the caller throws is the generator's to answer
                    resume, given = inner.athrow, error
        except BaseException as error:
            if call is not None:
                call.end(error)
            raise
        if call is not None:
            call.end()

    return logged
