"""Which answers may be trained. An answer that may not stays in its row as context; a row without any is dropped.

First comes what the build is about (task types, models, variants, a span of time, a condition of the user's own), then what is known of an
answer's worth. An answer that failed when it was used is never trained, and neither is one that a person rated low, unless a person
corrected it: then the correction is trained, whatever was said of the answer that it replaces. What carries no verdict at all is trained,
unless the build asks for verified answers, for a status or for passed tests. An answer is not trained either if the log could not hold its
text, or the prompt or tools that it answered, as they were: that text is not what was said.

Roles are not selected here, for only the interactions of one are read.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Annotated, NamedTuple

from pydantic import AfterValidator

from agentlog.schema.moment import Since, Until
from agentlog.schema.outcome import Drop, DropReason, Outcome
from agentlog.schema.sample import Answer, Sample, task_type_of
from agentlog.stages.expression import read_condition
from agentlog.stages.registry import StageConfig, stage


def _readable(where: str | None) -> str | None:
    if where is not None:
        read_condition(where)
    return where


class SelectConfig(StageConfig):
    """The least that an answer must bring; an empty list means all there are, and nothing said means no such condition.

    Raises:
        SettingError: ``where`` is no condition (`agentlog.stages.expression`).
    """

    min_rating: float | None = 3.0
    min_review_score: float | None = None
    verified_only: bool = False
    allow_changed: bool = False
    task_types: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    tests_passed: bool | None = None
    since: Since | None = None
    until: Until | None = None
    where: Annotated[str | None, AfterValidator(_readable)] = None


class _Refusal(NamedTuple):
    """Why an answer is not trained, and the setting that says so."""

    reason: DropReason
    setting: str = ""


@stage("select", config=SelectConfig, scope="batch", version=3)
def select(batch: Sequence[Sample], config: SelectConfig) -> Outcome[Sample]:
    """Take the loss off answers that should not be learned."""
    kept: list[Sample] = []
    dropped: list[Drop] = []
    for sample in batch:
        refused: dict[_Refusal, list[str]] = defaultdict(list)
        for answer in sample.trained_answers():
            if refusal := _refusal(sample, answer, config):
                refused[refusal].append(answer.interaction_id)
        left = sample.without({source for sources in refused.values() for source in sources}) if refused else sample
        if left:
            kept.append(_typed(left) if refused else left)
        dropped += [
            Drop(stage="select", reason=why.reason, source_ids=tuple(sources), sample_id=sample.id, detail=why.setting)
            for why, sources in refused.items()
        ]
    return Outcome(kept, dropped)


def _typed(sample: Sample) -> Sample:
    """The sample with the task type of the answers that are left."""
    task_type = task_type_of(sample.trained_answers()) or sample.task_type
    return sample if task_type == sample.task_type else sample.model_copy(update={"task_type": task_type})


def _refusal(sample: Sample, answer: Answer, config: SelectConfig) -> _Refusal | None:
    if setting := _not_meant(sample, answer, config):
        return _Refusal(DropReason.NOT_SELECTED, setting)
    if not config.allow_changed and _holds_changed_text(answer):
        return _Refusal(DropReason.CHANGED)
    return None if answer.original is not None else _worth(answer, config)


def _not_meant(sample: Sample, answer: Answer, config: SelectConfig) -> str:
    """The setting that an answer does not fit, whatever it is worth."""
    if config.task_types and (answer.task_type or sample.task_type) not in config.task_types:
        return "task_types"
    if config.models and answer.model not in config.models:
        return "models"
    if config.variants and answer.variant not in config.variants:
        return "variants"
    if config.since is not None and answer.timestamp < config.since:
        return "since"
    if config.until is not None and answer.timestamp > config.until:
        return "until"
    if config.where is not None and not read_condition(config.where)(sample, answer):
        return "where"
    return ""


def _worth(answer: Answer, config: SelectConfig) -> _Refusal | None:
    if answer.failed:
        return _Refusal(DropReason.FAILED)
    if _below(answer.rating, config.min_rating):
        return _Refusal(DropReason.LOW_RATING, f"below min_rating {config.min_rating:g}")
    if _below(answer.review_score, config.min_review_score):
        return _Refusal(DropReason.LOW_REVIEW_SCORE, f"below min_review_score {config.min_review_score:g}")
    if config.verified_only and not answer.verified:
        return _Refusal(DropReason.UNVERIFIED, "verified_only")
    if config.statuses and answer.status not in config.statuses:
        return _Refusal(DropReason.NOT_SELECTED, "statuses")
    if config.tests_passed is not None and answer.tests_passed is not config.tests_passed:
        return _Refusal(DropReason.NOT_SELECTED, "tests_passed")
    return None


def _holds_changed_text(answer: Answer) -> bool:
    own = answer.original is None and "model_output" in answer.changed
    return own or "messages" in answer.changed or "tools" in answer.changed


def _below(value: float | None, least: float | None) -> bool:
    return value is not None and least is not None and value < least
