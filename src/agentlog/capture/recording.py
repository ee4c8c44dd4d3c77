"""A function that is logged, whatever its kind: plain, coroutine, generator, async generator, method, partial or callable object.

`inspect` still sees the same kind and signature; arguments, results and exceptions pass through untouched, as the very same objects.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from agentlog.capture.call import Call
from agentlog.capture.context import inside_call
from agentlog.capture.prompt import Prompt, argument_reader, find_prompt
from agentlog.capture.serialize import encode
from agentlog.capture.streaming import Begin, record_async_generator, record_generator

Told = str | Callable[..., str | None] | None
"""A text, or a function that finds it among the arguments of the logged call."""


class Starter(Protocol):
    """What begins calls: a logger."""

    @property
    def enabled(self) -> bool:
        """Whether anything is logged at all."""

    def begin(self, role: str, prompt: Prompt, *, task_type: str | None, model: Any, metadata: Mapping[str, Any] | None) -> Call:
        """A call that begins now."""

    def lose(self, error: BaseException) -> None:
        """Count a call that could not be begun."""


@dataclass(frozen=True)
class Facts:
    """What is said of a function's calls beforehand."""

    role: Told
    task_type: Told = None
    model: Any = None
    metadata: Mapping[str, Any] | None = None


def record_function(function: Callable[..., Any], facts: Facts, logger: Callable[[], Starter]) -> Callable[..., Any]:
    """The function, logged to whatever logger there is when it is called."""
    begin = _beginner(function, facts, logger)
    target = function if inspect.isroutine(function) or isinstance(function, functools.partial) else type(function).__call__
    if inspect.isasyncgenfunction(target):
        return record_async_generator(function, begin)
    if inspect.isgeneratorfunction(target):
        return record_generator(function, begin)
    if inspect.iscoroutinefunction(target):
        return _record_coroutine(function, begin)
    return _record_plain(function, begin)


def _record_plain(function: Callable[..., Any], begin: Begin) -> Callable[..., Any]:
    @functools.wraps(function)
    def logged(*args: Any, **kwargs: Any) -> Any:
        call = begin(args, kwargs)
        if call is None:
            return function(*args, **kwargs)
        try:
            with inside_call(call.id):
                result = function(*args, **kwargs)
        except BaseException as error:
            call.end(error)
            raise
        # What a plain function hands on to be awaited or iterated is its answer only when that has been done.
        if inspect.iscoroutine(result):
            return _awaited(result, call)
        if inspect.isgenerator(result):
            return record_generator(lambda: result, lambda *_: call)()
        if inspect.isasyncgen(result):
            return record_async_generator(lambda: result, lambda *_: call)()
        call.output = result
        call.end()
        return result

    return logged


def _record_coroutine(function: Callable[..., Awaitable[Any]], begin: Begin) -> Callable[..., Any]:
    @functools.wraps(function)
    async def logged(*args: Any, **kwargs: Any) -> Any:
        call = begin(args, kwargs)
        if call is None:
            return await function(*args, **kwargs)
        return await _awaited(function(*args, **kwargs), call)

    return logged


async def _awaited(running: Awaitable[Any], call: Call) -> Any:
    try:
        with inside_call(call.id):
            result = await running
    except BaseException as error:
        call.end(error)
        raise
    call.output = result
    call.end()
    return result


def _beginner(function: Callable[..., Any], facts: Facts, logger: Callable[[], Starter]) -> Begin:
    read = argument_reader(function)

    def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
        starter = logger()
        if not starter.enabled:
            return None
        try:
            return _begin(starter, facts, read(args, kwargs), args, kwargs)
        except Exception as error:  # noqa: BLE001  capture must never hurt the agent
            starter.lose(error)
            return None

    return begin


def _begin(starter: Starter, facts: Facts, named: dict[str, Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
    troubles: list[str] = []

    def told(what: str, fact: Told) -> str | None:
        if not callable(fact):
            return fact
        try:
            answer = fact(*args, **kwargs)
        except Exception as error:  # noqa: BLE001  the agent's call must go on
            troubles.append(f"{what}: {type(error).__name__}")
            return None
        return answer if isinstance(answer, str) else None

    try:
        prompt = find_prompt(named)
    except Exception as error:  # noqa: BLE001  a foreign object may raise anything when it is looked into
        troubles.append(f"prompt: {type(error).__name__}")
        prompt = Prompt([{"role": "user", "content": encode(named).data.decode()}])
    role = told("role", facts.role) or UNKNOWN_ROLE
    call = starter.begin(role, prompt, task_type=told("task_type", facts.task_type), model=facts.model, metadata=facts.metadata)
    for trouble in troubles:
        call.note(trouble)
    return call


UNKNOWN_ROLE = "unknown"
