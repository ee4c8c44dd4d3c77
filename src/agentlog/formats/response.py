"""What every provider's answer is brought to: one message, and what was said about it.

Answers arrive as dictionaries or as objects of a client package; `field`, `plain` and `tree` look into both, so that no client package is
needed here.
"""

import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

_LEAVES = (str, int, float, type(None))
_CLIENTS = ("openai", "anthropic")


class Response(NamedTuple):
    """An answer in the log's shape.

    ``rest`` holds whatever the other fields have no place for, ``changed`` what JSON had no word for.
    """

    message: dict[str, Any]
    usage: dict[str, Any] | None
    finish_reason: str | None
    model: str | None
    rest: dict[str, Any]
    changed: Sequence[str] = ()


def field(value: Any, name: str) -> Any:
    """A key of a dictionary or an attribute of an object; None where there is none."""
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)


def plain(value: Any) -> dict[str, Any]:
    """A dictionary or a client's object as a dictionary of its own; what is None is left out."""
    return {key: part for key, part in _fields(value).items() if part is not None}


def tree(value: Any) -> Any:
    """The same with all that is within it: dictionaries and lists in place of objects; nothing is left out."""
    if isinstance(value, _LEAVES):
        return value
    if isinstance(value, (list, tuple)):
        return [tree(part) for part in value]
    try:
        return {key: tree(part) for key, part in _fields(value).items()}
    except TypeError:
        # No object with fields: whoever writes it down says what it was.
        return value


def read_usage(usage: Any, input_name: str, output_name: str) -> dict[str, Any] | None:
    """Token counts under the log's names; counts of other kinds keep theirs."""
    if usage is None:
        return None
    said = plain(usage)
    counts: dict[str, Any] = {}
    for name, foreign in (("input_tokens", input_name), ("output_tokens", output_name)):
        given = foreign if foreign in said else name
        count = said.pop(given, None)
        counts[name] = _count(count)
        if count is not None and counts[name] is None:
            # No count, and all the same what was said.
            counts[f"{given}_given"] = count
    return counts | said


def _count(value: Any) -> int | None:
    try:
        return operator.index(value)
    except TypeError:
        return None


def assistant(content: str | None, tool_calls: list[dict[str, Any]], reasoning: str = "") -> dict[str, Any]:
    """An assistant's message; the text of its reasoning has a place of its own, where chat templates look for it."""
    message = {"role": "assistant", "content": content, "tool_calls": tool_calls}
    return message | {"reasoning_content": reasoning} if reasoning else message


def tool_call(call_id: Any, name: Any, arguments: str, kind: str = "function") -> dict[str, Any]:
    """A tool call as chat messages write it; of a stream that was cut, it may have no name."""
    return {"id": call_id, "type": kind, "function": {"name": name or "", "arguments": arguments}}


def tool_schema(tool: dict[str, Any], parameters: str) -> dict[str, Any]:
    """A tool of a flat shape as chat requests write it; ``parameters`` is what its arguments' schema is called there."""
    homes = {"name": "name", "description": "description", "strict": "strict", parameters: "parameters"}
    function = {home: tool[name] for name, home in homes.items() if tool.get(name) is not None}
    beside = {name: part for name, part in tool.items() if name not in homes and name != "type"}
    return {"type": "function", "function": function, **beside}


def _fields(value: Any) -> dict[str, Any]:
    said: dict[str, Any]
    if isinstance(value, dict):
        said = value
    elif not callable(getattr(type(value), "model_dump", None)):
        said = vars(value)
    else:
        try:
            # Clients build objects without checking them, which pydantic would warn of, and add what was not sent.
            said = value.model_dump(warnings=False, exclude_unset=type(value).__module__.partition(".")[0] in _CLIENTS)
        except TypeError:
            # A class that has its own idea of `model_dump`.
            said = value.model_dump()
    return said
