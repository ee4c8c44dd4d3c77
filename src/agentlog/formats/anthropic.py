"""Anthropic's messages: requests, whole answers and the events of streamed ones, as chat messages.

Text blocks become the content, ``tool_use`` blocks tool calls, ``thinking`` the reasoning beside the content, ``tool_result`` blocks
messages of the tool. Blocks of any other kind, thinking included for its signature, have no place in a chat message: then all blocks are
kept in ``rest`` as well.

The input of a tool call is an object here, in answers and in the requests that repeat them, so its text is the compact JSON of that object;
in a stream it arrives as text, and is brought to the same form, or else what came is kept raw. The events of a stream are grown into the
message that they are pieces of, wherever the stream was cut, and that is read like any other.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agentlog.formats.response import Response, assistant, field, plain, read_usage, tool_call, tool_schema, tree

_PLACED = ("content", "usage", "model", "role", "stop_reason", "type")
_EVENTS = ("message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop", "ping")
_REASONING = ("thinking", "redacted_thinking")
# What the client's own stream helper says again, in its own words.
_ECHOES = ("text", "citation", "thinking", "signature", "input_json")
_DELTAS = {"text_delta": "text", "input_json_delta": "partial_json", "thinking_delta": "thinking", "signature_delta": "signature"}
_BLOCKS = {"text": "text", "partial_json": "tool_use", "thinking": "thinking", "signature": "thinking"}


def read_response(value: Any) -> Response | None:
    """The answer of a message, given as a dictionary or an object; None if this is none."""
    if field(value, "type") != "message" or not isinstance(field(value, "content"), list):
        return None
    said = plain(tree(value))
    blocks = said["content"]
    rest = {key: part for key, part in said.items() if key not in _PLACED}
    if not all(map(_fits, blocks)):
        rest["content"] = blocks
    usage = read_usage(said.get("usage"), "input_tokens", "output_tokens")
    return Response(_spoken(blocks), usage, said.get("stop_reason"), said.get("model"), rest)


def read_input(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The conversation that a request sends: its system prompt and its messages."""
    told = tree(body.get("system"))
    messages = [{"role": "system", "content": told}] if told else []
    for message in _messages(body):
        blocks = message.get("content")
        if not isinstance(blocks, list):
            messages.append(message)
        elif message.get("role") == "assistant":
            messages.append(_spoken(blocks))
        else:
            messages += _heard(message, blocks)
    return messages


def fits(body: Mapping[str, Any]) -> bool:
    """Whether `read_input` has a place for all that a request's messages say, but for the seals of reasoning."""
    contents = [message.get("content") for message in _messages(body) if message.get("role") == "assistant"]
    return all(_fits(block) or block.get("type") in _REASONING for blocks in contents if isinstance(blocks, list) for block in blocks)


def read_tools(tools: Any) -> list[Any]:
    """A request's tools, those of the user's own as chat requests write them."""
    if not isinstance(tools, (list, tuple)):
        return []
    said: list[Any] = tree(tools)
    return [tool_schema(tool, "input_schema") if "input_schema" in tool else tool for tool in said]


def is_chunk(value: Any) -> bool:
    """Whether this is one event of a streamed message."""
    kind = field(value, "type")
    return kind in _EVENTS or (kind in _ECHOES and not isinstance(value, dict))


def join_chunks(chunks: Sequence[Any]) -> Response | None:
    """The answer that the events of a stream make together; None if one of them is none."""
    if not all(map(is_chunk, chunks)):
        return None
    response = read_response(_whole(plain(tree(chunk)) for chunk in chunks))
    assert response is not None  # it is built to be one
    return response


def _messages(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    said = body.get("messages")
    return tree(said) if isinstance(said, (list, tuple)) else []


def _spoken(blocks: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What a model said, as a message."""
    texts: list[str] = []
    calls: list[dict[str, Any]] = []
    reasoning: list[str] = []
    for block in blocks:
        kind = block.get("type")
        if kind == "text":
            texts.append(block["text"])
        elif kind == "tool_use":
            calls.append(tool_call(block.get("id"), block.get("name"), _arguments(block.get("input"))))
        elif kind == "thinking":
            reasoning.append(block.get("thinking") or "")
    return assistant("".join(texts) if texts else None, calls, "\n\n".join(filter(None, reasoning)))


def _heard(message: dict[str, Any], blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a model was told, as messages: results of tools first, as they must come behind the calls."""
    results = [_tool_result(block) for block in blocks if block.get("type") == "tool_result"]
    parts = [_as_chat_part(block) for block in blocks if block.get("type") != "tool_result"]
    return [*results, {**message, "content": parts}] if parts else results


def _tool_result(block: dict[str, Any]) -> dict[str, Any]:
    said = block.get("content")
    if isinstance(said, list):
        said = said[0]["text"] if len(said) == 1 and said[0].get("type") == "text" else [_as_chat_part(part) for part in said]
    result = {"role": "tool", "tool_call_id": block.get("tool_use_id"), "content": said}
    return result | {"is_error": True} if block.get("is_error") else result


def _as_chat_part(block: dict[str, Any]) -> dict[str, Any]:
    source = block.get("source") or {}
    if block.get("type") == "image" and source.get("type") == "base64":
        return {"type": "image_url", "image_url": {"url": f"data:{source.get('media_type')};base64,{source.get('data')}"}}
    if block.get("type") == "image" and source.get("type") == "url":
        return {"type": "image_url", "image_url": {"url": source.get("url")}}
    return block


def _arguments(said: Any) -> str:
    return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _fits(block: dict[str, Any]) -> bool:
    """Whether a chat message says all that a block says."""
    return block.get("type") == "tool_use" or (block.get("type") == "text" and not block.get("citations"))


def _whole(events: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The message that events are pieces of."""
    message: dict[str, Any] = {}
    blocks: dict[int, dict[str, Any]] = {}
    pieces: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
    for event in events:
        kind = event["type"]
        if kind == "message_start":
            message = plain(event["message"])
        elif kind == "content_block_start":
            blocks[event["index"]] = dict(event["content_block"])
        elif kind == "content_block_delta":
            delta = event["delta"]
            if name := _DELTAS.get(delta["type"]):
                pieces[event["index"], name].append(delta[name])
            elif delta["type"] == "citations_delta":
                block = blocks[event["index"]]
                block["citations"] = [*(block.get("citations") or ()), delta["citation"]]
        elif kind == "message_delta":
            message |= plain(event["delta"])
            message["usage"] = (message.get("usage") or {}) | plain(event.get("usage") or {})
    for (index, name), texts in pieces.items():
        _put(blocks.setdefault(index, {"type": _BLOCKS[name]}), name, "".join(texts))
    return {**message, "type": "message", "content": [blocks[index] for index in sorted(blocks)]}


def _put(block: dict[str, Any], name: str, text: str) -> None:
    """Put a text that came in pieces into its block."""
    if name != "partial_json":
        block[name] = (block.get(name) or "") + text
    elif text:
        try:
            block["input"] = json.loads(text)
        except ValueError:
            # Cut in the middle: what came is kept as it came.
            block["input"] = text
