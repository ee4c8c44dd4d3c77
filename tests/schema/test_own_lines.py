"""What is made of own lines without validation is what validation makes of them, or nothing."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.schema.events import parse_event
from agentlog.schema.interaction import ExecutionResult, Interaction
from agentlog.schema.migrate import CURRENT_VERSION
from agentlog.schema.own_lines import outcome_for, take_over

ID, TIME = "01932c00-0000-7000-8000-000000000000", "2026-11-20T17:00:00.123456Z"
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
INTERACTION: dict[str, Any] = {
    "event": "interaction",
    "schema_version": CURRENT_VERSION,
    "id": ID,
    "timestamp": TIME,
    "session_id": "s",
    "parent_id": None,
    "agent_role": "coder",
    "task_id": None,
    "task_type": "implement",
    "task_description": None,
    "messages": [{"role": "system", "content": "You write Python."}, {"role": "user", "content": "Write add."}],
    "tools": [],
    "model_output": {"role": "assistant", "content": "def add", "tool_calls": []},
    "model": {"name": "m", "provider": None, "revision": None, "quantization": None},
    "params": {"temperature": 0.2},
    "usage": {"input_tokens": 412, "output_tokens": 180},
    "latency_ms": 4210.5,
    "finish_reason": "stop",
    "execution_result": None,
    "human_feedback": None,
    "variant": None,
    "metadata": {},
}
RESULT = {
    "event": "result",
    "id": ID,
    "interaction_id": ID,
    "timestamp": TIME,
    "execution_result": {"status": "success", "tests_passed": True},
}
FEEDBACK = {"event": "feedback", "id": ID, "interaction_id": ID, "timestamp": TIME, "reviewer": None, "human_feedback": {"rating": 4.5}}

DEEP: Any = None
for _ in range(30):
    DEEP = [DEEP]
SMALL = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        1,
        5,
        -(2**63),
        2**64 - 1,
        0.5,
        1.0,
        "",
        "x",
        "1",
        "true",
        TIME,
        "2026-11-20T18:00:00+01:00",
        "2026-13-20T17:00:00.123456Z",
        [],
        {},
        [1],
        {"a": 1},
        DEEP,
        CURRENT_VERSION + 1,
        "interaction",
        "result",
        ID,
    ]
)
MESSAGES = st.sampled_from(
    [
        {"role": "user", "content": "x"},
        {"content": "x", "role": "user"},
        {"role": "tool", "tool_call_id": "c", "content": "7"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "assistant", "content": "x", "tool_calls": []},
        {"role": "assistant", "content": "x", "tool_calls": None},
        {"role": "user", "content": [{"type": "text", "text": "x"}], "cache": True},
        {"role": "user"},
        {"role": 1, "content": "x"},
        {"role": "user", "content": 7},
        {"role": "assistant", "content": "x", "tool_calls": [{}]},
        {"role": "user", "content": [DEEP]},
        "no message",
    ]
)
PARTS = st.dictionaries(
    st.sampled_from(["name", "provider", "revision", "quantization", "input_tokens", "output_tokens", "status", "tests_passed"])
    | st.sampled_from(["review_score", "error", "rating", "comments", "corrections", "odd"]),
    SMALL,
    max_size=4,
)
VALUES = SMALL | MESSAGES | st.lists(MESSAGES, max_size=3) | PARTS


@st.composite
def lines(draw: st.DrawFn) -> dict[str, Any]:
    """A line of ours, or one with some fields changed, left out, added or in another order."""
    line = dict(draw(st.sampled_from([INTERACTION, RESULT, FEEDBACK])))
    line.update(draw(st.dictionaries(st.sampled_from(list(line)), VALUES, max_size=3)))
    if draw(st.integers(0, 9)) == 0:
        line.pop(draw(st.sampled_from(list(line))))
    if draw(st.integers(0, 9)) == 0:
        line["odd"] = draw(VALUES)
    return line if draw(st.integers(0, 9)) else dict(reversed(line.items()))


def described(event: Any) -> tuple[Any, ...]:
    """All that can be told of an event: content with its order, what was given, and what is unknown to the schema."""
    assert event is not None
    dumped = event.model_dump_json(), event.model_dump_json(exclude_unset=True)
    parts = [getattr(event, name, None) for name in ("model", "usage", "execution_result", "human_feedback")]
    return (type(event), event, *dumped, *((part.model_fields_set, part.model_extra) for part in parts if part is not None))


@settings(max_examples=500, deadline=None)
@given(lines())
def test_what_is_made_without_validation_is_what_validation_makes(line: dict[str, Any]) -> None:
    raw = orjson.dumps(line)
    made = take_over(orjson.loads(raw))
    if made is not None:
        assert described(made) == described(parse_event(orjson.loads(raw)))


@pytest.mark.parametrize(
    "line", [INTERACTION, RESULT, FEEDBACK, INTERACTION | {"usage": None, "params": {}, "execution_result": {"error": "x"}}]
)
def test_the_usual_lines_need_no_validation(line: dict[str, Any]) -> None:
    assert take_over(orjson.loads(orjson.dumps(line))) is not None


def test_an_event_made_without_validation_can_be_changed_like_any_other() -> None:
    first, second = (take_over(orjson.loads(orjson.dumps(INTERACTION))) for _ in range(2))
    assert first is not None
    first.mood = "good"
    first.id = "other"
    assert first.model_dump()["mood"] == "good"
    assert first.model_copy() == first
    assert second == parse_event(orjson.loads(orjson.dumps(INTERACTION)))


@given(lines())
def test_an_outcome_is_that_of_the_result_event(line: dict[str, Any]) -> None:
    raw = orjson.dumps(line)
    outcome = outcome_for(ID, orjson.loads(raw))
    if outcome is not None:
        event = parse_event(orjson.loads(raw))
        assert event.event == "result"
        assert event.interaction_id == ID
        assert isinstance(event.execution_result, ExecutionResult)
        assert (outcome, outcome.model_fields_set) == (event.execution_result, event.execution_result.model_fields_set)


def test_the_outcome_of_another_interaction_is_none() -> None:
    assert outcome_for("another", dict(RESULT)) is None
    assert outcome_for(ID, dict(RESULT)) is not None


def test_records_of_one_model_share_what_is_said_of_it_because_it_never_changes() -> None:
    first, second = (take_over(orjson.loads(orjson.dumps(INTERACTION))) for _ in range(2))
    assert isinstance(first, Interaction)
    assert isinstance(second, Interaction)
    assert first.model is second.model
    with pytest.raises(ValueError, match="frozen"):
        first.model.name = "another"
    first.model = first.model.model_copy(update={"name": "another"})
    assert second.model.name == "m"
