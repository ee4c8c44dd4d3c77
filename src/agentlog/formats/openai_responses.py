"""OpenAI's responses: requests, whole answers and the events of streamed ones, as chat messages.

A response is a list of items where a chat has one message, so what the model said in one go is brought together: texts are joined to the
content, calls become tool calls with their raw arguments, reasoning that can be read stands beside the content. Items that a message has no
place for (searches, sealed reasoning, refusals, annotations) are never dropped: then all items are kept in ``rest`` as well.

A stream that ended gives its answer whole in its last event. Of one that was cut, the pieces that came are put into the items that they
belong to, and the result is read like any other.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agentlog.formats.response import Response, assistant, field, plain, read_usage, tool_call, tool_schema, tree

_PLACED = ("output", "usage", "model", "object", "status", "incomplete_details")
_LAST = ("response.completed", "response.incomplete", "response.failed")
_CALLS = {"function_call": "arguments", "custom_tool_call": "input"}
_CALL_RESULTS = ("function_call_output", "custom_tool_call_output")
_TEXTS = ("input_text", "output_text", "text")
# Which item an event's text belongs to, and which part of it, or which field.
_PARTS = {
    "response.output_text.delta": ("message", "content", "output_text", "text"),
    "response.refusal.delta": ("message", "content", "refusal", "refusal"),
    "response.reasoning_text.delta": ("reasoning", "content", "reasoning_text", "text"),
    "response.reasoning_summary_text.delta": ("reasoning", "summary", "summary_text", "text"),
}
_FIELDS = {
    "response.function_call_arguments.delta": ("function_call", "arguments"),
    "response.custom_tool_call_input.delta": ("custom_tool_call", "input"),
}


def read_response(value: Any) -> Response | None:
    """The answer of a response, given as a dictionary or an object; None if this is none."""
    if field(value, "object") != "response" or not isinstance(field(value, "output"), list):
        return None
    said = plain(tree(value))
    items = said["output"]
    rest = {key: part for key, part in said.items() if key not in _PLACED}
    if not all(map(_fits, items)):
        rest["output"] = items
    usage = read_usage(said.get("usage"), "input_tokens", "output_tokens")
    finish_reason = (said.get("incomplete_details") or {}).get("reason") or said.get("status")
    return Response(_spoken(items), usage, finish_reason, said.get("model"), rest)


def read_input(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The conversation that a request sends: its instructions and its input."""
    asked, told = body.get("input"), body.get("instructions")
    messages = [{"role": "system", "content": told}] if isinstance(told, str) else []
    if isinstance(asked, str):
        return [*messages, {"role": "user", "content": asked}]
    spoken: list[Any] = []
    for item in tree(list(asked)) if isinstance(asked, (list, tuple)) else ():
        if _is_spoken(item):
            spoken.append(item)
            continue
        messages += [_spoken(spoken)] if spoken else []
        spoken = []
        messages.append(_heard(item))
    return messages + ([_spoken(spoken)] if spoken else [])


def read_tools(tools: Any) -> list[Any]:
    """A request's tools, functions as chat requests write them."""
    if not isinstance(tools, (list, tuple)):
        return []
    said: list[Any] = tree(tools)
    return [tool_schema(tool, "parameters") if tool.get("type") == "function" and "name" in tool else tool for tool in said]


def fits(body: Mapping[str, Any]) -> bool:
    """Whether `read_input` has a place for all that a request's input says, but for the seals of reasoning."""
    asked = body.get("input")
    placed = (*_CALL_RESULTS, "reasoning")
    return isinstance(asked, str) or all(item.get("type") in placed or _fits(item) for item in tree(list(asked or ())))


def is_chunk(value: Any) -> bool:
    """Whether this is one event of a streamed response."""
    kind = field(value, "type")
    return isinstance(kind, str) and (kind.startswith("response.") or kind == "error")


def join_chunks(chunks: Sequence[Any]) -> Response | None:
    """The answer that the events of a stream make together; None if one of them is none."""
    if not all(map(is_chunk, chunks)):
        return None
    response = read_response(_whole([plain(tree(chunk)) for chunk in chunks]))
    assert response is not None  # it is built to be one
    return response


