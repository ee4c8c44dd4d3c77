"""Preferences: pairs of a better and a worse answer to the same conversation, for preference training.

A pair is what the log proves by itself: an answer that a person corrected, and an answer that failed before one to the same conversation
succeeded. What the log could not hold as it was said is no side of a pair.
"""

from collections.abc import Iterator
from typing import Any

from agentlog.schema.messages import ChatMessage
from agentlog.schema.sample import Answer, Sample


def pairs_of(sample: Sample) -> list[dict[str, Any]]:
    """The pairs of one row, in the order of its messages.

    Each has the ``prompt`` before the answer, a list with the ``chosen`` and one with the ``rejected`` message, the row's ``tools``, where
    the pair is ``from`` (correction or retry), and the id of the ``row``.
    """
    return list(_pairs(sample))


def _pairs(sample: Sample) -> Iterator[dict[str, Any]]:
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


def _pair(sample: Sample, end: int, chosen: ChatMessage, rejected: ChatMessage, why: str) -> dict[str, Any]:
    prompt = sample.messages[:end]
    return {"prompt": prompt, "chosen": [chosen], "rejected": [rejected], "tools": sample.tools, "from": why, "row": sample.id}
