"""Which answers may be trained. An answer that may not stays in its row as context; a row without any is dropped.

An answer that failed when it was used is never trained, and neither is one that a person rated low, unless a person corrected it. What
carries no verdict at all is trained, unless the build asks for verified answers only. An answer is not trained either if the log could not
hold its text, or the prompt or tools that it answered, as they were: that text is not what was said.
"""

from collections import defaultdict
from collections.abc import Sequence

from agentlog.schema.outcome import Drop, DropReason, Outcome
from agentlog.schema.sample import Answer, Sample
from agentlog.stages.registry import StageConfig, stage


class SelectConfig(StageConfig):
    """The least that an answer must bring; an empty list of task types or models means all of them."""

    min_rating: float | None = 3.0
    min_review_score: float | None = None
    verified_only: bool = False
    allow_changed: bool = False
    task_types: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


@stage("select", config=SelectConfig, scope="batch", version=2)
def select(batch: Sequence[Sample], config: SelectConfig) -> Outcome[Sample]:
    """Take the loss off answers that should not be learned."""
    kept: list[Sample] = []
    dropped: list[Drop] = []
    for sample in batch:
        refused: dict[DropReason, list[str]] = defaultdict(list)
        for answer in sample.trained_answers():
            if reason := _refusal(sample, answer, config):
                refused[reason].append(answer.interaction_id)
        left = sample.without({source for sources in refused.values() for source in sources})
        if left:
            kept.append(left)
        dropped += [
            Drop(stage="select", reason=reason, source_ids=tuple(sources), sample_id=sample.id) for reason, sources in refused.items()
        ]
    return Outcome(kept, dropped)


def _refusal(sample: Sample, answer: Answer, config: SelectConfig) -> DropReason | None:
    wanted_type = not config.task_types or sample.task_type in config.task_types
    wanted_model = not config.models or answer.model in config.models
    if not (wanted_type and wanted_model):
        return DropReason.NOT_SELECTED
    if not config.allow_changed and _holds_changed_text(answer):
        return DropReason.CHANGED
    if answer.original is not None:
        return None
    if answer.failed:
        return DropReason.FAILED
    if _below(answer.rating, config.min_rating):
        return DropReason.LOW_RATING
    if _below(answer.review_score, config.min_review_score):
        return DropReason.LOW_REVIEW_SCORE
    if config.verified_only and not answer.verified:
        return DropReason.UNVERIFIED
    return None


def _holds_changed_text(answer: Answer) -> bool:
    own = answer.original is None and "model_output" in answer.changed
    return own or "messages" in answer.changed or "tools" in answer.changed


def _below(value: float | None, least: float | None) -> bool:
    return value is not None and least is not None and value < least
