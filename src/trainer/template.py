"""Template: a conversation as the model's own chat template prints it, with nothing lost on the way.

Logs hold messages in the shape of OpenAI's API; templates were written by many hands. What differs is mended here without changing what
is said: null content is empty text, text parts are one text, a missing call type is ``function``, an empty list of calls is no list.
Tool-call arguments are JSON text in a log. A template that prints them as JSON would quote that text a second time, so it gets parsed
values; one that joins them to other text gets the text. Which of the two it is, the template shows on a probe. What a template cannot
print (a picture, a call where it knows none) is an error, never a silent gap.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import orjson

from agentlog.errors import RenderError

Tokenizer: TypeAlias = Any
"""A transformers tokenizer; that package is only imported where models are."""
ArgumentForm = Literal["values", "text"]

_PROBE = {"probe_key": "probe_value"}


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


def printable(messages: Sequence[Mapping[str, Any]], form: ArgumentForm | None) -> list[dict[str, Any]]:
    """The messages in the shape templates understand; ``form`` is what `argument_form` found.

    Raises:
        RenderError: a message holds what no chat template prints; the error names it by its position.
    """
    ready = []
    for position, message in enumerate(messages):
        try:
            ready.append(_printable(dict(message), form))
        except RenderError as error:
            raise RenderError(f"message {position}: {error}") from error
    return ready


def argument_form(tokenizer: Tokenizer) -> ArgumentForm | None:
    """How the template wants tool-call arguments; nothing if it prints no tool calls.

    Where both work, values: that is what servers hand to the same template.
    """
    text = orjson.dumps(_PROBE).decode()
    printed = _probe(tokenizer, _PROBE)
    if "probe_key" in printed and "probe_value" in printed and "{'probe_key'" not in printed:
        return "values"
    return "text" if text in _probe(tokenizer, text) else None


def _probe(tokenizer: Tokenizer, arguments: Any) -> str:
    # Some templates insist on call ids of nine characters.
    call = {"id": "probe0001", "type": "function", "function": {"name": "probe_tool", "arguments": arguments}}
    conversation: list[dict[str, Any]] = [{"role": "user", "content": "probe"}, {"role": "assistant", "content": "", "tool_calls": [call]}]
    try:
        return render_text(tokenizer, conversation, [], prompt=False)
    except RenderError:
        return ""


def _printable(message: dict[str, Any], form: ArgumentForm | None) -> dict[str, Any]:
    message["content"] = _text(message.get("content"))
    calls = message.pop("tool_calls", None)
    if message.get("function_call"):
        raise RenderError("it has the old function_call, which templates do not print: give it as tool_calls")
    if calls:
        if form is None:
            raise RenderError("it calls a tool, and the chat template prints no tool calls")
        message["tool_calls"] = [_call(dict(call), form) for call in calls]
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
