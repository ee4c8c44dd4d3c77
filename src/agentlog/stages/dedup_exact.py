"""Exact duplicates: of rows that say and train the same, the best one stays.

Rows are equal when messages, tools and trained turns are, once every stand-in is reduced to one word. What the best row is, `preference`
says; it is the same rule that near-duplicates follow.
"""

from collections.abc import Sequence

from agentlog._hashing import canonical_json, digest
from agentlog.privacy.forms.in_text import reduced
from agentlog.schema.outcome import Drop, DropReason, Outcome
from agentlog.schema.sample import Sample
from agentlog.stages.registry import StageConfig, stage


class DedupExactConfig(StageConfig):
    """Equality has nothing to choose."""


@stage("dedup_exact", config=DedupExactConfig, scope="whole", version=1)
def dedup_exact(batch: Sequence[Sample], config: DedupExactConfig) -> Outcome[Sample]:
    """Keep the best of each set of equal rows."""
    best: dict[str, Sample] = {}
    keys = [digest("row", reduced(canonical_json([sample.messages, sample.tools, sample.trained]).decode())) for sample in batch]
    for sample, key in zip(batch, keys, strict=True):
        if key not in best or preference(sample) < preference(best[key]):
            best[key] = sample
    dropped = [
        Drop(
            stage="dedup_exact",
            reason=DropReason.EXACT_DUPLICATE,
            source_ids=sample.source_ids,
            sample_id=sample.id,
            detail=f"same as {best[key].id}",
        )
        for sample, key in zip(batch, keys, strict=True)
        if best[key] is not sample
    ]
    return Outcome([sample for sample, key in zip(batch, keys, strict=True) if best[key] is sample], dropped)


def preference(sample: Sample) -> tuple[int, float, int, int, str]:
    """The smaller, the better: corrected by a person, then best rated, then with most tests passed, then newest, then by id."""
    answers = sample.trained_answers()
    corrected = sum(answer.original is not None for answer in answers)
    rating = max((answer.rating or 0.0 for answer in answers), default=0.0)
    passed = sum(answer.tests_passed is True or answer.status == "success" for answer in answers)
    newest = max((answer.timestamp for answer in answers), default="")
    return (-corrected, -rating, -passed, -_as_number(newest), sample.id)


def _as_number(timestamp: str) -> int:
    digits = "".join(char for char in timestamp if char.isdigit())
    return int(digits or 0)
