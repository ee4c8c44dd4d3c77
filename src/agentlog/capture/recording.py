"""A function that is logged, whatever its kind: plain, coroutine, generator, async generator, method, partial or callable object.

`inspect` still sees the same kind and signature; arguments, results and exceptions pass through untouched, as the very same objects.
What can be decided when a function is decorated is decided there, and not again at each call.
"""

import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping
from enum import Enum
from types import FunctionType
from typing import Any, NamedTuple, Protocol, cast

from agentlog.capture.call import Call
from agentlog.capture.context import here
from agentlog.capture.credentials import without_nested_credentials
from agentlog.capture.handed_on import awaited, hand_on
from agentlog.capture.heading import UNKNOWN_ROLE, Heading, heading_of
from agentlog.capture.prompt import Prompt, argument_reader, find_prompt
from agentlog.capture.recorder import Nowhere, Recorder
from agentlog.capture.said import mapping_said
from agentlog.capture.serialize import encode
from agentlog.capture.stand_in import logged_callable
from agentlog.capture.streaming import Begin, record_async_generator, record_generator
from agentlog.errors import SettingError
from agentlog.formats.response import field

Told = str | Callable[..., str | None] | None
"""A text, or a function that finds it among the arguments of the logged call."""


class Starter(Protocol):
    """What begins calls: a logger."""

    @property
    def enabled(self) -> bool:
        """Whether anything is logged at all."""

    def begin(
        self, role: str, prompt: Prompt, task_type: str | None = None, model: Any = None, metadata: Mapping[str, Any] | None = None
    ) -> Call:
        """A call that begins now."""

    @property
    def recorder(self) -> Recorder | None:
        """What its calls are given; None if nothing is logged."""

    def lose(self, error: BaseException) -> None:
        """Count a call that could not be begun."""


BeginBy = Callable[[Starter, Recorder, tuple[Any, ...], dict[str, Any]], Call | None]


class Facts(NamedTuple):
    """What is said of a function's calls beforehand. ``prompt`` and ``output`` are functions of its arguments and of its result."""

    role: Told = None
    task_type: Told = None
    model: Any = None
    metadata: Mapping[str, Any] | None = None
    prompt: Callable[..., Any] | None = None
    output: Callable[[Any], Any] | None = None


