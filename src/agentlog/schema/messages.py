"""A chat message, in the shape of OpenAI's chat API: the lingua franca of trainers and chat templates.

Messages stay plain dictionaries, because that is what templates, trainers and users index into; validation checks the known keys and
keeps the unknown ones. ``content`` is a string, null or a list of parts; the ``arguments`` of a tool call stay as they arrived, a raw
string as a rule, so that nothing is lost by parsing and printing them again.
"""

from typing import Any, Required

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

_KEEP_UNKNOWN = ConfigDict(extra="allow")


@with_config(_KEEP_UNKNOWN)
class ToolFunction(TypedDict, total=False):
    """The function that a tool call names, with its arguments."""

    name: Required[str]
    arguments: str | dict[str, Any] | None


@with_config(_KEEP_UNKNOWN)
class ToolCall(TypedDict, total=False):
    """One call of a tool, asked for by the model."""

    id: str | None
    type: str
    function: Required[ToolFunction]


@with_config(_KEEP_UNKNOWN)
class ChatMessage(TypedDict, total=False):
    """One message; only ``role`` is always there."""

    role: Required[str]
    content: str | list[Any] | None
    tool_calls: list[ToolCall] | None
    tool_call_id: str | None
    name: str | None


def text_of(message: ChatMessage) -> str:
    """The text of a message: its string, or its text parts joined; empty where there is none."""
    content = message.get("content")
    if isinstance(content, list):
        return "".join(part["text"] for part in content if isinstance(part, dict) and isinstance(part.get("text"), str))
    return content or ""
