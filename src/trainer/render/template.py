"""Template: a conversation as the model's own chat template prints it, with nothing lost on the way.

Logs hold messages in the shape of OpenAI's API; templates were written by many hands. What differs is mended here without changing what
is said: null content is empty text, text parts are one text, a missing call type is ``function``, an empty list of calls is no list.
Tool-call arguments are JSON text in a log. A template that prints them as JSON would quote that text a second time, so it gets parsed
values; one that joins them to other text gets the text. Which of the two it is, the template shows on a probe; nobody has to know it.
What a template cannot print (a picture, a call where it knows none) is an error, never a silent gap.

A template that prints the day would print another one when a run is resumed or done again, so its clock stands still on one day, unless
the caller names another.
"""

import datetime
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import orjson

from agentlog.errors import RenderError

Tokenizer: TypeAlias = Any
"""A transformers tokenizer; that package is only imported where models are."""
ArgumentForm = Literal["values", "text"]

FROZEN_DAY = datetime.date(2025, 1, 1)
"""The day that templates print: always the same one, so that a dataset always renders to the same ids."""
REASONING_FIELDS = ("reasoning_content", "reasoning", "thinking")
"""Where logs and templates keep what a model thought before it answered."""

_CLOCK = re.compile(r"""strftime_now\(\s*(?P<quote>['"])(?P<form>[^'"\\]*)(?P=quote)\s*\)""")
_WORDS = "probe words"
_ARGUMENTS = {"probe_key": "probe_value"}


def render_text(
    tokenizer: Tokenizer,
    messages: Sequence[Mapping[str, Any]],
    tools: list[dict[str, Any]],
    *,
    prompt: bool,
    day: datetime.date = FROZEN_DAY,
) -> str:
    """The text of a conversation; with ``prompt``, up to where the model begins to answer.

    Args:
        tokenizer: a transformers tokenizer with a chat template.
        messages: the conversation, as `printable` makes it.
        tools: what the model is offered.
        prompt: whether the generation prompt comes last.
        day: the day a template prints, if it prints one.

    Raises:
        RenderError: the template refuses the conversation.
    """
    from jinja2 import TemplateError

    try:
        source = str(tokenizer.get_chat_template(None, tools or None))
        clock = {"chat_template": _stopped(source, day)} if "strftime_now" in source else {}
        text = tokenizer.apply_chat_template(list(messages), tools=tools or None, add_generation_prompt=prompt, tokenize=False, **clock)
    except (TemplateError, TypeError, ValueError, KeyError, AttributeError) as error:
        raise RenderError(f"the chat template refuses it ({' '.join(str(error).split())})") from error
    return str(text)


def prints_the_day(tokenizer: Tokenizer) -> bool:
    """Whether the template would print the day on which it is rendered."""
    asked = [{"role": "user", "content": _WORDS}]
    try:
        days = {render_text(tokenizer, asked, [], prompt=True, day=day) for day in (FROZEN_DAY, datetime.date(1999, 12, 31))}
    except RenderError:
        return False
    return len(days) == 2


def prints_tools(tokenizer: Tokenizer, tools: list[dict[str, Any]]) -> bool:
    """Whether the template shows the model each tool that it is offered; an empty list of tools shows none."""
    asked = [{"role": "user", "content": _content(_WORDS, shape_of(tokenizer, tools).parts)}]
    try:
        shown, without = render_text(tokenizer, asked, tools, prompt=True), render_text(tokenizer, asked, [], prompt=True)
    except RenderError:
        return False
    names = [str((tool.get("function") or tool).get("name", "")) for tool in tools]
    return shown != without and all(name in shown for name in names)


def _stopped(source: str, day: datetime.date) -> str:
    stopped = _CLOCK.sub(lambda call: repr(day.strftime(call["form"])), source)
    if re.search(r"strftime_now\s*\(", stopped):
        raise RenderError("the chat template prints the time in a form that cannot be held still: write its format as plain text there")
    return stopped


class Shape(NamedTuple):
    """What a template can read, as it shows on a probe."""

    parts: bool
    """Whether text must come as a list of parts; templates of models that also see pictures may insist on it."""
    arguments: ArgumentForm | None
    """How tool-call arguments must come; nothing if it prints no tool calls."""


def shape_of(tokenizer: Tokenizer, tools: list[dict[str, Any]] | None = None) -> Shape:
    """What the tokenizer's chat template can read. Where it reads arguments both ways, values: that is what servers hand to it.

    A tokenizer may have one template for conversations with tools and another for those without, so the tools decide which is asked.
    """
    template = str(tokenizer.get_chat_template(None, tools or None))
    if template not in _SHAPES:
        _SHAPES[template] = _probe(tokenizer, tools or [])
    return _SHAPES[template]


_SHAPES: dict[str, Shape] = {}


def _probe(tokenizer: Tokenizer, tools: list[dict[str, Any]]) -> Shape:
    plain = _print(tokenizer, [{"role": "user", "content": _WORDS}], tools)
    listed = _print(tokenizer, [{"role": "user", "content": [{"type": "text", "text": _WORDS}]}], tools)
    parts = _WORDS not in plain and _WORDS in listed and "{'type'" not in listed
    text = orjson.dumps(_ARGUMENTS).decode()
    printed = _print_call(tokenizer, _ARGUMENTS, parts, tools)
    if "probe_key" in printed and "probe_value" in printed and "{'probe_key'" not in printed:
        return Shape(parts, "values")
    return Shape(parts, "text" if text in _print_call(tokenizer, text, parts, tools) else None)


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


def reasoning_of(message: Mapping[str, Any]) -> str:
    """What a model thought before a message, where it is kept beside the text."""
    return next((thought for field in REASONING_FIELDS if isinstance(thought := message.get(field), str) and thought.strip()), "")


def _print_call(tokenizer: Tokenizer, arguments: Any, parts: bool, tools: list[dict[str, Any]]) -> str:
    # Some templates insist on call ids of nine characters.
    call = {"id": "probe0001", "type": "function", "function": {"name": "probe_tool", "arguments": arguments}}
    conversation: list[dict[str, Any]] = [
        {"role": "user", "content": _content(_WORDS, parts)},
        {"role": "assistant", "content": _content("", parts), "tool_calls": [call]},
    ]
    return _print(tokenizer, conversation, tools)


def _print(tokenizer: Tokenizer, conversation: list[dict[str, Any]], tools: list[dict[str, Any]]) -> str:
    try:
        return render_text(tokenizer, conversation, tools, prompt=False)
    except RenderError:
        return ""


def _content(text: str, parts: bool) -> str | list[dict[str, str]]:
    return [{"type": "text", "text": text}] if parts else text


def _printable(message: dict[str, Any], shape: Shape) -> dict[str, Any]:
    message["content"] = _content(_text(message.get("content")), shape.parts)
    thought = reasoning_of(message)
    for field in REASONING_FIELDS:
        message.pop(field, None)
    # Each template reads its own field, so the thought stands in all of them.
    message |= dict.fromkeys(REASONING_FIELDS, thought) if thought else {}
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
            # Python's own reader keeps whole numbers of any length as they are.
            arguments = json.loads(arguments or "{}", parse_constant=_no_number, object_pairs_hook=_object)
        except ValueError as error:
            raise RenderError(f"the arguments of its tool call are not JSON ({error})") from error
    if arguments is None:
        return {}
    if not isinstance(arguments, dict):
        raise RenderError("the arguments of its tool call are not a JSON object")
    return arguments


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number there")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in it")
    return found
