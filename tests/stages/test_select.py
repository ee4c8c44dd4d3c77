"""Answers that should not be learned lose their loss, not their place."""

from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from agentlog.errors import SettingError
from agentlog.project import SelectSettings
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
        ({"status": "partial"}, SelectConfig(statuses=("success",)), DropReason.NOT_SELECTED),
        ({}, SelectConfig(statuses=("success",)), DropReason.NOT_SELECTED),
        ({}, SelectConfig(tests_passed=True), DropReason.NOT_SELECTED),
        ({"variant": "a"}, SelectConfig(variants=("b",)), DropReason.NOT_SELECTED),
        ({}, SelectConfig(since="2026-11-21"), DropReason.NOT_SELECTED),
        ({}, SelectConfig(until="2026-11-19"), DropReason.NOT_SELECTED),
        ({"rating": 4}, SelectConfig(where="rating > 4"), DropReason.NOT_SELECTED),
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


@pytest.mark.parametrize(
    ("fact", "config"),
    [
        ({"status": "success"}, SelectConfig(statuses=("success", "partial"))),
        ({"tests_passed": True}, SelectConfig(tests_passed=True)),
        ({"variant": "b"}, SelectConfig(variants=("b",))),
        ({}, SelectConfig(since="2026-11-20", until="2026-11-20")),
        ({}, SelectConfig(since="2026-11-20T00:00:00Z", until="2026-11-20T01:00:00+01:00")),
        ({"rating": 5, "tests_passed": True}, SelectConfig(where="tests_passed and rating >= 4 and task_type == 'implement'")),
    ],
)
def test_what_fits_a_filter_is_trained(fact: dict[str, Any], config: SelectConfig) -> None:
    assert len(select([sample(fact)], config).kept) == 1


def test_a_drop_names_the_setting_that_left_the_answer_out_and_no_text() -> None:
    outcome = select([sample({"variant": "a"}, {"rating": 1}, {"model": "big", "variant": "b"})], SelectConfig(variants=("b", "c")))
    assert [(drop.reason, drop.detail, drop.source_ids) for drop in outcome.dropped] == [(DropReason.NOT_SELECTED, "variants", ("0", "1"))]
    outcome = select([sample({"model": "m"}, {"model": "n", "rating": 1})], SelectConfig(where="model == 'n'"))
    assert [(drop.detail, drop.source_ids) for drop in outcome.dropped] == [("where", ("0",)), ("below min_rating 3", ("1",))]


def test_a_correction_stands_for_any_verdict_that_is_asked_for_but_not_for_another_model_or_time() -> None:
    fact = {"tests_passed": False, "status": "failure", "rating": 1, "model": "m", "original": {"role": "assistant", "content": "wrong"}}
    asked = SelectConfig(statuses=("success",), tests_passed=True, verified_only=True, min_review_score=4)
    assert len(select([sample(fact)], asked).kept) == 1
    assert select([sample(fact)], SelectConfig(models=("other",))).kept == []
    assert select([sample(fact)], SelectConfig(until="2026-11-19")).kept == []
    assert select([sample(fact)], SelectConfig(where="not corrected")).kept == []


def test_answers_of_one_row_are_selected_by_their_own_task_types_and_the_row_has_that_of_those_left() -> None:
    row = sample({"task_type": "plan"}, {"task_type": "plan"}, {"task_type": "fix"}, task_type="plan")
    [fixes] = select([row], SelectConfig(task_types=("fix",))).kept
    assert (fixes.task_type, fixes.trained, len(fixes.messages)) == ("fix", (6,), 7)
    [plans] = select([row], SelectConfig(task_types=("plan",))).kept
    assert (plans.task_type, plans.trained) == ("plan", (2, 4))


def test_settings_read_from_yaml_are_those_of_the_stage_and_a_date_is_a_whole_day() -> None:
    said = yaml.safe_load("{since: 2026-11-20, until: 2026-11-20, statuses: [success], where: rating >= 4}")
    config = SelectConfig.model_validate(SelectSettings.model_validate(said).model_dump())
    assert (config.since, config.until) == ("2026-11-20T00:00:00.000000Z", "2026-11-20T23:59:59.999999Z")
    assert SelectConfig.model_validate(config.model_dump(mode="json")) == config
    assert set(SelectSettings.model_fields) == set(SelectConfig.model_fields)


def test_a_condition_or_a_time_that_makes_no_sense_is_refused_before_anything_runs() -> None:
    with pytest.raises(SettingError, match="'ratings' is no field"):
        SelectConfig(where="ratings > 3")
    with pytest.raises(ValidationError, match="is no time"):
        SelectSettings(since="yesterday")
