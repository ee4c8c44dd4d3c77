"""Answers that should not be learned lose their loss, not their place."""

from typing import Any

import pytest

from agentlog.schema.outcome import DropReason
from agentlog.schema.sample import Answer, Sample
from agentlog.stages.select import SelectConfig, select
from tests.make import SYSTEM


def sample(*facts: dict[str, Any], task_type: str = "implement") -> Sample:
    """A sample with one answered turn per given set of facts."""
    messages = [SYSTEM]
    answers = []
    for turn, fact in enumerate(facts):
        messages += [{"role": "user", "content": f"q{turn}"}, {"role": "assistant", "content": f"a{turn}"}]
        answers.append(Answer(index=len(messages) - 1, interaction_id=str(turn), timestamp="2026-11-20T00:00:00.000000Z", **fact))
    return Sample(
        id="x",
        messages=messages,
        trained=tuple(answer.index for answer in answers),
        source_ids=tuple(answer.interaction_id for answer in answers),
        task_type=task_type,
        answers=tuple(answers),
    )


def test_a_failed_answer_stays_as_context_of_the_one_that_mended_it() -> None:
    outcome = select([sample({"tests_passed": False}, {"tests_passed": True})], SelectConfig())
    [row] = outcome.kept
    assert row.trained == (4,)
    assert len(row.messages) == 5
    assert [(drop.reason, drop.source_ids) for drop in outcome.dropped] == [(DropReason.FAILED, ("0",))]


def test_what_comes_after_the_last_trained_answer_is_cut() -> None:
    [row] = select([sample({"tests_passed": True}, {"status": "error"})], SelectConfig()).kept
    assert [message["content"] for message in row.messages] == [SYSTEM["content"], "q0", "a0"]


@pytest.mark.parametrize(
    ("fact", "config", "reason"),
    [
        ({"rating": 2}, SelectConfig(), DropReason.LOW_RATING),
        ({"review_score": 2}, SelectConfig(min_review_score=3), DropReason.LOW_REVIEW_SCORE),
        ({}, SelectConfig(verified_only=True), DropReason.UNVERIFIED),
        ({}, SelectConfig(task_types=("fix",)), DropReason.NOT_SELECTED),
        ({"model": "small"}, SelectConfig(models=("big",)), DropReason.NOT_SELECTED),
        ({"status": "interrupted"}, SelectConfig(), DropReason.FAILED),
        ({"changed": ("model_output",)}, SelectConfig(), DropReason.CHANGED),
        ({"changed": ("messages",), "rating": 5, "tests_passed": True}, SelectConfig(), DropReason.CHANGED),
        ({"changed": ("metadata", "tools")}, SelectConfig(), DropReason.CHANGED),
    ],
)
def test_each_filter_says_its_reason(fact: dict[str, Any], config: SelectConfig, reason: DropReason) -> None:
    outcome = select([sample(fact)], config)
    assert outcome.kept == []
    assert [drop.reason for drop in outcome.dropped] == [reason]


def test_a_persons_correction_outweighs_failed_tests_and_a_low_rating() -> None:
    fact = {"tests_passed": False, "rating": 1, "original": {"role": "assistant", "content": "wrong"}}
    assert len(select([sample(fact)], SelectConfig()).kept) == 1


def test_changed_text_is_trained_if_the_build_says_so_and_changes_elsewhere_do_not_matter() -> None:
    assert len(select([sample({"changed": ("messages", "model_output")})], SelectConfig(allow_changed=True)).kept) == 1
    assert len(select([sample({"changed": ("metadata", "params")})], SelectConfig()).kept) == 1


def test_a_correction_is_trained_though_the_answer_that_it_replaces_was_changed() -> None:
    fact = {"changed": ("model_output",), "original": {"role": "assistant", "content": "<object>"}}
    assert len(select([sample(fact)], SelectConfig()).kept) == 1
    assert select([sample({**fact, "changed": ("messages",)})], SelectConfig()).kept == []


def test_an_unknown_verdict_is_trained_unless_told_otherwise() -> None:
    assert len(select([sample({})], SelectConfig()).kept) == 1
