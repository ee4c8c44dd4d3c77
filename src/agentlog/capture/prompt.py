"""What is the prompt of a call? Found among the call's arguments, and taken down as it is when the call begins.

In this order: an argument ``messages`` that is a conversation, unchanged; ``prompt``, text or a conversation; a conversation as ``input``;
the messages of a ``state``; the description of ``task``; a text as ``input``, ``question``, ``query`` or the like, if nothing else could
belong to it; all arguments together as JSON. A conversation is a list of chat messages, or of what a framework has in their place, which is
brought to their shape.

``tools``, ``model``, ``task_id`` and sampling parameters go to the fields of their own; every other argument is kept in
``metadata.arguments``. The object whose method is called is not an argument, but may say which model it asks.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from agentlog.capture.credentials import is_credential, without_credentials, without_nested_credentials
from agentlog.capture.serialize import encode
from agentlog.formats.chat_shape import is_chat
from agentlog.formats.response import field, plain

PARAMETERS = frozenset(
    {
        "temperature", "top_p", "top_k", "min_p", "max_tokens", "max_completion_tokens", "max_output_tokens", "max_new_tokens", "stop",
        "stop_sequences", "seed", "n", "presence_penalty", "frequency_penalty", "repetition_penalty", "logit_bias", "response_format",
        "tool_choice", "parallel_tool_calls", "reasoning_effort", "reasoning", "thinking",
    }
)  # fmt: skip
_OBJECTS = frozenset({"self", "cls"})
_PLACED = PARAMETERS | _OBJECTS | {"tools", "model", "task", "task_id", "agent"}
_NONE: Mapping[str, Any] = {}
_ASKING = ("messages", "prompt", "input")
_QUESTIONS = ("input", "question", "query", "message", "user_message", "user_input", "instruction", "text")
_MODEL_NAMES = ("model_id", "model_name", "model", "name")


class Prompt:
    """What a call was asked, and with which settings.

    ``plain`` says that the messages are nothing but roles and texts, ``bare`` that there is nothing else besides.
    """

    bare = False

    def __init__(
        self,
        messages: Any,
        tools: Any = (),
        params: Mapping[str, Any] = _NONE,
        model: str | None = None,
        task_id: Any = None,
        task_description: str | None = None,
        arguments: Mapping[str, Any] = _NONE,
        plain: bool = False,
    ) -> None:
        self.messages, self.tools, self.params, self.model = messages, tools, params, model
        self.task_id, self.task_description, self.arguments, self.plain = task_id, task_description, arguments, plain

    def asking(self, messages: Any) -> "Prompt":
        """The same with other messages: a conversation, a text, or any value, which is asked as its JSON text."""
        if self.bare:
            return Prompt(conversation(messages))
        self.messages, self.plain = conversation(messages), False
        return self


class BarePrompt(Prompt):
    """Plain messages and nothing else, as most prompts are; made in half the time."""

    tools: Any = ()
    params = _NONE
    model = task_id = task_description = None
    arguments = _NONE
    plain = bare = True

    def __init__(self, messages: Any) -> None:
        self.messages = messages


def argument_reader(function: Callable[..., Any]) -> Callable[[tuple[Any, ...], dict[str, Any]], dict[str, Any]]:
    """A function from the positional and keyword arguments of a call to all of them by name, defaults included, credentials withheld.

    A call with wrong arguments is no concern here: the function itself will raise.
    """
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        # A built-in that does not tell its signature.
        return lambda args, kwargs: without_credentials({"args": args, **kwargs} if args else kwargs)
    names = [each.name for each in parameters if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
    rest = next((each.name for each in parameters if each.kind is each.VAR_POSITIONAL), None)
    defaults = {each.name: each.default for each in parameters if each.default is not each.empty}

    def read(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        if not args:
            return defaults | kwargs if defaults else kwargs.copy()
        named = dict(zip(names, args, strict=False))
        if rest is not None and len(args) > len(names):
            named[rest] = args[len(names) :]
        return defaults | named | kwargs if defaults else named | kwargs

    # Most functions cannot be given any, which is seen here once.
    open_to_any = any(each.kind is each.VAR_KEYWORD for each in parameters)
    if not open_to_any and not any(is_credential(each.name) for each in parameters):
        return read
    return lambda args, kwargs: without_credentials(read(args, kwargs))


def find_prompt(arguments: dict[str, Any]) -> Prompt:
    """The prompt among a call's named arguments; takes what it has placed out of them."""
    if len(arguments) == 1 and is_plain_chat(messages := arguments.get("messages")):
        return BarePrompt(messages)
    if _PLACED.isdisjoint(arguments):
        return _prompt_of(arguments, arguments)
    left = {name: value for name, value in arguments.items() if name not in _OBJECTS}
    params = {name: left.pop(name) for name in PARAMETERS & left.keys() if left[name] is not None}
    tools = left.pop("tools") if is_tools(left.get("tools")) else ()
    model = left.pop("model") if isinstance(left.get("model"), str) else _model_of(arguments)
    task_id, description = _task(left)
    prompt = _prompt_of(left, arguments, description)
    prompt.tools, prompt.params, prompt.model, prompt.task_id, prompt.task_description = tools, params, model, task_id, description
    return prompt


