"""OpenAI's chat completions: a whole answer, or the chunks of a streamed one, as a `Response`. Tool-call arguments stay raw text."""

from collections.abc import Sequence
from typing import Any

from agentlog.formats.response import Response, field, plain, read_usage

_PLACED = ("choices", "usage", "model")


def read_response(value: Any) -> Response | None:
    """The answer of a chat completion, given as a dictionary or an object; None if this is none.

    The first choice is the answer; further ones are kept in ``rest``.
    """
    choices = field(value, "choices")
    if not isinstance(choices, list) or not choices or field(choices[0], "message") is None:
        return None
    said = plain(value)
    rest = {key: part for key, part in said.items() if key not in _PLACED}
    if len(choices) > 1:
        rest["other_choices"] = [plain(choice) for choice in choices[1:]]
    if logprobs := field(choices[0], "logprobs"):
        rest["logprobs"] = logprobs
    return Response(
        message=_message(field(choices[0], "message")),
        usage=read_usage(field(value, "usage"), "prompt_tokens", "completion_tokens"),
        finish_reason=field(choices[0], "finish_reason"),
        model=field(value, "model"),
        rest=rest,
    )


def is_chunk(value: Any) -> bool:
    """Whether this is one piece of a streamed chat completion."""
    choices = field(value, "choices")
    if not isinstance(choices, list):
        return False
    return field(choices[0], "delta") is not None if choices else field(value, "usage") is not None


def join_chunks(chunks: Sequence[Any]) -> Response:
    """The answer that the chunks of a stream make together."""
    message: dict[str, Any] = {"role": "assistant", "content": None, "tool_calls": []}
    usage = finish_reason = model = None
    for chunk in chunks:
        usage = field(chunk, "usage") or usage
        model = field(chunk, "model") or model
        for choice in field(chunk, "choices"):
            if not field(choice, "index"):
                _extend(message, field(choice, "delta"))
                finish_reason = field(choice, "finish_reason") or finish_reason
    return Response(message, read_usage(usage, "prompt_tokens", "completion_tokens"), finish_reason, model, {})


def _message(value: Any) -> dict[str, Any]:
    said = plain(value)
    calls = [_tool_call(call) for call in said.pop("tool_calls", ())]
    return {"role": said.pop("role", "assistant"), "content": said.pop("content", None), "tool_calls": calls, **said}


def _tool_call(value: Any) -> dict[str, Any]:
    said = plain(value)
    return {**said, "function": plain(said["function"])} if "function" in said else said


def _extend(message: dict[str, Any], delta: Any) -> None:
    for name, part in plain(delta).items() if delta is not None else ():
        if name == "tool_calls":
            for call in part:
                _extend_call(message["tool_calls"], call)
        elif name != "role" and isinstance(part, str):
            message[name] = (message.get(name) or "") + part


def _extend_call(calls: list[dict[str, Any]], piece: Any) -> None:
    said = plain(piece)
    index = said.get("index", len(calls))
    while len(calls) <= index:
        calls.append({"id": None, "type": "function", "function": {"name": "", "arguments": ""}})
    call, function = calls[index], plain(said.get("function") or {})
    call["id"] = said.get("id") or call["id"]
    call["function"]["name"] += function.get("name", "")
    call["function"]["arguments"] += function.get("arguments", "")
