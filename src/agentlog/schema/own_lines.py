"""Lines as agentlog itself writes them, made into events without pydantic's validation, which takes longer than parsing the JSON.

`take_over` looks at every field of a decoded line. Where each is beyond doubt what the schema would accept and leave as it is, the
dictionary itself becomes the event's content. Where anything is unusual (a missing or unknown field, a number given for text, another form
of time), it says None, and the caller validates. So it decides nothing by itself: an event made here equals, field by field and in the
order of its fields, the one that validation would have made. A property test holds the two together.
"""

from collections.abc import Set
from datetime import datetime
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from agentlog.schema.events import Event, FeedbackEvent, ResultEvent
from agentlog.schema.interaction import ExecutionResult, HumanFeedback, Interaction, LogModel, ModelInfo, Usage
from agentlog.schema.messages import ChatMessage
from agentlog.schema.migrate import CURRENT_VERSION

_M = TypeVar("_M", bound=LogModel)


def _as_decoded(*names: str) -> list[str]:
    """Names as the very objects that orjson gives as keys, so that comparing them is comparing pointers."""
    return [*orjson.loads(orjson.dumps(dict.fromkeys(names)))]


_FIELDS = _as_decoded(*Interaction.model_fields)
_RESULT_FIELDS = _as_decoded(*ResultEvent.model_fields)
_FEEDBACK_FIELDS = _as_decoded(*FeedbackEvent.model_fields)
_MODEL_FIELDS, _USAGE_FIELDS = _as_decoded(*ModelInfo.model_fields), _as_decoded(*Usage.model_fields)
_QUESTION, _ANSWER = _as_decoded("role", "content"), _as_decoded("role", "content", "tool_calls")
_ALL_FIELDS, _ALL_OF_RESULT, _ALL_OF_FEEDBACK = frozenset(_FIELDS), frozenset(_RESULT_FIELDS), frozenset(_FEEDBACK_FIELDS)
_ALL_OF_MODEL, _ALL_OF_USAGE = frozenset(_MODEL_FIELDS), frozenset(_USAGE_FIELDS)

_TEXT, _FLOAT, _WHOLE, _BOOL = ((kind, type(None)) for kind in (str, float, int, bool))
_NESTING = (dict, list)
_USUAL_LEVELS = 20
_TIME_LENGTH = len("2026-11-20T17:00:00.123456Z")
_MESSAGES = TypeAdapter(list[ChatMessage]).validator.validate_python
# The types that parts of results and feedback may have here, and what they hold when nothing is said.
_OUTCOME = {"status": _TEXT, "tests_passed": _BOOL, "review_score": _FLOAT, "error": _TEXT}
_OPINION = {"rating": _FLOAT, "comments": _TEXT, "corrections": _TEXT}
_NO_OUTCOME, _NO_OPINION = dict.fromkeys(_OUTCOME), dict.fromkeys(_OPINION)

# An agent calls few models, and parts of records never change: so calls of one model share what is said of it.
_models: dict[tuple[Any, ...], ModelInfo] = {}
_MOST_MODELS, _LONGEST_MODEL = 1000, 500

_instant = datetime.fromisoformat
_new = object.__new__
# The descriptors themselves: pydantic's own __setattr__ asks first what kind of attribute it is.
_set_content = BaseModel.__dict__["__dict__"].__set__
_set_given = BaseModel.__dict__["__pydantic_fields_set__"].__set__
_set_unknown = BaseModel.__dict__["__pydantic_extra__"].__set__
_set_private = BaseModel.__dict__["__pydantic_private__"].__set__


def take_over(value: Any) -> Event | None:
    """The event that a decoded line is, which from now on owns the dictionary; None where only validation can tell."""
    try:
        names = [*value] if type(value) is dict else None
        if names == _FIELDS:
            return _interaction(value)
        if names == _RESULT_FIELDS:
            return _result(value)
        if names == _FEEDBACK_FIELDS:
            return _feedback(value)
    except (ValueError, TypeError, ValidationError):
        return None
    return None


def outcome_for(target: str, value: Any) -> ExecutionResult | None:
    """What a decoded line says came of the interaction ``target``; None if it is something else, or only validation can tell."""
    try:
        if type(value) is not dict or [*value] != _RESULT_FIELDS:
            return None
        event, own_id, interaction_id, timestamp, said = value.values()
        if event != "result" or interaction_id != target or type(own_id) is not str or not own_id or not _is_own_time(timestamp):
            return None
        return _outcome(said)
    except (ValueError, ValidationError):
        return None


def _interaction(value: dict[str, Any]) -> Interaction | None:
    (event, version, own_id, timestamp, session_id, parent_id, role, task_id, task_type, description, messages, tools, output, model,
     params, usage, latency, finish_reason, result, feedback, variant, metadata) = value.values()  # fmt: skip
    if not (
        event == "interaction"
        and version == CURRENT_VERSION
        and type(version) is int
        and own_id
        and type(own_id) is str
        and role
        and type(role) is str
        and (session_id is None or type(session_id) is str)
        and (parent_id is None or type(parent_id) is str)
        and (task_id is None or type(task_id) is str)
        and (task_type is None or type(task_type) is str)
        and (description is None or type(description) is str)
        and (finish_reason is None or type(finish_reason) is str)
        and (variant is None or type(variant) is str)
        and (latency is None or type(latency) is float)
        and type(params) is dict
        and type(metadata) is dict
        and type(tools) is list
        and (not (params or metadata or tools) or _are_flat(params, metadata, tools))
        and type(timestamp) is str
        and len(timestamp) == _TIME_LENGTH
        and timestamp[10] == "T"
        and timestamp[-1] == "Z"
        and _instant(timestamp)
    ):
        return None
    content = _conversation(messages), _answer(output), _model(model)
    if usage is not None:
        value["usage"] = _usage(usage)
    if result is not None:
        value["execution_result"] = _outcome(result)
    if feedback is not None:
        value["human_feedback"] = _opinion(feedback)
    value["messages"], value["model_output"], value["model"] = content
    return _made(Interaction, value, _ALL_FIELDS)


