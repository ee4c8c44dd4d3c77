"""The files beside the splits: a sample for a person to review, and preference pairs.

The review sample is a tenth of the rows and at least twenty, chosen by a hash, so that the same build asks for the same reviews. A
preference pair is what the log proves by itself: an answer that a person corrected, and an answer that failed before one to the same
conversation succeeded.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from agentlog._hashing import digest
from agentlog.schema.sample import Answer, Sample

_SHARE = 10
_LEAST = 20


def review_rows(samples: Sequence[Sample], seed: int) -> list[dict[str, Any]]:
    """The rows to review; a reviewer fills in rating, comments and corrections."""
    ranked = sorted(samples, key=lambda sample: digest("review", [seed, sample.id]))
    chosen = ranked[: max(len(ranked) // _SHARE, min(_LEAST, len(ranked)))]
    return [_review_row(sample) for sample in chosen]


def _review_row(sample: Sample) -> dict[str, Any]:
    answers = [
        {"interaction_id": answer.interaction_id, "message": answer.index, "tests_passed": answer.tests_passed, "status": answer.status}
        for answer in sample.trained_answers()
    ]
    blank = {"rating": None, "comments": None, "corrections": None}
    return {"id": sample.id, "split": sample.split, "task_type": sample.task_type, "answers": answers, "messages": sample.messages, **blank}


def preference_rows(samples: Iterable[Sample]) -> list[dict[str, Any]]:
    """Pairs of a better and a worse answer to the same conversation, for preference training."""
    return [pair for sample in samples if sample.split == "train" for pair in _pairs(sample)]


def _pairs(sample: Sample) -> Iterable[dict[str, Any]]:
    trained = {answer.interaction_id for answer in sample.trained_answers()}
    failed: Answer | None = None
    for answer in sample.answers:
        if "model_output" in answer.changed:
            # What the model said is not in the log as it was, so nothing is better or worse than it.
            continue
        if answer.original is not None:
            yield _pair(sample, answer.index, sample.messages[answer.index], answer.original, "correction")
        elif answer.failed:
            failed = failed or answer
        elif failed and answer.interaction_id in trained and answer.verified:
            yield _pair(sample, failed.index, sample.messages[answer.index], sample.messages[failed.index], "retry")
            failed = None


def _pair(sample: Sample, end: int, chosen: Any, rejected: Any, why: str) -> dict[str, Any]:
    prompt = sample.messages[:end]
    return {"prompt": prompt, "chosen": [chosen], "rejected": [rejected], "tools": sample.tools, "from": why, "row": sample.id}
