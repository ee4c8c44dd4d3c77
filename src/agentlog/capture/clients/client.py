"""A provider's client each of whose model calls is logged.

The clients of OpenAI and Anthropic are of one make: whatever a user calls, be it `create`, `parse`, a stream helper or a raw response, ends
in the client's `request`, with the body that is really sent. So that one method is recorded, on a copy of the client: its class, its
settings and its connections are the original's, the original is left alone, and copies made with other options are logged as well.
Wrapped again, a client is logged in the new way only.

Which requests are model calls, and what they ask, the provider's own file says. Headers, and the keys in them, are never looked at. What
comes back is handed on as the very same object; streams are followed as they are read. Closing the logged client closes the original's
connections, as with any copy that the client itself makes. Realtime connections and batches are not logged.
"""

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, TypeVar

from agentlog.capture.call import Call
from agentlog.capture.clients.exchange import Exchange
from agentlog.capture.clients.stream import followed
from agentlog.capture.context import here
from agentlog.capture.heading import UNKNOWN_ROLE
from agentlog.capture.prompt import Prompt, is_tools
from agentlog.capture.recording import Told
from agentlog.capture.serialize import encode
from agentlog.errors import SettingError
from agentlog.formats.chat_shape import is_chat

C = TypeVar("C")
ReadPrompt = Callable[[str, dict[str, Any]], Prompt | None]
"""From a request's path and body to what it asks a model; None if it asks none."""

# How the clients mark what is not to be sent.
_UNSENT = ("Omit", "NotGiven")


class Beginner(Protocol):
    """What begins calls: a logger."""

    @property
    def enabled(self) -> bool:
        """Whether anything is logged at all."""

    def begin(self, role: Any, prompt: Prompt, *, task_type: Any, model: Any, metadata: Mapping[str, Any] | None) -> Call:
        """A call that begins now."""

    def lose(self, error: BaseException) -> None:
        """Count a call that could not be begun."""


class Watch(NamedTuple):
    """How the calls of a client are logged. Without a role, a call has that of the logged call within which it is made."""

    logger: Beginner
    provider: str
    read_prompt: ReadPrompt
    role: Told
    task_type: Told
    metadata: Mapping[str, Any] | None


def logged_client(client: C, watch: Watch) -> C:
    """A copy of the client whose calls are logged.

    Raises:
        SettingError: it is no client of the provider's package.
    """
    homes = {kind.__module__.partition(".")[0] for kind in type(client).__mro__}
    if watch.provider not in homes or not hasattr(client, "with_options"):
        raise SettingError(
            f"{type(client).__name__} is no client of the package {watch.provider}: give a client, not its class or a part of it"
        )
    return _with_log(client, watch)


def _with_log(client: C, watch: Watch, *args: Any, **options: Any) -> C:
    """A copy of the client, with these options changed, whose requests and copies are logged."""
    kind: Any = type(client)
    copy = kind.copy(client, *args, **options)
    record = _record_async if inspect.iscoroutinefunction(kind.request) else _record
    copy.request = record(functools.partial(kind.request, copy), watch)
    copy.copy = copy.with_options = functools.partial(_with_log, copy, watch)
    return copy  # type: ignore[no-any-return]


def _record(request: Callable[..., Any], watch: Watch) -> Callable[..., Any]:
    @functools.wraps(request.func)  # type: ignore[attr-defined]
    def logged(cast_to: Any, options: Any, *args: Any, stream_cls: Any = None, **more: Any) -> Any:
        exchange = _begun(options, watch)
        if exchange is None:
            return request(cast_to, options, *args, stream_cls=stream_cls, **more)
        try:
            answer = request(cast_to, options, *args, stream_cls=followed(stream_cls), **more)
        except BaseException as error:
            exchange.end(error)
            raise
        exchange.received(answer)
        return answer

    return logged


def _record_async(request: Callable[..., Any], watch: Watch) -> Callable[..., Any]:
    @functools.wraps(request.func)  # type: ignore[attr-defined]
    async def logged(cast_to: Any, options: Any, *args: Any, stream_cls: Any = None, **more: Any) -> Any:
        exchange = _begun(options, watch)
        if exchange is None:
            return await request(cast_to, options, *args, stream_cls=stream_cls, **more)
        try:
            answer = await request(cast_to, options, *args, stream_cls=followed(stream_cls), **more)
        except BaseException as error:
            exchange.end(error)
            raise
        exchange.received(answer)
        return answer

    return logged


def _begun(options: Any, watch: Watch) -> Exchange | None:
    """The call that a request is, if it is one and calls are logged."""
    if not watch.logger.enabled or options.method.lower() != "post":
        return None
    try:
        return _begin(options, watch)
    except Exception as error:  # noqa: BLE001  capture must never hurt the agent
        watch.logger.lose(error)
        return None


def _begin(options: Any, watch: Watch) -> Exchange | None:
    body = _body_of(options)
    troubles = []
    try:
        prompt = watch.read_prompt(options.url.partition("?")[0], body)
        if prompt is not None and not (is_chat(prompt.messages) and is_tools(prompt.tools)):
            raise ValueError("no conversation, or no tools")
    except Exception as error:  # noqa: BLE001  what is sent is the provider's to judge
        troubles.append(f"prompt: {type(error).__name__}")
        prompt = Prompt([{"role": "user", "content": encode(body).data.decode()}])
    if prompt is None:
        return None
    told = {}
    for name, fact in (("role", watch.role), ("task_type", watch.task_type)):
        try:
            told[name] = fact(**body) if callable(fact) else fact
        except Exception as error:  # noqa: BLE001  the agent's call must go on
            troubles.append(f"{name}: {type(error).__name__}")
    asked = body.get("model")
    model = {"name": asked if isinstance(asked, str) else None, "provider": watch.provider}
    role = told.get("role") or getattr(here.get(), "role", UNKNOWN_ROLE)
    call = watch.logger.begin(role, prompt, task_type=told.get("task_type"), model=model, metadata=watch.metadata)
    for trouble in troubles:
        call.note(trouble)
    exchange = Exchange(call, body)
    if callable(parser := getattr(options, "post_parser", None)):
        options.post_parser = exchange.seeing(parser)
    return exchange


def _body_of(options: Any) -> dict[str, Any]:
    """The body that a request sends."""
    said = {**(options.json_data or {}), **(options.extra_json or {})}
    return {name: part for name, part in said.items() if type(part).__name__ not in _UNSENT}