def _result(value: dict[str, Any]) -> ResultEvent | None:
    event, own_id, target, timestamp, said = value.values()
    if event != "result" or not (_is_name(own_id) and _is_name(target) and _is_own_time(timestamp)):
        return None
    value["execution_result"] = _outcome(said)
    return _made(ResultEvent, value, _ALL_OF_RESULT)


def _feedback(value: dict[str, Any]) -> FeedbackEvent | None:
    event, own_id, target, timestamp, reviewer, said = value.values()
    if event != "feedback" or type(reviewer) not in _TEXT:
        return None
    if not (_is_name(own_id) and _is_name(target) and _is_own_time(timestamp)):
        return None
    value["human_feedback"] = _opinion(said)
    return _made(FeedbackEvent, value, _ALL_OF_FEEDBACK)


def _is_name(value: Any) -> bool:
    return type(value) is str and value != ""


def _is_own_time(value: Any) -> bool:
    """Whether this is a time in the one form that validation leaves alone; raises ValueError if it looks so but is none."""
    if type(value) is not str or len(value) != _TIME_LENGTH or value[10] != "T" or value[-1] != "Z":
        return False
    _instant(value)
    return True


def _are_flat(params: dict[str, Any], metadata: dict[str, Any], tools: list[Any]) -> bool:
    for param in params.values():
        if type(param) in _NESTING and not _is_flat((params,)):
            return False
    return not (metadata or tools) or (_is_flat((metadata, tools)) and all(type(tool) is dict for tool in tools))


def _conversation(messages: Any) -> Any:
    if type(messages) is not list:
        raise ValueError("no list")
    for message in messages:
        if type(message) is not dict or [*message] != _QUESTION:
            return _validated(messages)
        role, content = message.values()
        if type(role) is not str or type(content) is not str:
            return _validated(messages)
    return messages


def _answer(message: Any) -> Any:
    if message is None:
        return None
    if type(message) is dict and [*message] == _ANSWER:
        role, content, calls = message.values()
        if type(role) is str and type(content) is str and calls == [] and type(calls) is list:
            return message
    return _validated([message])[0]


def _validated(messages: Any) -> Any:
    if not _is_flat(messages):
        raise ValueError("nested more deeply than usual")
    return _MESSAGES(messages)


def _is_flat(values: Any) -> bool:
    """Whether there are so few levels that no rule about the depth of lines can forbid them."""
    level = [part for part in values if type(part) in _NESTING]
    for _ in range(_USUAL_LEVELS):
        if not level:
            return True
        level = [part for whole in level for part in (whole.values() if type(whole) is dict else whole) if type(part) in _NESTING]
    return False


def _model(said: Any) -> ModelInfo:
    if type(said) is not dict or [*said] != _MODEL_FIELDS:
        return _validated_part(ModelInfo, said)
    # Only texts and None are kept here, and nothing else is equal to those: what is found needs no other check.
    known = _models.get(values := (*said.values(),))
    if known is not None:
        return known
    if not all(type(value) in _TEXT for value in values):
        return _validated_part(ModelInfo, said)
    made = _made(ModelInfo, said, _ALL_OF_MODEL)
    if sum(len(value) for value in values if value is not None) <= _LONGEST_MODEL:
        if len(_models) >= _MOST_MODELS:
            _models.clear()
        _models[values] = made
    return made


def _usage(said: Any) -> Usage:
    if type(said) is dict and [*said] == _USAGE_FIELDS:
        taken_in, given_out = said.values()
        if type(taken_in) in _WHOLE and type(given_out) in _WHOLE:
            return _made(Usage, said, _ALL_OF_USAGE)
    return _validated_part(Usage, said)


def _outcome(said: Any) -> ExecutionResult:
    if type(said) is dict:
        for name, value in said.items():
            if type(value) not in _OUTCOME.get(name, ()):
                return _validated_part(ExecutionResult, said)
        return _made(ExecutionResult, {**_NO_OUTCOME, **said}, said.keys())
    return _validated_part(ExecutionResult, said)


def _opinion(said: Any) -> HumanFeedback:
    if type(said) is dict:
        for name, value in said.items():
            if type(value) not in _OPINION.get(name, ()):
                return _validated_part(HumanFeedback, said)
        return _made(HumanFeedback, {**_NO_OPINION, **said}, said.keys())
    return _validated_part(HumanFeedback, said)


def _validated_part(kind: type[_M], said: Any) -> _M:
    if not _is_flat((said,)):
        raise ValueError("nested more deeply than usual")
    part: _M = kind.__pydantic_validator__.validate_python(said)
    return part


def _made(kind: type[_M], content: dict[str, Any], given: Set[str]) -> _M:
    made = _new(kind)
    _set_content(made, content)
    _set_given(made, set(given))
    _set_unknown(made, {})
    _set_private(made, None)
    return made
