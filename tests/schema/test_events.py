"""Events are read strictly, keep what they do not know, and later ones join in any order."""

import itertools
from typing import Any

import pytest

from agentlog.schema.events import FeedbackEvent, ResultEvent, joined, parse_event
from agentlog.schema.interaction import Interaction
from agentlog.schema.migrate import CURRENT_VERSION
from agentlog.schema.outcome import EXPLANATIONS, DropReason
from agentlog.schema.sample import Sample
from tests.make import interaction, line


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([1], "not an object but list"),
        ({}, "missing field: event"),
        ({"event": "metric"}, "unknown event 'metric'"),
        ({"event": "result", "id": "r"}, "missing field: interaction_id"),
        (line(1) | {"messages": "hello"}, "wrong field messages"),
        (line(1) | {"timestamp": "yesterday"}, "wrong field timestamp"),
        (line(1) | {"timestamp": "0001-01-01T00:00:00+14:00"}, "out of range"),
        (line(1) | {"id": ""}, "wrong field id"),
        (line(1) | {"schema_version": CURRENT_VERSION + 1}, "upgrade agentlog"),
        ({key: value for key, value in line(1).items() if key != "model_output"}, "missing field: model_output"),
    ],
)
def test_what_is_no_event_is_refused_in_a_few_words(value: Any, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_event(value)
    assert said in str(caught.value)


def test_unknown_fields_survive_a_round_trip() -> None:
    given = line(1) | {"mood": "good", "execution_result": {"status": "success", "value": 0.7}}
    given["messages"] = [{"role": "user", "content": None, "cache_control": {"type": "x"}}]
    event = parse_event(given)
    assert isinstance(event, Interaction)
    back = event.model_dump(mode="json", exclude_unset=True)
    assert back == given


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-11-20T18:00:00+01:00", "2026-11-20T17:00:00.000000Z"),
        ("2026-11-20T17:00:00", "2026-11-20T17:00:00.000000Z"),
        ("2026-11-20T17:00:00.5Z", "2026-11-20T17:00:00.500000Z"),
    ],
)
def test_times_are_utc_with_microseconds_so_that_they_sort_as_text(said: str, meant: str) -> None:
    assert interaction(1, timestamp=said).timestamp == meant


def result(number: int, **fields: Any) -> ResultEvent:
    said = {"id": f"r{number}", "interaction_id": "i", "timestamp": f"2026-11-20T17:00:0{number}Z", "execution_result": fields}
    return ResultEvent.model_validate(said)


def test_the_newest_result_wins_field_by_field_in_whatever_order_they_arrive() -> None:
    events = [
        result(1, status="failure", review_score=2),
        result(2, status="success"),
        result(3, tests_passed=True),
        result(3, tests_passed=True),
    ]
    for order in itertools.permutations(events):
        found = joined(interaction(1), order, ()).execution_result
        assert found is not None
        assert (found.status, found.review_score, found.tests_passed) == ("success", 2, True)


def test_of_feedback_the_newest_rating_and_correction_count() -> None:
    said = [
        FeedbackEvent.model_validate(
            {"id": f"f{n}", "interaction_id": "i", "timestamp": f"2026-11-20T17:00:0{n}Z", "reviewer": who, "human_feedback": words}
        )
        for n, who, words in [(1, "ana", {"rating": 2, "corrections": "better"}), (2, "bo", {"rating": 4, "comments": "fine"})]
    ]
    found = joined(interaction(1), (), said[::-1]).human_feedback
    assert found is not None
    assert (found.rating, found.corrections, found.comments) == (4, "better", "fine")


def test_every_reason_to_drop_is_explained() -> None:
    assert set(EXPLANATIONS) == set(DropReason)


@pytest.mark.parametrize("trained", [(0,), (5,), (1, 1)])
def test_a_sample_cannot_train_what_is_no_answer(trained: tuple[int, ...]) -> None:
    messages = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    with pytest.raises(ValueError):
        Sample.model_validate({"id": "x", "messages": messages, "trained": trained, "source_ids": ("1",)})
