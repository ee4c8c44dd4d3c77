"""Generators that are logged: their chunks become the answer, and their callers notice nothing.

What is sent, thrown or closed is thrown into the generator, whose it is to answer; its return value and its exceptions come out. The place
of the call is entered for each step and left before each yield, so no context is held while the caller runs. A generator that its caller
leaves early is logged as interrupted, with what it had yielded; one that is never started was never called.

An event loop closes the asynchronous generators that it knows when it ends. It is to know the logged one only: that closes the one within.
"""

import functools
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import Any

from agentlog.capture.call import Call
from agentlog.capture.context import Place, here

Begin = Callable[[tuple[Any, ...], dict[str, Any]], Call | None]


def record_generator(function: Callable[..., Generator[Any, Any, Any]], begin: Begin) -> Callable[..., Generator[Any, Any, Any]]:
    """The generator function, logged."""

    @functools.wraps(function)
    def logged(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        call = begin(args, kwargs)
        if call is None:
            return (yield from function(*args, **kwargs))
        enter, where, take = here.set, here.get, call.chunk
        place: Place = call
        given: Any = None
        try:
            inner = function(*args, **kwargs)
            send: Callable[[Any], Any] = inner.send
            resume = send
            while True:
                before = where()
                enter(place)
                try:
                    chunk = resume(given)
                except StopIteration as stop:
                    returned = stop.value
                    break
                finally:
                    place = where()
                    enter(before)
                take(chunk)
                try:
                    given = yield chunk
                    resume = send
                except BaseException as error:  # noqa: BLE001  whatever the caller throws is the generator's to answer
                    resume, given = inner.throw, error
        except BaseException as error:
            # An exception must not be kept by a frame that it refers to.
            given = None
            call.end(error)
            raise
        _end(call, given, returned)
        return returned

    return logged


def record_async_generator(function: Callable[..., AsyncGenerator[Any, Any]], begin: Begin) -> Callable[..., AsyncGenerator[Any, Any]]:
    """The async generator function, logged."""

    @functools.wraps(function)
    async def logged(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        call = begin(args, kwargs)
        place: Place | None = call
        given: Any = None
        try:
            inner = function(*args, **kwargs)
            step = _first_step(inner)
            while True:
                before = here.get()
                here.set(place or before)
                try:
                    chunk = await step
                except StopAsyncIteration:
                    break
                finally:
                    place = place and here.get()
                    here.set(before)
                if call is not None:
                    call.chunk(chunk)
                try:
                    given = yield chunk
                    step = inner.asend(given)
                except BaseException as error:  # noqa: BLE001  whatever the caller throws is the generator's to answer
                    given, step = error, inner.athrow(error)
        except BaseException as error:
            given = None
            if call is not None:
                call.end(error)
            raise
        if call is not None:
            _end(call, given, None)

    return logged


def _first_step(inner: AsyncGenerator[Any, Any]) -> Awaitable[Any]:
    """The generator's first step; it is in this moment that the event loop would get to know of it."""
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(None, None)
    try:
        return inner.asend(None)
    finally:
        sys.set_asyncgen_hooks(*hooks)


def _end(call: Call, given: Any, returned: Any) -> None:
    """The generator has returned, perhaps because it was closed."""
    if returned is not None:
        call.metadata["returned"] = returned
    call.end(given if isinstance(given, GeneratorExit) else None)
