"""Template: a conversation as the model's own chat template prints it, with nothing lost on the way.

Logs hold messages in the shape of OpenAI's API; templates were written by many hands. What differs is mended here without changing what
is said: null content is empty text, text parts are one text, a missing call type is ``function``, an empty list of calls is no list.
Tool-call arguments are JSON text in a log. A template that prints them as JSON would quote that text a second time, so it gets parsed
values; one that joins them to other text gets the text. Which of the two it is, the template shows on a probe; nobody has to know it.
What a template cannot print (a picture, a call where it knows none) is an error, never a silent gap.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import orjson

from agentlog.errors import RenderError

Tokenizer: TypeAlias = Any
"""A transformers tokenizer; that package is only imported where models are."""
ArgumentForm = Literal["values", "text"]

_WORDS = "probe words"
_ARGUMENTS = {"probe_key": "probe_value"}


def render_text(tokenizer: Tokenizer, messages: Sequence[Mapping[str, Any]], tools: list[dict[str, Any]], *, prompt: bool) -> str:
    """The text of a conversation; with ``prompt``, up to where the model begins to answer.

    Raises:
        RenderError: the template refuses the conversation.
    """
    from jinja2 import TemplateError

    try:
        text = tokenizer.apply_chat_template(list(messages), tools=tools or None, add_generation_prompt=prompt, tokenize=False)
    except (TemplateError, TypeError, ValueError, KeyError, AttributeError) as error:
        raise RenderError(f"the chat template refuses it ({' '.join(str(error).split())})") from error
    return str(text)


class Shape(NamedTuple):
    """What a template can read, as it shows on a probe."""

    parts: bool
    """Whether text must come as a list of parts; templates of models that also see pictures may insist on it."""
    arguments: ArgumentForm | None
    """How tool-call arguments must come; nothing if it prints no tool calls."""


def shape_of(tokenizer: Tokenizer) -> Shape:
    """What the tokenizer's chat template can read. Where it reads arguments both ways, values: that is what servers hand to it."""
    plain = _print(tokenizer, [{"role": "user", "content": _WORDS}])
    listed = _print(tokenizer, [{"role": "user", "content": [{"type": "text", "text": _WORDS}]}])
    parts = _WORDS not in plain and _WORDS in listed and "{'type'" not in listed
    text = orjson.dumps(_ARGUMENTS).decode()
    printed = _print_call(tokenizer, _ARGUMENTS, parts)
    if "probe_key" in printed and "probe_value" in printed and "{'probe_key'" not in printed:
        return Shape(parts, "values")
    return Shape(parts, "text" if text in _print_call(tokenizer, text, parts) else None)


def printable(messages: Sequence[Mapping[str, Any]], shape: Shape) -> list[dict[str, Any]]:
    """The messages as a template of that shape can read them.

    Raises:
        RenderError: a message holds what no chat template prints; the error names it by its position.
    """
    ready = []
    for position, message in enumerate(messages):
        try:
            ready.append(_printable(dict(message), shape))
        except RenderError as error:
            raise RenderError(f"message {position}: {error}") from error
    return ready


def said(message: Mapping[str, Any]) -> str:
    """The text of a printable message."""
    content = message["content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def _print_call(tokenizer: Tokenizer, arguments: Any, parts: bool) -> str:
    # Some templates insist on call ids of nine characters.
    call = {"id": "probe0001", "type": "function", "function": {"name": "probe_tool", "arguments": arguments}}
    conversation: list[dict[str, Any]] = [
        {"role": "user", "content": _content(_WORDS, parts)},
        {"role": "assistant", "content": _content("", parts), "tool_calls": [call]},
    ]
    return _print(tokenizer, conversation)


def _print(tokenizer: Tokenizer, conversation: list[dict[str, Any]]) -> str:
    try:
        return render_text(tokenizer, conversation, [], prompt=False)
    except RenderError:
        return ""


def _content(text: str, parts: bool) -> str | list[dict[str, str]]:
    return [{"type": "text", "text": text}] if parts else text


def _printable(message: dict[str, Any], shape: Shape) -> dict[str, Any]:
    message["content"] = _content(_text(message.get("content")), shape.parts)
    calls = message.pop("tool_calls", None)
    if message.get("function_call"):
        raise RenderError("it has the old function_call, which templates do not print: give it as tool_calls")
    if calls:
        if shape.arguments is None:
            raise RenderError("it calls a tool, and the chat template prints no tool calls")
        message["tool_calls"] = [_call(dict(call), shape.arguments) for call in calls]
    return message


def _text(content: Any) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    texts = [part.get("text") if isinstance(part, dict) and part.get("type", "text") == "text" else None for part in content]
    if any(not isinstance(text, str) for text in texts):
        raise RenderError("it has a part that is not text")
    return "".join(text for text in texts if text)


def _call(call: dict[str, Any], form: ArgumentForm) -> dict[str, Any]:
    function = dict(call["function"])
    arguments = function.get("arguments")
    if form == "values":
        function["arguments"] = _values(arguments)
    elif not isinstance(arguments, str):
        function["arguments"] = orjson.dumps(arguments or {}).decode()
    return {**call, "type": call.get("type") or "function", "function": function}


def _values(arguments: Any) -> dict[str, Any]:
    if isinstance(arguments, str):
        try:
            arguments = orjson.loads(arguments or "{}")
        except orjson.JSONDecodeError as error:
            raise RenderError(f"the arguments of its tool call are not JSON ({error.msg})") from error
    if arguments is None:
        return {}
    if not isinstance(arguments, dict):
        raise RenderError("the arguments of its tool call are not a JSON object")
    return arguments