def record_function(function: Callable[..., Any], facts: Facts, logger: Starter | Callable[[], Starter]) -> Callable[..., Any]:
    """The function, logged to a logger, or to whatever logger there is when it is called.

    Raises:
        SettingError: it is a class, which must stay one.
    """
    if isinstance(function, type):
        raise SettingError(f"{function.__name__} is a class: put the decorator above the method that is to be logged")
    starter, find = (None, logger) if callable(logger) else (logger, lambda: logger)
    begin_by = _beginner(function, facts)

    def begin(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
        starter = find()
        return None if starter.recorder is None else begin_by(starter, starter.recorder, args, kwargs)

    target = function if inspect.isroutine(function) or isinstance(function, functools.partial) else type(function).__call__
    logged: Callable[..., Any]
    if inspect.isasyncgenfunction(target):
        logged = record_async_generator(function, begin)
    elif inspect.isgeneratorfunction(target):
        logged = record_generator(function, begin)
    elif inspect.iscoroutinefunction(target):
        logged = _record_coroutine(function, begin)
    else:
        logged = _record_plain(function, begin_by, starter, find)
    if type(function) is FunctionType:
        return logged
    return cast(Callable[..., Any], logged_callable(function, functools.partial(record_function, facts=facts, logger=logger), logged))


def _record_plain(function: Callable[..., Any], begin: BeginBy, given: Starter | None, find: Callable[[], Starter]) -> Callable[..., Any]:
    @functools.wraps(function)
    def logged(*args: Any, **kwargs: Any) -> Any:
        starter = find() if given is None else given
        recorder = starter.recorder
        if recorder is None or (call := begin(starter, recorder, args, kwargs)) is None:
            return function(*args, **kwargs)
        before = here.get()
        try:
            # Ctrl-C may come as soon as this is done.
            here.set(call)
            result = function(*args, **kwargs)
        except BaseException as error:
            here.set(before)
            call.end(error)
            raise
        here.set(before)
        if type(result) is not str:
            return hand_on(result, call)
        call.end_with(result)
        return result

    return logged


def _record_coroutine(function: Callable[..., Awaitable[Any]], begin: Begin) -> Callable[..., Any]:
    @functools.wraps(function)
    async def logged(*args: Any, **kwargs: Any) -> Any:
        call = begin(args, kwargs)
        if call is None:
            return await function(*args, **kwargs)
        return await awaited(functools.partial(function, *args, **kwargs), call)

    return logged


def begin_call(recorder: Recorder, heading: Heading, prompt: Prompt, model: Any = None, metadata: Any = None) -> Call:
    """A call that begins here and now; one that sampling leaves out is written nowhere, and its id says so."""
    place, sampling = here.get(), recorder.sampling
    if sampling is None or (rate := sampling.rate(heading.role)) >= 1.0:
        return Call(recorder, place, heading, prompt, model, metadata)
    if sampling.keeps(heading.role, place.session.id):
        return Call(recorder, place, heading, prompt, model, {**mapping_said(metadata or {}, "metadata"), "sampling_rate": rate})
    left_out = Call(recorder._replace(sink=Nowhere()), place, heading, prompt, model)
    left_out.leave_out()
    return left_out


def _beginner(function: Callable[..., Any], facts: Facts) -> BeginBy:
    read = argument_reader(function)
    role, task_type, model, metadata, own_prompt, output = facts
    find_role = None if isinstance(role, str) else _finder("role", role or _role_among)
    find_task_type = _finder("task_type", task_type) if callable(task_type) else None
    # What is told as it is need not be found at each call, which is the usual case.
    owner = getattr(function, "__self__", None)
    known_role, known_type = role if isinstance(role, str) else "", task_type if isinstance(task_type, str) else None
    heading = heading_of(known_role, known_type) if known_role and find_task_type is None else None

    def begin(starter: Starter, recorder: Recorder, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call | None:
        try:
            troubles: list[str] | None = None
            named = read(args, kwargs)
            if heading is None:
                troubles = []
                its_role = known_role if find_role is None else find_role({"self": owner, **named}, args, kwargs, troubles)
                its_type = known_type if find_task_type is None else find_task_type(named, args, kwargs, troubles)
            try:
                prompt = find_prompt(named) if own_prompt is None else find_prompt(named).asking(own_prompt(*args, **kwargs))
            except Exception as error:  # noqa: BLE001  a foreign object may raise anything when it is looked into
                troubles = [*(troubles or ()), f"prompt: {type(error).__name__}"]
                prompt = Prompt([{"role": "user", "content": encode(without_nested_credentials(read(args, kwargs))).data.decode()}])
            its_heading = heading or heading_of(its_role or UNKNOWN_ROLE, its_type)
            if recorder.sampling is None:
                call = Call(recorder, here.get(), its_heading, prompt, model, metadata)
            else:
                call = begin_call(recorder, its_heading, prompt, model, metadata)
            if output is not None:
                call.read_output = output
            for trouble in troubles or ():
                call.note(trouble)
            return call
        except Exception as error:  # noqa: BLE001  capture must never hurt the agent
            starter.lose(error)
            return None

    return begin


_Named = dict[str, Any]
_Find = Callable[[_Named, tuple[Any, ...], dict[str, Any], list[str]], str | None]


def _finder(what: str, told: Callable[..., Any]) -> _Find:
    """How to find a role or a task type by a function of the call's arguments."""

    def find(named: _Named, args: tuple[Any, ...], kwargs: dict[str, Any], troubles: list[str]) -> str | None:
        try:
            answer = told(named) if told is _role_among else told(*args, **kwargs)
        except Exception as error:  # noqa: BLE001  the agent's call must go on
            troubles.append(f"{what}: {type(error).__name__}")
            return None
        answer = answer.value if isinstance(answer, Enum) else answer
        return answer if isinstance(answer, str) else None

    return find


def _role_among(named: _Named) -> Any:
    """The role that an agent among the arguments, or the object whose method is called, says of itself; else its name."""
    for fact in ("role", "name"):
        for name in ("agent", "starting_agent", "self"):
            said = field(named.get(name), fact)
            if said:
                return said
    return None
