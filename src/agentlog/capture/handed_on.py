"""What a call returns to be awaited or iterated later: the call goes on until that has been done, and its answer is what came then.

Coroutines, generators and asynchronous generators are handed on within ones of the same kind and name. Futures, tasks and the streams of
known clients stay the objects they are. One that is dropped before its end was interrupted. Iterators of other kinds are recorded
as what they are when they are returned: nothing can look into them that would not use them up.
"""

import weakref
from collections.abc import Awaitable, Callable
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any

from agentlog.capture.call import Call
from agentlog.capture.context import here
from agentlog.capture.streaming import record_async_generator, record_generator

_LATE = (CoroutineType, GeneratorType, AsyncGeneratorType)


def hand_on(result: Any, call: Call) -> Any:
    """What the caller gets: the result, which is the call's answer now or will be."""
    kind = type(result)
    if kind is str or kind is dict or result is None:
        call.end_with(result)
        return result
    if isinstance(result, _LATE):
        late = _within(result, call)
        if isinstance(result, CoroutineType):
            # Python warns of a coroutine that nobody awaited: of the outer one only.
            weakref.finalize(late, result.close).atexit = False
        return _until_dropped(late, call)
    if not _is_followed(result, call):
        call.end_with(result)
    return result


async def awaited(begin: Callable[[], Awaitable[Any]], call: Call) -> Any:
    """The result of an awaitable, which is made and awaited within the call."""
    before = here.get()
    try:
        # Ctrl-C may come as soon as this is done.
        here.set(call)
        result = await begin()
    except BaseException as error:
        # A coroutine that was forgotten is closed by whoever happens to collect it, and its place is not to be changed.
        if not isinstance(error, GeneratorExit) or here.get() is call:
            here.set(before)
        call.end(error)
        raise
    here.set(before)
    return hand_on(result, call)


def _within(result: Any, call: Call) -> Any:
    late: Any
    if isinstance(result, CoroutineType):
        late = awaited(lambda: result, call)
    elif isinstance(result, GeneratorType):
        late = record_generator(lambda: result, lambda *_: call)()
    else:
        late = record_async_generator(lambda: result, lambda *_: call)()
    late.__name__, late.__qualname__ = result.__name__, result.__qualname__
    return late


def _is_followed(result: Any, call: Call) -> bool:
    """Follow a future or a client's stream; False if this is neither."""
    kind = type(result)
    try:
        if hasattr(kind, "add_done_callback"):
            _until_dropped(result, call)
            result.add_done_callback(lambda future: _settle(future, call))
            return True
        if hasattr(kind, "__next__") or hasattr(kind, "__anext__"):
            from agentlog.capture.clients.exchange import record_stream

            return record_stream(result, call)
    except Exception as trouble:  # noqa: BLE001  capture must never hurt the agent
        call.note(f"the answer could not be followed: {type(trouble).__name__}")
    return False


def _settle(future: Any, call: Call) -> None:
    # To ask for the exception would count as its retrieval, and asyncio would no longer warn of one that nobody retrieves.
    error = None if future.cancelled() else getattr(future, "_exception", None)
    try:
        if error is None:
            call.end_with(future.result())
    except BaseException as cancelled:  # noqa: BLE001  it is the future's own, whose owner will see it, too
        error = cancelled
    if error is not None:
        call.end(error)


def _until_dropped(late: Any, call: Call) -> Any:
    weakref.finalize(late, call.end, GeneratorExit())
    return late