def conversation(value: Any) -> Any:
    """The value if it is a conversation; else one message of the user with its text, or its JSON."""
    messages = _chat_of(value)
    if messages is not None:
        return messages
    return [{"role": "user", "content": value if isinstance(value, str) else encode(value).data.decode()}]


def is_plain_chat(value: Any) -> bool:
    """Whether this is a list of messages that have a role and a text and nothing else, as nearly all conversations are."""
    if type(value) is not list or not value:
        return False
    try:
        for message in value:
            if type(message) is not dict or len(message) != 2 or type(message["role"]) is not str or type(message["content"]) is not str:
                return False
    except KeyError:
        return False
    return True


def is_tools(value: Any) -> bool:
    """Whether this is a list of tool schemas."""
    return isinstance(value, list | tuple) and all(isinstance(tool, dict) for tool in value)


def _prompt_of(left: dict[str, Any], arguments: dict[str, Any], description: str | None = None) -> Prompt:
    """The conversation; the argument that it was found in is taken out of ``left``."""
    for name in _ASKING:
        value = left.get(name)
        if value is None:
            continue
        if is_plain_chat(value):
            del left[name]
            return Prompt(value, (), _NONE, None, None, None, left, True)
        if name == "prompt" and isinstance(value, str):
            del left[name]
            return _asked(value, left)
        chat = _chat_of(value)
        if chat is not None:
            del left[name]
            return Prompt(chat, arguments=left)
    chat = _chat_of(field(left.get("state"), "messages")) if "state" in left else None
    if chat is not None:
        return Prompt(chat, arguments=_without_messages(left))
    return _asked(description or _question(left) or _all_of(arguments), left)


def _question(left: dict[str, Any]) -> str | None:
    """The text that is asked, if no other argument could be a part of the question."""
    data = [name for name, value in left.items() if isinstance(value, (str, bytes, dict, list, tuple))]
    return left.pop(data[0]) if len(data) == 1 and data[0] in _QUESTIONS and isinstance(left[data[0]], str) else None


def _chat_of(value: Any) -> Any:
    """The conversation in a value, if that is one: as it is, or brought to the shape of chat messages."""
    if not isinstance(value, (list, tuple)) or not value:
        return None
    if is_chat(value):
        return value
    from agentlog.formats.message_objects import read_messages

    return read_messages(value)


def _without_messages(left: dict[str, Any]) -> dict[str, Any]:
    """The arguments with what a state holds beside its messages."""
    state = {name: part for name, part in plain(left.pop("state")).items() if name != "messages"}
    return {"state": state, **left} if state else left


def _model_of(arguments: dict[str, Any]) -> str | None:
    """The model that an agent, or the object whose method is called, says it asks. Nothing is run to find out: a property might load it."""
    for owner in (arguments.get("agent"), arguments.get("self")):
        known = getattr(owner, "__dict__", None) or _NONE
        for name in ("model", "llm"):
            model = known.get(name)
            if isinstance(model, str):
                return model
            named = getattr(model, "__dict__", None) or _NONE
            for each in _MODEL_NAMES if named else ():
                if isinstance(said := named.get(each), str):
                    return said
    return None


def _asked(text: str, left: dict[str, Any]) -> Prompt:
    return Prompt([{"role": "user", "content": text}], arguments=left, plain=True)


def _all_of(arguments: dict[str, Any]) -> str:
    values = {name: value for name, value in arguments.items() if name not in _OBJECTS}
    if len(values) == 1 and isinstance(only := next(iter(values.values())), str):
        return only
    return encode(without_nested_credentials(values)).data.decode()


def _task(left: dict[str, Any]) -> tuple[Any, str | None]:
    task = left.get("task")
    task_id = left.pop("task_id") if isinstance(left.get("task_id"), (str, int)) else None
    if task is None or isinstance(task, str):
        return task_id, task
    its_id = field(task, "id") if task_id is None else task_id
    description = field(task, "description")
    return its_id if isinstance(its_id, (str, int)) else None, description if isinstance(description, str) else None
