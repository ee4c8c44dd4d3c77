"""What a program says of a call itself: whatever its kind, the record can be read, and what was said is in it."""

import logging
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from agentlog import AgentLogger, read_interactions
from agentlog.schema.interaction import Interaction

CHAT = [{"role": "user", "content": "hi"}]


class Word(Enum):
    DONE = "success"


class Role(str, Enum):  # noqa: UP042  agents have such roles
    CODER = "coder"


def logged(data: Path, **said: Any) -> Interaction:
    """The record of a call of which so much was said."""
    log = AgentLogger(data)
    with log.interaction(role="r", messages=CHAT) as call:
        call.output = "hello"
        for name, value in said.items():
            setattr(call, name, value)
    return read_back(data)


def read_back(data: Path) -> Interaction:
    log = read_interactions(data)
    [read] = log
    assert log.skipped == []
    assert (read.messages, read.model_output) == (CHAT, {"role": "assistant", "content": "hello", "tool_calls": []})
    return read


@pytest.mark.parametrize(
    ("result", "counts", "kept"),
    [
        ("fine", {"status": "fine"}, None),
        ({"status": Word.DONE, "tests_passed": 1}, {"status": "success", "tests_passed": True}, None),
        ({"status": 3, "review_score": "4.5"}, {"status": "3", "review_score": 4.5}, None),
        (True, {"status": None}, True),
        (["x"], {"status": None}, ["x"]),
        ({"status": ["x"], "review_score": 4}, {"status": None, "review_score": 4}, {"status": ["x"]}),
        ({"tests_passed": "most", "review_score": "4/5"}, {"tests_passed": None}, {"tests_passed": "most", "review_score": "4/5"}),
        ({"review_score": float("nan")}, {"review_score": None}, {"review_score": "nan"}),
    ],
)
def test_an_odd_result_does_not_cost_the_record(tmp_path: Path, result: Any, counts: dict[str, Any], kept: Any) -> None:
    read = logged(tmp_path, execution_result=result).execution_result
    assert read is not None
    told = read.model_dump()
    assert told | counts == told
    assert told.get("not_understood") == kept


def test_an_odd_result_of_a_call_that_fails_does_not_cost_the_record(tmp_path: Path) -> None:
    log = AgentLogger(tmp_path)

    def fail() -> None:
        with log.interaction(role="r", messages=CHAT) as call:
            call.output, call.execution_result = "hello", "fine"  # type: ignore[assignment]
            raise OSError

    with pytest.raises(OSError):
        fail()
    read = read_back(tmp_path).execution_result
    assert read is not None
    assert read.status == "error"


def test_parameters_metadata_model_and_tools_may_be_set_to_anything(tmp_path: Path) -> None:
    read = logged(tmp_path, metadata={"run": 3}, params={"temperature": 1}, model={"name": 5}, tools="none", variant=4, finish_reason=7)
    assert (read.params, read.model.name, read.variant, read.finish_reason) == ({"temperature": 1}, "5", "4", "7")
    assert (read.tools, read.metadata["run"], read.metadata["tools"]) == ([], 3, "none")
    odd = logged(tmp_path / "odd", metadata="text", params=5)
    assert (odd.params, odd.metadata) == ({"params": 5}, {"metadata": "text"})


@pytest.mark.parametrize("sample", [1.0, 1 - 1e-12])
def test_metadata_that_is_no_mapping_does_not_cost_the_record(tmp_path: Path, sample: Any) -> None:
    log = AgentLogger(tmp_path, sample=sample)
    metadata: Any = 5
    with log.interaction(role="r", messages=CHAT, metadata=metadata, params=metadata) as call:
        call.output = "hello"
    read = read_back(tmp_path)
    assert (read.metadata["metadata"], read.params) == (5, {"params": 5})
    assert log.stats() == (1, 1, 0)


def test_a_role_may_be_a_member_of_an_enum(caught: Any) -> None:
    for role in (Role.CODER, Word.DONE):
        with caught.logger.interaction(role=role, messages=CHAT):
            pass
    assert [event["agent_role"] for event in caught.events] == ["coder", "success"]


@pytest.mark.parametrize("rating", [0, 9, -1, True, float("nan"), "five", [5]])
def test_a_rating_that_is_none_does_not_count_and_is_told_of(tmp_path: Path, rating: Any, caplog: pytest.LogCaptureFixture) -> None:
    read = logged(tmp_path)
    with caplog.at_level(logging.WARNING, "agentlog"):
        assert AgentLogger(tmp_path).feedback(read.id, rating=rating, comments="good", reviewer="ana")
    said = read_back(tmp_path).human_feedback
    assert said is not None
    assert (said.rating, said.comments) == (None, "good")
    assert "rating" in said.model_dump()["not_understood"]
    assert f"feedback on {read.id}: rating: " in caplog.text
    assert "is not a number from 1 to 5" in caplog.text


def test_odd_corrections_comments_and_reviewers_are_kept(tmp_path: Path) -> None:
    read = logged(tmp_path)
    reviewer: Any = {"name": "ana"}
    correction: Any = {"content": "right"}
    comment: Any = 5
    assert AgentLogger(tmp_path).feedback(read.id, rating=4, comments=comment, corrections=correction, reviewer=reviewer)
    [event] = read_back(tmp_path).feedback
    assert (event.reviewer, event.human_feedback.rating, event.human_feedback.comments) == ('{"name":"ana"}', 4, "5")
    assert event.human_feedback.model_dump()["not_understood"] == {"corrections": {"content": "right"}}


def test_an_interaction_is_named_by_its_id_as_text_or_not_or_by_its_call(tmp_path: Path) -> None:
    log = AgentLogger(tmp_path)
    with log.interaction(role="r", messages=CHAT) as call:
        call.output = "hello"
    name: Any
    for number, name in enumerate((call.id, UUID(call.id), call)):
        assert log.result(name, status="success", number=number, event_id=f"e{number}")
    read = read_back(tmp_path).execution_result
    assert read is not None
    assert read.model_dump()["number"] == 2


@pytest.mark.parametrize("name", [None, "", b"id", ["id"]])
def test_what_names_no_interaction_is_counted_as_lost(tmp_path: Path, name: Any) -> None:
    log = AgentLogger(tmp_path)
    assert not log.result(name, status="success")
    assert not log.feedback(name, rating=5)
    assert log.stats() == (2, 0, 2)


def test_a_logger_shows_where_it_logs_to(tmp_path: Path) -> None:
    assert repr(AgentLogger(tmp_path)) == f"AgentLogger({str(tmp_path)!r})"
    assert repr(AgentLogger(tmp_path, enabled=False)) == f"AgentLogger({str(tmp_path)!r}, enabled=False)"
