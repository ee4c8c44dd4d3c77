"""OpenAI's chat completions: a whole answer, or the chunks of a streamed one, as a `Response`.

Tool-call arguments stay the raw text that they arrived as. The first choice is the answer; further ones, log-probabilities, refusals, audio
and annotations are kept in ``rest``. The chunks of a stream are grown into the completion that they are pieces of, wherever the stream
was cut, and that is read like any other: a stream and a whole answer give the same record.
"""

from collections.abc import Iterable, KeysView, Sequence
from typing import Any

from agentlog.formats.response import Response, field, plain, read_usage, tool_call, tree

_PLACED = ("choices", "usage", "model", "object")
_BESIDE = ("refusal", "audio", "annotations")
# The client's parsed view of what stands in the text already.
_PARSED = ("parsed", "parsed_arguments")
# Index, delta and finish reason.
_CHOICE_FIELDS = 3
_CHOICE = frozenset({"index", "message", "delta", "finish_reason", "logprobs"})
_SAID_ONCE = ("id", "type", "role")


def read_response(value: Any) -> Response | None:
    """The answer of a chat completion, given as a dictionary or an object; None if this is none."""
    choices = field(value, "choices")
    if not isinstance(choices, list) or not choices or field(choices[0], "message") is None:
        return None
    said = plain(tree(value))
    first, *others = said["choices"]
    message, beside = _message(first["message"])
    rest = {key: part for key, part in said.items() if key not in _PLACED} | beside
    if others:
        rest["other_choices"] = [plain(choice) for choice in others]
    if logprobs := first.get("logprobs"):
        rest["logprobs"] = plain(logprobs)
    # What servers say of their own: which stop text was met, what a content filter found.
    if more := {name: part for name, part in first.items() if name not in _CHOICE and part is not None}:
        rest["choice"] = more
    usage = read_usage(said.get("usage"), "prompt_tokens", "completion_tokens")
    return Response(message, usage, first.get("finish_reason"), said.get("model"), rest)


def is_chunk(value: Any) -> bool:
    """Whether this is one piece of a streamed chat completion."""
    choices = value.get("choices") if type(value) is dict else field(value, "choices")
    if not isinstance(choices, list):
        return False
    if choices:
        first = choices[0]
        return (first.get("delta") if type(first) is dict else field(first, "delta")) is not None
    return field(value, "usage") is not None or field(value, "object") == "chat.completion.chunk"


def join_chunks(chunks: Sequence[Any]) -> Response | None:
    """The answer that the chunks of a stream make together; None if one of them is none."""
    whole: dict[str, Any] = {}
    message: dict[str, Any] = {"role": "assistant"}
    choices: dict[int, dict[str, Any]] = {0: {"index": 0, "message": message}}
    names: KeysView[str] | None = None
    texts: Any = None
    for chunk in chunks:
        if (text := _only_text(chunk, names)) is not None:
            if texts is None:
                texts = message.setdefault("content", _Text())
            texts.append(text)
            continue
        if not is_chunk(chunk):
            return None
        names = chunk.keys() if type(chunk) is dict else None
        said = plain(tree(chunk))
        for piece in said.pop("choices", ()):
            index = piece.get("index") or 0
            _extend(choices.setdefault(index, {"index": index, "message": {}}), plain(piece))
        whole |= said
    response = read_response({**whole, "choices": [_settled(choices[index]) for index in sorted(choices)]})
    assert response is not None  # choice 0 has a message
    return response


def _only_text(chunk: Any, names: KeysView[str] | None) -> str | None:
    """The text of a chunk that brings nothing else, as nearly all do: its other fields are those of one that was read whole."""
    if names is None or type(chunk) is not dict or chunk.keys() != names:
        return None
    try:
        [choice] = chunk["choices"]
        delta = choice["delta"]
        text = delta["content"]
        if (
            type(text) is str
            and type(delta) is dict
            and len(delta) == 1
            and choice["index"] == 0
            and choice["finish_reason"] is None
            and (len(choice) == _CHOICE_FIELDS or choice.get("logprobs") is None)
        ):
            return text
    except (LookupError, TypeError, ValueError, AttributeError):
        pass
    return None


def _message(said: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The message, and what of it belongs beside it."""
    said = {name: part for name, part in plain(said).items() if name not in _PARSED}
    beside = {name: said.pop(name) for name in _BESIDE if name in said}
    calls = [_tool_call(plain(call)) for call in said.pop("tool_calls", ())]
    message = {"role": said.pop("role", "assistant"), "content": said.pop("content", None), "tool_calls": calls, **said}
    return message, {name: part for name, part in beside.items() if part}


def _tool_call(said: dict[str, Any]) -> dict[str, Any]:
    if custom := said.get("custom"):
        return tool_call(said.get("id"), custom.get("name"), custom.get("input") or "", "custom")
    function = {name: part for name, part in plain(said.get("function") or {}).items() if name not in _PARSED}
    # A stream may be cut before a call has its name.
    return {**said, "function": {"name": "", "arguments": "", **function}}


class _Text(list[str]):
    """A text that is still growing."""


class _Row(dict[int, Any]):
    """A list that is still growing, by the index of its items."""


def _extend(choice: dict[str, Any], piece: dict[str, Any]) -> None:
    _grow(choice["message"], piece.get("delta") or {})
    _grow(choice, {"logprobs": piece.get("logprobs")})
    choice |= {name: part for name, part in piece.items() if name not in _CHOICE}
    choice["finish_reason"] = piece.get("finish_reason") or choice.get("finish_reason")


def _grow(whole: dict[str, Any], delta: dict[str, Any]) -> None:
    for name, part in delta.items():
        if isinstance(part, str) and name not in _SAID_ONCE:
            whole.setdefault(name, _Text()).append(part)
        elif isinstance(part, dict):
            _grow(whole.setdefault(name, {}), part)
        elif isinstance(part, list):
            _grow_row(whole.setdefault(name, _Row()), part)
        elif part is not None and part != "":
            whole[name] = part


def _grow_row(row: _Row, items: Iterable[Any]) -> None:
    for item in items:
        index = item.get("index") if isinstance(item, dict) else None
        if not isinstance(index, int):
            row[len(row)] = item
        else:
            _grow(row.setdefault(index, {}), {name: part for name, part in item.items() if name != "index"})


def _settled(value: Any) -> Any:
    """What has grown, as it is now."""
    if isinstance(value, _Text):
        return "".join(value)
    if isinstance(value, _Row):
        return [_settled(value[index]) for index in sorted(value)]
    return {name: _settled(part) for name, part in value.items()} if isinstance(value, dict) else value
