"""Finding one interaction, or the latest ones, gives what reading the whole log would give."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentlog import read_interactions
from agentlog.errors import LogError
from agentlog.schema.interaction import Interaction
from agentlog.store.lookup import find_interaction, latest_interactions
from tests.make import line, write_log

LogOf = Callable[..., Path]


def uuid(number: int) -> str:
    return f"{number:08x}-0000-7000-8000-000000000000"


def call(number: int, second: int = 0, role: str = "coder", **fields: Any) -> dict[str, Any]:
    """An interaction in the form and order in which agentlog writes it."""
    whole = Interaction.model_validate(line(number, role=role)).model_dump(mode="json")
    return whole | {"id": uuid(number), "timestamp": f"2026-01-01T00:00:{second:02d}.000000Z", **fields}


def rating(number: int, target: str) -> dict[str, Any]:
    time = "2026-01-01T00:01:00.000000Z"
    return {"event": "feedback", "id": uuid(number), "interaction_id": target, "timestamp": time, "human_feedback": {"rating": 3}}


def test_an_interaction_is_found_with_all_that_was_told_of_it(log_of: LogOf) -> None:
    log = log_of([rating(9, uuid(1)), call(1), call(2)], [rating(10, uuid(1)), rating(11, uuid(2))])
    found = find_interaction(log, uuid(1))
    assert found == {each.id: each for each in read_interactions(log)}[uuid(1)]
    assert [event.id for event in found.feedback] == [uuid(9), uuid(10)]


@pytest.mark.parametrize(("beginning", "said"), [("0000000", "2 interactions have"), ("f", "no interaction in"), ("", "no interaction in")])
def test_a_beginning_must_fit_one_id(log_of: LogOf, beginning: str, said: str) -> None:
    with pytest.raises(LogError, match=said):
        find_interaction(log_of([call(1), call(2)]), beginning)


def test_a_beginning_that_is_a_whole_id_is_that_id(log_of: LogOf) -> None:
    log = log_of([call(1, id="task-1"), call(2, id="task-12"), call(3, id="task-123")])
    assert find_interaction(log, "task-1").id == "task-1"
    assert find_interaction(log, "task-123").id == "task-123"


def test_a_beginning_of_very_many_ids_is_refused_without_reading_them(tmp_path: Path) -> None:
    write_log(tmp_path, [line(number) for number in range(1200)])
    with pytest.raises(LogError, match="1000 interactions and more"):
        find_interaction(tmp_path, "s-")


def test_what_cannot_be_read_is_not_found(log_of: LogOf) -> None:
    log = log_of([call(1, messages="no list"), call(2)])
    assert find_interaction(log, "0").id == uuid(2)
    assert [each.id for each in latest_interactions(log, 2)] == [uuid(2)]


CALLS = st.one_of(
    st.builds(call, st.integers(0, 8), st.integers(0, 9), st.sampled_from(["coder", "tester", 'odd "role"'])),
    st.builds(call, st.integers(0, 8), st.integers(0, 9), messages=st.just("no list")),
    st.builds(lambda number, second: line(number, timestamp=f"2026-01-01T01:00:{second:02d}+01:00"), st.integers(0, 3), st.integers(0, 9)),
    st.builds(call, st.integers(20, 25), st.integers(0, 9), session_id=st.sampled_from(['a","agent_role":"tester","b', "\\", '\\"'])),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    calls=st.lists(CALLS, max_size=20, unique_by=lambda each: each["id"]),
    count=st.integers(1, 5),
    role=st.sampled_from([None, "coder", "tester", 'odd "role"']),
)
def test_the_latest_are_the_latest_of_all(log_of: LogOf, calls: list[dict[str, Any]], count: int, role: str | None) -> None:
    log = log_of(calls[::2], calls[1::2], calls[:3])
    whole = sorted(read_interactions(log, role=role), key=lambda each: (each.timestamp, each.id))
    assert latest_interactions(log, count, role) == whole[-count:]


def test_of_very_many_the_latest_are_found(tmp_path: Path) -> None:
    write_log(tmp_path, [call(number, number % 50) for number in range(1500)])
    assert [each.id for each in latest_interactions(tmp_path, 3)] == [uuid(1399), uuid(1449), uuid(1499)]
