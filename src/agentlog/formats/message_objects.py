"""Messages as agent frameworks write them: objects of LangChain, AutoGen and smolagents, pairs, or a user's own classes.

Whatever has a content, and a role or a type that says whose it is, is a message. Tool calls become those of chat messages; a message with
the results of several calls becomes one for each. Of an answer, token counts, finish reason and model are taken along. What else
such objects hold (ids, callbacks, display settings) belongs to the framework, and is left to it.
"""

import functools
import operator
from collections.abc import Sequence
from typing import Any

import orjson

from agentlog.formats.chat_shape import ROLES, problem_of
from agentlog.formats.response import Response, field, plain, read_usage, tool_call, tree

# Roles by what frameworks call them. To the agent that is asked, the messages of other agents are a user's.
_ROLES = {
    **{role: role for role in ROLES},
    "human": "user", "ai": "assistant", "AIMessageChunk": "assistant", "SystemMessage": "system", "UserMessage": "user",
    "AssistantMessage": "assistant", "FunctionExecutionResultMessage": "tool", "TextMessage": "user", "tool-call": "assistant",
    "tool-response": "user",
}  # fmt: skip
_USAGE = ("usage_metadata", "token_usage", "models_usage", "usage")


def read_messages(value: Any) -> list[dict[str, Any]] | None:
    """The conversation in a list of messages of any make; None if one of them is no message."""
    if not isinstance(value, (list, tuple)) or not value:
        return None
    messages: list[dict[str, Any]] = []
    for each in value:
        said = _messages_of(each)
        if not said:
            return None
        messages += said
    return messages


def read_response(value: Any) -> Response | None:
    """The answer in an assistant's message, or in a model client's result that has a content and a finish reason; None if it is neither."""
    kind = field(value, "type")
    result = field(value, "role") is None and kind is None and field(value, "finish_reason") is not None
    if not result and kind != "TextMessage" and _role_of(value) != "assistant":
        return None
    messages = _messages_of(value, "assistant")
    if not messages or len(messages) != 1:
        return None
    told = field(value, "response_metadata")
    told = told if isinstance(told, dict) else {}
    finish = field(value, "finish_reason") or told.get("finish_reason") or told.get("stop_reason")
    model = told.get("model_name") or told.get("model")
    return Response(
        messages[0], _usage_of(value), finish if isinstance(finish, str) else None, model if isinstance(model, str) else None, {}
    )


def join_chunks(chunks: Sequence[Any]) -> Response | None:
    """The answer of chunks that know themselves how they are added; None if they are anything else."""
    if len(chunks) < 2 or any(isinstance(each, dict) or field(each, "type") != "AIMessageChunk" for each in chunks):
        return None
    return read_response(functools.reduce(operator.add, chunks))


def last_answer(value: Any) -> Response | None:
    """The last message of a state or of a run's result, if it is an answer; what else is there is kept in ``rest``."""
    said = field(value, "chat_message")
    messages = field(value, "messages") if said is None else [said]
    messages = messages if isinstance(messages, (list, tuple)) else [messages]
    response = read_response(messages[-1]) if messages and messages[-1] is not None else None
    if response is None:
        return None
    alone = len(messages) == 1 and len(plain(value)) == 1
    return response if alone else response._replace(rest={"result": value})


def _messages_of(value: Any, role: str | None = None) -> list[dict[str, Any]] | None:
    if isinstance(value, dict) and problem_of(value) is None:
        return [value]
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(part, str) for part in value):
        return [{"role": _ROLES[value[0]], "content": value[1]}] if value[0] in _ROLES else None
    role, content = role or _role_of(value), tree(field(value, "content"))
    if role is None or isinstance(content, dict):
        return None
    items = content if isinstance(content, list) and all(isinstance(item, dict) for item in content) else []
    if items and all("call_id" in item for item in items):
        return [_said({"role": "tool", "content": item.get("content"), "tool_call_id": item["call_id"]}) for item in items]
    calls = field(value, "tool_calls") or []
    if items and all("arguments" in item and "name" in item for item in items):
        calls, content = items, None
    message = _said({"role": role, "content": content, "name": field(value, "name"), "tool_call_id": field(value, "tool_call_id")})
    if role == "assistant":
        known = [_call_of(each) for each in calls] if isinstance(calls, (list, tuple)) else [None]
        if None in known:
            return None
        message |= {"tool_calls": known}
        thought = field(value, "thought") or field(value, "reasoning_content")
        message |= {"reasoning_content": thought} if isinstance(thought, str) else {}
    return [message] if problem_of(message) is None else None


def _said(message: dict[str, Any]) -> dict[str, Any]:
    said = {name: str(part) if type(part) is int and name != "content" else part for name, part in message.items()}
    return {name: part for name, part in said.items() if name in ("role", "content") or isinstance(part, str)}


def _role_of(value: Any) -> str | None:
    for name in ("role", "type"):
        said = field(value, name)
        said = getattr(said, "value", said)
        if isinstance(said, str) and said in _ROLES:
            return _ROLES[said]
    return None


def _call_of(call: Any) -> dict[str, Any] | None:
    """A call as chat messages write it; None if it says neither what is called nor with what, and would become an empty one."""
    if (custom := field(call, "custom")) is not None and isinstance(given := field(custom, "input"), str):
        return tool_call(field(call, "id"), field(custom, "name"), given, "custom")
    function = field(call, "function")
    told = call if function is None or isinstance(function, str) else function
    if all(field(told, name) is None for name in ("name", "arguments", "args")):
        return None
    arguments = field(told, "arguments") if field(told, "args") is None else field(told, "args")
    text = arguments if isinstance(arguments, str) else orjson.dumps(tree(arguments), default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
    return tool_call(field(call, "id"), field(told, "name"), text)


def _usage_of(value: Any) -> dict[str, Any] | None:
    said = next((usage for name in _USAGE if (usage := field(value, name)) is not None), None)
    return None if said is None else read_usage(said, "prompt_tokens", "completion_tokens")
