"""Anthropic's messages: an answer made of content blocks, as a `Response`.

Text blocks become the content, ``tool_use`` blocks tool calls whose arguments are the input as JSON text. Blocks of any other kind (such
as thinking) have no place in a chat message: then all blocks are kept in ``rest`` as well.
"""

from typing import Any

import orjson

from agentlog.formats.response import Response, field, plain, read_usage

_PLACED = ("content", "usage", "model", "role", "stop_reason")


def read_response(value: Any) -> Response | None:
    """The answer of a message, given as a dictionary or an object; None if this is none."""
    blocks = field(value, "content")
    if field(value, "type") != "message" or not isinstance(blocks, list):
        return None
    texts = [field(block, "text") for block in blocks if field(block, "type") == "text"]
    calls = [_tool_call(block) for block in blocks if field(block, "type") == "tool_use"]
    rest = {key: part for key, part in plain(value).items() if key not in _PLACED}
    if len(texts) + len(calls) < len(blocks):
        rest["content"] = [plain(block) for block in blocks]
    return Response(
        message={"role": "assistant", "content": "".join(texts) if texts else None, "tool_calls": calls},
        usage=read_usage(field(value, "usage"), "input_tokens", "output_tokens"),
        finish_reason=field(value, "stop_reason"),
        model=field(value, "model"),
        rest=rest,
    )


def _tool_call(block: Any) -> dict[str, Any]:
    arguments = orjson.dumps(field(block, "input")).decode()
    return {"id": field(block, "id"), "type": "function", "function": {"name": field(block, "name"), "arguments": arguments}}
