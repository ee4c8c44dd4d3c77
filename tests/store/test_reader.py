"""The reader: every readable interaction once, joined; every unreadable line set aside with its place and reason."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentlog import AgentLogger, read_interactions
from agentlog.errors import LogError
from agentlog.store.layout import log_files
from agentlog.testing import log_toy_session, ticking_clock

LogOf = Callable[..., Path]


def interaction(name: str, role: str = "coder", **fields: Any) -> dict[str, Any]:
    message = {"role": "user", "content": "do it"}
    return {"event": "interaction", "id": name, "timestamp": "2026-01-01T00:00:00Z", "agent_role": role, "messages": [message]} | {
        "model_output": {"role": "assistant", "content": f"done by {name}"},
        **fields,
    }


def at(second: int) -> str:
    return f"2026-01-01T00:00:{second:02d}Z"


def result(name: str, target: str, second: int = 1, **said: Any) -> dict[str, Any]:
    return {"event": "result", "id": name, "interaction_id": target, "timestamp": at(second), "execution_result": said}


def feedback(name: str, target: str, second: int = 1, **said: Any) -> dict[str, Any]:
    return {"event": "feedback", "id": name, "interaction_id": target, "timestamp": at(second), "human_feedback": said}


def test_results_and_feedback_are_joined_even_from_earlier_files(log_of: LogOf) -> None:
    log = log_of([result("r", "a", status="success"), feedback("f", "a", rating=4)], [interaction("a")])
    [read] = read_interactions(log)
    assert read.execution_result is not None
    assert read.execution_result.status == "success"
    assert read.human_feedback is not None
    assert read.human_feedback.rating == 4


def test_the_newest_result_wins_field_by_field(log_of: LogOf) -> None:
    log = log_of([interaction("a"), result("r2", "a", 2, status="failure"), result("r1", "a", 1, status="success", tests_passed=True)])
    [read] = read_interactions(log)
    assert read.execution_result is not None
    assert (read.execution_result.status, read.execution_result.tests_passed) == ("failure", True)


def test_an_id_is_handed_out_once_and_the_same_copy_whatever_the_order(log_of: LogOf) -> None:
    files = [[interaction("a", task_type="x")], [interaction("a", task_type="b"), interaction("c")], [result("r", "a", status="partial")]]
    readings = []
    for order in itertools.permutations(files):
        readings.append(sorted(orjson.dumps(each.model_dump(mode="json")) for each in read_interactions(log_of(*order))))
    assert len(readings[0]) == 2
    assert all(reading == readings[0] for reading in readings)


def test_a_role_can_be_asked_for_and_the_others_are_counted(log_of: LogOf) -> None:
    log = read_interactions(log_of([interaction("a"), interaction("b", role="tester")]), role="tester")
    assert [each.id for each in log] == ["b"]
    assert log.other_roles == 1


BAD = [
    (b"no json\n", "not JSON"),
    (b"[]\n", "not an object"),
    (b'{"event":"party"}\n', "unknown event"),
    (b"{}\n", "missing field: event"),
    ({"event": "interaction", "id": "x"}, "missing field"),
    (interaction("x", messages="hello"), "wrong field messages"),
    (interaction("x", schema_version=99), "newer than this agentlog"),
    ({"event": "result", "id": "r"}, "missing field"),
    (result("r", "a", tests_passed=[1]), "wrong field execution_result.tests_passed"),
]


@pytest.mark.parametrize(("line", "reason"), BAD)
def test_a_bad_line_is_set_aside_with_its_place_and_the_rest_is_read(log_of: LogOf, line: Any, reason: str) -> None:
    log = read_interactions(log_of([interaction("a"), line, interaction("b")]))
    assert [each.id for each in log] == ["a", "b"]
    [bad] = log.skipped
    assert (bad.number, bad.file.name) == (2, "000000.jsonl")
    assert reason in bad.reason


def test_an_empty_file_is_set_aside(log_of: LogOf) -> None:
    log = read_interactions(log_of([], [interaction("a")]))
    assert len(list(log)) == 1
    assert [bad.reason for bad in log.skipped] == ["the file is empty"]


def test_a_last_line_without_a_newline_is_read(log_of: LogOf) -> None:
    log = read_interactions(log_of([interaction("a"), orjson.dumps(interaction("b"))]))
    assert len(list(log)) == 2
    assert log.skipped == []


def test_events_that_point_at_nothing_are_counted(log_of: LogOf) -> None:
    log = read_interactions(log_of([interaction("a"), result("r", "gone"), feedback("f", "gone"), feedback("g", "a")]))
    list(log)
    assert log.orphans == 2


def test_reading_twice_counts_anew(log_of: LogOf) -> None:
    log = read_interactions(log_of([interaction("a"), b"bad\n"]))
    assert list(log) == list(log)
    assert len(log.skipped) == 1


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogError):
        read_interactions(tmp_path / "nothing")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(min_value=0, max_value=5000))
def test_a_file_torn_anywhere_costs_only_the_line_it_is_torn_in(tmp_path: Path, cut: int) -> None:
    """Whatever the length that is left of a file, all whole lines are read and at most one is set aside."""
    data = tmp_path / "whole"
    if not data.exists():
        log_toy_session(AgentLogger(data, clock=ticking_clock()), calls=4)
    [file] = log_files(data)
    raw = file.read_bytes()
    torn = tmp_path / "torn.jsonl"
    torn.write_bytes(raw[:cut])
    log = read_interactions(torn)
    read = [each.id for each in log]
    whole = [orjson.loads(line) for line in raw[:cut].split(b"\n")[:-1]]
    expected = [event["id"] for event in whole if event["event"] == "interaction"]
    assert read[: len(expected)] == expected
    assert len(read) - len(expected) + len(log.skipped) <= 1
