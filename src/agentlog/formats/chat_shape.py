"""What counts as a chat message, checked without pydantic.

Everything that passes here is accepted by the schema when it is read back; a property test holds the two together. Capture uses it to
tell a conversation from any other list, imports to find the message that cannot be used.
"""

from typing import Any

# Tuples, because a union in a call of isinstance is built anew each time, and capture asks for each message of each call.
_TEXT_OR_NONE = (str, type(None))
_CONTENT = (str, list, type(None))
_ARGUMENTS = (str, dict, type(None))
_SEQUENCE = (list, tuple)

ROLES = ("system", "developer", "user", "assistant", "tool", "function")


def is_chat(value: Any) -> bool:
    """Whether this is a non-empty list of chat messages."""
    return isinstance(value, _SEQUENCE) and bool(value) and all(problem_of(message) is None for message in value)


def problem_of(message: Any) -> str | None:
    """The first thing that keeps a value from being a chat message, in a few words; None if nothing does."""
    if not isinstance(message, dict):
        return f"not an object but {type(message).__name__}"
    if not isinstance(message.get("role"), str):
        return "no role"
    content = message.get("content")
    if not isinstance(content, _CONTENT):
        return f"content is {type(content).__name__}, not text or a list of parts"
    for name in ("name", "tool_call_id"):
        if name in message and not isinstance(message[name], _TEXT_OR_NONE):
            return f"{name} is not text"
    return _problem_of_calls(message["tool_calls"]) if "tool_calls" in message else None


def _problem_of_calls(calls: Any) -> str | None:
    if calls is None:
        return None
    if not isinstance(calls, list):
        return "tool_calls is not a list"
    for call in calls:
        if not isinstance(call, dict) or not isinstance(call.get("function"), dict):
            return "a tool call without a function"
        if not isinstance(call.get("id"), _TEXT_OR_NONE) or not isinstance(call.get("type", ""), str):
            return "a tool call whose id or type is not text"
        function = call["function"]
        if not isinstance(function.get("name"), str):
            return "a tool call whose function has no name"
        if not isinstance(function.get("arguments"), _ARGUMENTS):
            return "a tool call whose arguments are neither text nor an object"
    return None