def _is_spoken(item: dict[str, Any]) -> bool:
    """Whether the model said this; a message without a type is told by its role."""
    if item.get("type", "message") == "message":
        return item.get("role") == "assistant"
    return item["type"] not in _CALL_RESULTS


def _spoken(items: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What a model said in one go, as one message."""
    texts: list[str] = []
    calls: list[dict[str, Any]] = []
    reasoning: list[str] = []
    for item in items:
        kind = item.get("type", "message")
        if kind == "message":
            texts += [part["text"] for part in _parts(item.get("content")) if part.get("type") in _TEXTS]
        elif kind in _CALLS:
            calls.append(_tool_call(item))
        elif kind == "reasoning":
            reasoning += [part.get("text") or "" for part in [*(item.get("summary") or ()), *(item.get("content") or ())]]
    return assistant("".join(texts) if texts else None, calls, "\n\n".join(filter(None, reasoning)))


def _heard(item: dict[str, Any]) -> dict[str, Any]:
    """What a model was told, as a message."""
    if item.get("type") in _CALL_RESULTS:
        output = item.get("output")
        content = output if output is None or isinstance(output, str) else [_as_chat_part(part) for part in output]
        return {"role": "tool", "tool_call_id": item.get("call_id"), "content": content}
    content = item.get("content")
    return {"role": item.get("role"), "content": [_as_chat_part(part) for part in content] if isinstance(content, list) else content}


def _parts(content: Any) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content or []


def _as_chat_part(part: dict[str, Any]) -> dict[str, Any]:
    if part.get("type") in _TEXTS:
        return {**part, "type": "text"}
    if part.get("type") == "input_image" and part.get("image_url"):
        return {"type": "image_url", "image_url": plain({"url": part["image_url"], "detail": part.get("detail")})}
    return part


def _tool_call(item: dict[str, Any]) -> dict[str, Any]:
    kind = "function" if item["type"] == "function_call" else "custom"
    return tool_call(item.get("call_id"), item.get("name"), item.get(_CALLS[item["type"]]) or "", kind)


def _fits(item: dict[str, Any]) -> bool:
    """Whether a chat message says all that an item says."""
    if item.get("type", "message") != "message":
        return item["type"] in _CALLS
    return all(part.get("type") in (*_TEXTS, "input_image") and not part.get("annotations") for part in _parts(item.get("content")))


def _whole(events: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The response that events are pieces of."""
    response: dict[str, Any] = {}
    items: dict[int, dict[str, Any]] = {}
    pieces: defaultdict[int, defaultdict[tuple[str, int], list[str]]] = defaultdict(lambda: defaultdict(list))
    for event in events:
        kind = event["type"]
        if kind in _LAST:
            return event["response"]  # type: ignore[no-any-return]
        if kind == "error":
            response["error"] = {name: part for name, part in event.items() if name != "type"}
        elif "response" in event:
            response = event["response"]
        elif kind in ("response.output_item.added", "response.output_item.done"):
            # An item that is done has all its texts; the pieces came before it.
            items[event["output_index"]] = event["item"]
            pieces.pop(event["output_index"], None)
        elif kind in _PARTS or kind in _FIELDS:
            index = event.get("content_index", event.get("summary_index", 0))
            pieces[event["output_index"]][kind, index].append(event["delta"])
    for place, growing in pieces.items():
        for (kind, _), texts in sorted(growing.items()):
            _put(items.setdefault(place, {}), kind, "".join(texts))
    return {**response, "object": "response", "status": None, "output": [items[place] for place in sorted(items)]}


def _put(item: dict[str, Any], kind: str, text: str) -> None:
    """Put a text that came in pieces into its item."""
    if kind in _FIELDS:
        its_type, place = _FIELDS[kind]
        item[place] = text
    else:
        its_type, place, part, name = _PARTS[kind]
        item[place] = [*(item.get(place) or ()), {"type": part, name: text}]
    item.setdefault("type", its_type)
