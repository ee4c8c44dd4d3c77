"""How the providers stream an answer: a whole one, taken apart into the chunks or events that they would send."""

from collections.abc import Iterator
from typing import Any

import orjson


def pieces(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def chat_chunks(completion: dict[str, Any], size: int = 5) -> list[dict[str, Any]]:
    """The chunks of a chat completion, its choices one after the other, its usage last."""
    base = {name: part for name, part in completion.items() if name not in ("choices", "usage")} | {"object": "chat.completion.chunk"}
    chunks = []
    for choice in completion["choices"]:
        for delta in _deltas(choice["message"], size):
            chunks.append(base | {"choices": [{"index": choice["index"], "delta": delta, "finish_reason": None}], "usage": None})
        last = {"index": choice["index"], "delta": {}, "finish_reason": choice["finish_reason"], "logprobs": choice.get("logprobs")}
        chunks.append(base | {"choices": [last], "usage": None})
    return [*chunks, base | {"choices": [], "usage": completion["usage"]}]


def _deltas(message: dict[str, Any], size: int) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": None}
    for name in ("reasoning_content", "content", "refusal"):
        for piece in pieces(message.get(name) or "", size):
            yield {name: piece}
    for index, call in enumerate(message.get("tool_calls") or ()):
        yield {"tool_calls": [{"index": index, **call, "function": {"name": call["function"]["name"], "arguments": ""}}]}
        for piece in pieces(call["function"]["arguments"], size):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}


def response_events(response: dict[str, Any], size: int = 5) -> list[dict[str, Any]]:
    """The events of a response, from ``response.created`` to ``response.completed`` or ``response.incomplete``."""
    begun = response | {"status": "in_progress", "incomplete_details": None, "output": [], "usage": None}
    events: list[dict[str, Any]] = [{"type": "response.created", "response": begun}, {"type": "response.in_progress", "response": begun}]
    for place, item in enumerate(response["output"]):
        events += [{**event, "output_index": place} for event in _item_events(item, size)]
    events.append({"type": f"response.{response['status']}", "response": response})
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]


def _item_events(item: dict[str, Any], size: int) -> Iterator[dict[str, Any]]:
    kind, id_ = item["type"], {"item_id": item["id"]}
    empty: dict[str, Any] = {"message": {"content": []}, "reasoning": {"summary": []}, "function_call": {"arguments": ""}}[kind]
    yield {"type": "response.output_item.added", "item": {**item, **empty, "status": "in_progress"}}
    if kind == "function_call":
        for piece in pieces(item["arguments"], size):
            yield {"type": "response.function_call_arguments.delta", "delta": piece, **id_}
        yield {"type": "response.function_call_arguments.done", "arguments": item["arguments"], "name": item["name"], **id_}
    for index, part in enumerate(item.get("summary", ())):
        for piece in pieces(part["text"], size):
            yield {"type": "response.reasoning_summary_text.delta", "delta": piece, "summary_index": index, **id_}
    for index, part in enumerate(item.get("content", ())):
        name = "refusal" if part["type"] == "refusal" else "text"
        yield {"type": "response.content_part.added", "content_index": index, "part": {**part, name: ""}, **id_}
        for piece in pieces(part[name], size):
            yield {"type": f"response.{part['type']}.delta", "delta": piece, "content_index": index, "logprobs": [], **id_}
        yield {"type": "response.content_part.done", "content_index": index, "part": part, **id_}
    yield {"type": "response.output_item.done", "item": item}


def message_events(message: dict[str, Any], size: int = 5) -> list[dict[str, Any]]:
    """The events of one of Anthropic's messages, from ``message_start`` to ``message_stop``."""
    begun = message | {"content": [], "stop_reason": None, "stop_sequence": None, "usage": message["usage"] | {"output_tokens": 1}}
    events: list[dict[str, Any]] = [{"type": "message_start", "message": begun}]
    for index, block in enumerate(message["content"]):
        events += [{"index": index, **event} for event in _block_events(block, size)]
    stop = {"stop_reason": message["stop_reason"], "stop_sequence": message.get("stop_sequence")}
    usage = {"output_tokens": message["usage"]["output_tokens"]}
    return [*events, {"type": "message_delta", "delta": stop, "usage": usage}, {"type": "message_stop"}]


def _block_events(block: dict[str, Any], size: int) -> Iterator[dict[str, Any]]:
    kind = block["type"]
    empty: dict[str, Any] = {"text": {"text": ""}, "tool_use": {"input": {}}, "thinking": {"thinking": "", "signature": ""}}[kind]
    yield {"type": "content_block_start", "content_block": block | empty}
    if kind == "tool_use":
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces(orjson.dumps(block["input"]).decode(), size)]
    else:
        deltas = [{"type": f"{kind}_delta", kind: piece} for piece in pieces(block[kind], size)]
    if kind == "thinking":
        deltas.append({"type": "signature_delta", "signature": block["signature"]})
    yield from ({"type": "content_block_delta", "delta": delta} for delta in deltas)
    yield {"type": "content_block_stop"}
