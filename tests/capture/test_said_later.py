"""Results and feedback: at any time, from any process, before or after the call, each event once, every reviewer heard."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentlog import AgentLogger, read_interactions
from agentlog._ids import uuid7
from agentlog.schema.interaction import Interaction
from agentlog.testing import ticking_clock


@pytest.fixture
def log(tmp_path: Path) -> AgentLogger:
    return AgentLogger(tmp_path, clock=ticking_clock())


def call_of(log: AgentLogger) -> str:
    with log.interaction(role="coder", prompt="p") as call:
        call.output = "x"
    return call.id


def only(log: AgentLogger) -> Interaction:
    reader = read_interactions(log.data)
    [read] = reader
    assert (reader.skipped, reader.orphans) == ([], 0)
    return read


def test_an_event_that_is_written_again_counts_once(log: AgentLogger) -> None:
    name = call_of(log)
    rating, result = uuid7(), uuid7()
    for _ in range(3):
        assert log.feedback(name, rating=2, comments="first", reviewer="ana", event_id=rating)
        assert log.result(name, status="failure", event_id=result)
    assert log.feedback(name, rating=5, comments="second", reviewer="ana")
    # Written again later than what was said since: it is as old as it ever was, or one retry would undo another's word.
    assert log.feedback(name, rating=2, comments="first", reviewer="ana", event_id=rating)
    read = only(log)
    assert [(each.reviewer, each.human_feedback.rating) for each in read.feedback] == [("ana", 2), ("ana", 5)]
    assert read.human_feedback is not None
    assert (read.human_feedback.rating, read.human_feedback.comments) == (5, "second")


SAY = """
import sys
from agentlog import AgentLogger
data, name, event, reviewer, rating = sys.argv[1:]
log = AgentLogger(data)
assert log.feedback(name, rating=float(rating), reviewer=reviewer, event_id=event)
assert log.result(name, status="success", tests_passed=True, event_id="result-" + event)
"""


def in_another_process(data: Path, name: str, event: str, reviewer: str, rating: float) -> None:
    subprocess.run([sys.executable, "-c", SAY, str(data), name, event, reviewer, str(rating)], check=True, timeout=60)


def in_this_process(data: Path, name: str, event: str, reviewer: str, rating: float) -> None:
    log = AgentLogger(data)
    assert log.feedback(name, rating=rating, reviewer=reviewer, event_id=event)
    assert log.result(name, status="success", tests_passed=True, event_id="result-" + event)
    log.close()


@pytest.mark.parametrize("say", [in_this_process, in_another_process], ids=lambda say: say.__name__)
def test_several_reviewers_are_heard_from_wherever_they_speak(log: AgentLogger, say: Callable[..., None]) -> None:
    name = call_of(log)
    for reviewer, rating in (("ana", 5), ("ben", 1)):
        for _ in range(2):
            say(log.data, name, f"event-{reviewer}", reviewer, rating)
    read = only(log)
    assert sorted((each.reviewer, each.human_feedback.rating) for each in read.feedback) == [("ana", 5), ("ben", 1)]
    assert read.execution_result is not None
    assert (read.execution_result.status, read.execution_result.tests_passed) == ("success", True)


def test_what_is_said_within_the_call_and_before_its_line_is_joined_to_it(log: AgentLogger) -> None:
    with log.interaction(role="coder", prompt="p") as call:
        assert log.result(call.id, status="partial")
        assert log.feedback(call.id, corrections="better", reviewer="ana")
        waiting = read_interactions(log.data)
        assert list(waiting) == []
        assert waiting.orphans == 2
        call.output = "x"
    read = only(log)
    assert read.execution_result is not None
    assert read.human_feedback is not None
    assert (read.execution_result.status, read.human_feedback.corrections) == ("partial", "better")


def test_the_newest_result_wins_field_by_field_and_says_nothing_by_what_it_leaves_out(log: AgentLogger) -> None:
    name = call_of(log)
    log.result(name, status="failure", tests_passed=False, coverage=0.4)
    log.result(name, status="success", review_score=4.0)
    result = only(log).execution_result
    assert result is not None
    assert result.model_dump() == {"status": "success", "tests_passed": False, "review_score": 4.0, "error": None, "coverage": 0.4}
