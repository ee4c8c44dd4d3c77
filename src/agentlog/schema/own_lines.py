"""Lines as agentlog itself writes them, made into events without pydantic's validation, which takes longer than parsing the JSON.

`take_over` looks at every field of a decoded line. Where each is beyond doubt what the schema would accept and leave as it is, the
dictionary itself becomes the event's content. Where anything is unusual (a missing or unknown field, a number given for text, another form
of time), it says None, and the caller validates. So it decides nothing by itself: an event made here equals, field by field and in the
order of its fields, the one that validation would have made. A property test holds the two together.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

from pydantic import BaseModel, TypeAdapter, ValidationError

from agentlog.schema.events import Event, FeedbackEvent, ResultEvent
from agentlog.schema.interaction import ExecutionResult, HumanFeedback, Interaction, LogModel, ModelInfo, Usage
from agentlog.schema.messages import ChatMessage
from agentlog.schema.migrate import CURRENT_VERSION

_M = TypeVar("_M", bound=LogModel)
_FIELDS = list(Interaction.model_fields)
_FIELD_SET = frozenset(_FIELDS)
_RESULT_FIELDS, _FEEDBACK_FIELDS = list(ResultEvent.model_fields), list(FeedbackEvent.model_fields)
_TEXT = (str, type(None))
_FLOAT = (float, type(None))
_WHOLE = (int, type(None))
_BOOL = (bool, type(None))
_NESTING = (dict, list)
_USUAL_LEVELS = 20
_TIME_LENGTH = len("2026-11-20T17:00:00.123456Z")
_PLAIN_MESSAGE, _PLAIN_ANSWER = ["role", "content"], ["role", "content", "tool_calls"]
_MESSAGES = TypeAdapter(list[ChatMessage]).validator.validate_python
_Kinds = Mapping[str, tuple[type, ...]]
# For each nested model the types its fields may have here, and what it holds when nothing is said.
_KINDS: dict[type[LogModel], _Kinds] = {
    ModelInfo: dict.fromkeys(ModelInfo.model_fields, _TEXT),
    Usage: dict.fromkeys(Usage.model_fields, _WHOLE),
    ExecutionResult: {"status": _TEXT, "tests_passed": _BOOL, "review_score": _FLOAT, "error": _TEXT},
    HumanFeedback: {"rating": _FLOAT, "comments": _TEXT, "corrections": _TEXT},
}
_PARTS: Mapping[type[LogModel], tuple[_Kinds, dict[str, None]]] = {kind: (kinds, dict.fromkeys(kinds)) for kind, kinds in _KINDS.items()}

_new = object.__new__
# The descriptors themselves: pydantic's own __setattr__ asks first what kind of attribute it is.
_set_content = BaseModel.__dict__["__dict__"].__set__
_set_given = BaseModel.__dict__["__pydantic_fields_set__"].__set__
_set_unknown = BaseModel.__dict__["__pydantic_extra__"].__set__
_set_private = BaseModel.__dict__["__pydantic_private__"].__set__


def take_over(value: Any) -> Event | None:
    """The event that a decoded line is, which from now on owns the dictionary; None where only validation can tell."""
    names = [*value] if type(value) is dict else None
    try:
        if names == _FIELDS:
            return _interaction(value)
        if names == _RESULT_FIELDS:
            return _result(value)
        if names == _FEEDBACK_FIELDS:
            return _feedback(value)
    except (ValueError, ValidationError):
        return None
    return None


def _interaction(value: dict[str, Any]) -> Interaction | None:
    (event, version, own_id, timestamp, session_id, parent_id, role, task_id, task_type, description, messages, tools, output, model,
     params, usage, latency, finish_reason, result, feedback, variant, metadata) = value.values()  # fmt: skip
    if not (
        event == "interaction"
        and type(version) is int
        and version == CURRENT_VERSION
        and _is_name(own_id)
        and _is_name(role)
        and type(session_id) in _TEXT
        and type(parent_id) in _TEXT
        and type(task_id) in _TEXT
        and type(task_type) in _TEXT
        and type(description) in _TEXT
        and type(finish_reason) in _TEXT
        and type(variant) in _TEXT
        and type(latency) in _FLOAT
        and type(params) is dict
        and type(metadata) is dict
        and type(tools) is list
        and _is_own_time(timestamp)
    ):
        return None
    if (params or metadata or tools) and not (_is_flat([params, metadata, tools]) and all(type(tool) is dict for tool in tools)):
        return None
    parts = {"messages": _conversation(messages), "model_output": _answer(output), "model": _part(ModelInfo, model)}
    if usage is not None:
        parts["usage"] = _part(Usage, usage)
    if result is not None:
        parts["execution_result"] = _part(ExecutionResult, result)
    if feedback is not None:
        parts["human_feedback"] = _part(HumanFeedback, feedback)
    value.update(parts)
    return _made(Interaction, value, _FIELD_SET, {"_feedback": ()})


def _result(value: dict[str, Any]) -> ResultEvent | None:
    event, own_id, target, timestamp, said = value.values()
    if event != "result" or not (_is_name(own_id) and _is_name(target) and _is_own_time(timestamp)):
        return None
    value["execution_result"] = _part(ExecutionResult, said)
    return _made(ResultEvent, value, _RESULT_FIELDS, None)


def _feedback(value: dict[str, Any]) -> FeedbackEvent | None:
    event, own_id, target, timestamp, reviewer, said = value.values()
    if event != "feedback" or not (_is_name(own_id) and _is_name(target) and _is_own_time(timestamp) and type(reviewer) in _TEXT):
        return None
    value["human_feedback"] = _part(HumanFeedback, said)
    return _made(FeedbackEvent, value, _FEEDBACK_FIELDS, None)


def _is_name(value: Any) -> bool:
    return type(value) is str and value != ""


def _is_own_time(value: Any) -> bool:
    """Whether this is a time in the one form that validation leaves alone; raises ValueError if it looks so but is none."""
    if type(value) is not str or len(value) != _TIME_LENGTH or value[10] != "T" or value[-1] != "Z":
        return False
    datetime.fromisoformat(value)
    return True


def _conversation(messages: Any) -> Any:
    for message in messages if type(messages) is list else (None,):
        if (
            type(message) is not dict
            or [*message] != _PLAIN_MESSAGE
            or type(message["role"]) is not str
            or type(message["content"]) is not str
        ):
            return _validated_conversation(messages)
    return messages


def _answer(message: Any) -> Any:
    if message is None:
        return None
    plain = type(message) is dict and [*message] == _PLAIN_ANSWER and message["tool_calls"] == []
    if plain and type(message["role"]) is str and type(message["content"]) is str:
        return message
    return _validated_conversation([message])[0]


def _validated_conversation(messages: Any) -> Any:
    if not _is_flat(messages):
        raise ValueError("nested more deeply than usual")
    return _MESSAGES(messages)


def _is_flat(values: Any) -> bool:
    """Whether there are so few levels that no rule about the depth of lines can forbid them."""
    level = values
    for _ in range(_USUAL_LEVELS):
        level = [part for whole in level if type(whole) in _NESTING for part in (whole.values() if type(whole) is dict else whole)]
        if not level:
            return True
    return False


def _part(kind: type[_M], said: Any) -> _M:
    """A nested model: made where every value has the very type of its field, validated otherwise."""
    kinds, blank = _PARTS[kind]
    if type(said) is not dict:
        raise ValueError("not an object")
    for name, value in said.items():
        if type(value) not in kinds.get(name, ()):
            if not _is_flat([said]):
                raise ValueError("nested more deeply than usual")
            return cast(_M, kind.__pydantic_validator__.validate_python(said))
    return _made(kind, {**blank, **said}, said, None)


def _made(kind: type[_M], content: dict[str, Any], given: Iterable[str], private: dict[str, Any] | None) -> _M:
    made = _new(kind)
    _set_content(made, content)
    _set_given(made, set(given))
    _set_unknown(made, {})
    _set_private(made, private)
    return made
