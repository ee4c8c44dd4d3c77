"""What is the prompt of a call? Found among the call's arguments, and taken down as it is when the call begins.

In this order: an argument ``messages`` that is a conversation, unchanged; ``prompt``, text or a conversation; the description of ``task``;
all arguments together as JSON. ``tools``, ``model``, ``task_id`` and sampling parameters go to the fields of their own; every other
argument is kept in ``metadata.arguments``. The object whose method is called is not an argument.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from agentlog.capture.serialize import encode
from agentlog.formats.chat_shape import is_chat
from agentlog.formats.response import field

PARAMETERS = frozenset(
    {
        "temperature", "top_p", "top_k", "min_p", "max_tokens", "max_completion_tokens", "max_new_tokens", "stop", "seed", "n",
        "presence_penalty", "frequency_penalty", "repetition_penalty", "logit_bias", "response_format", "tool_choice", "reasoning_effort",
    }
)  # fmt: skip


class Prompt(NamedTuple):
    """What a call was asked, and with which settings."""

    messages: Any
    tools: Any = ()
    params: Mapping[str, Any] = {}
    model: str | None = None
    task_id: Any = None
    task_description: str | None = None
    arguments: Mapping[str, Any] = {}


def argument_reader(function: Callable[..., Any]) -> Callable[[tuple[Any, ...], dict[str, Any]], dict[str, Any]]:
    """A function from the positional and keyword arguments of a call to all of them by name, defaults included.

    A call with wrong arguments is no concern here: the function itself will raise.
    """
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        # A built-in that does not tell its signature.
        return lambda args, kwargs: {"args": args, **kwargs} if args else kwargs
    names = [each.name for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    rest = next((each.name for each in parameters if each.kind is each.VAR_POSITIONAL), None)
    defaults = {each.name: each.default for each in parameters if each.default is not each.empty}

    def read(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        named = dict(zip(names, args, strict=False))
        if rest is not None and len(args) > len(names):
            named[rest] = args[len(names) :]
        return defaults | named | kwargs if defaults else named | kwargs

    return read


def find_prompt(arguments: Mapping[str, Any]) -> Prompt:
    """The prompt among a call's named arguments."""
    left = dict(arguments)
    left.pop("self", None)
    left.pop("cls", None)
    params = {name: left.pop(name) for name in PARAMETERS & left.keys() if left[name] is not None}
    tools = left.pop("tools") if is_tools(left.get("tools")) else ()
    model = left.pop("model") if isinstance(left.get("model"), str) else None
    task_id, description = _task(left)
    return Prompt(_take_messages(left, description, arguments), tools, params, model, task_id, description, left)


def _task(left: dict[str, Any]) -> tuple[Any, str | None]:
    task = left.get("task")
    task_id = left.pop("task_id") if isinstance(left.get("task_id"), (str, int)) else None
    if task is None or isinstance(task, str):
        return task_id, task
    its_id = field(task, "id") if task_id is None else task_id
    return its_id if isinstance(its_id, (str, int)) else None, _text(field(task, "description"))


def _take_messages(left: dict[str, Any], description: str | None, arguments: Mapping[str, Any]) -> Any:
    """The conversation; the argument that it was found in is taken out of ``left``."""
    if is_chat(left.get("messages")):
        return left.pop("messages")
    if is_chat(left.get("prompt")):
        return left.pop("prompt")
    if isinstance(left.get("prompt"), str):
        return [_user(left.pop("prompt"))]
    return [_user(description or _all_of({name: value for name, value in arguments.items() if name not in ("self", "cls")}))]


def _user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def _all_of(arguments: Mapping[str, Any]) -> str:
    values = list(arguments.values())
    if len(values) == 1 and isinstance(values[0], str):
        return values[0]
    return encode(dict(arguments)).data.decode()


def is_tools(value: Any) -> bool:
    """Whether this is a list of tool schemas."""
    return isinstance(value, list | tuple) and all(isinstance(tool, dict) for tool in value)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
