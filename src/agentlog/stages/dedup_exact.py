"""Exact duplicates: of rows that say and train the same, the best one stays.

Rows are equal when messages, tools and trained turns are, once every stand-in is reduced to one word; that is what `Outline.key` tells.
What the best row is, `preference` says; it is the same rule that near-duplicates follow.
"""

from collections.abc import Sequence

from agentlog.schema.outcome import Drop, DropReason, Outcome
from agentlog.schema.outline import Outline
from agentlog.stages.registry import StageConfig, stage


class DedupExactConfig(StageConfig):
    """Equality has nothing to choose."""


@stage("dedup_exact", config=DedupExactConfig, scope="whole", version=2)
def dedup_exact(batch: Sequence[Outline], config: DedupExactConfig) -> Outcome[Outline]:
    """Keep the best of each set of equal rows."""
    best: dict[str, Outline] = {}
    for row in batch:
        rival = best.setdefault(row.key, row)
        if rival is not row and preference(row) < preference(rival):
            best[row.key] = row
    kept: list[Outline] = []
    dropped: list[Drop] = []
    for row in batch:
        winner = best[row.key]
        if winner is row:
            kept.append(row)
        else:
            dropped.append(_drop(row, winner))
    return Outcome(kept, dropped)


_ONLY_DIGITS = dict.fromkeys(map(ord, "-:.TZ"))
"""Of a time in the one form that the log has."""


def preference(row: Outline) -> tuple[int, float, int, int, str]:
    """The smaller, the better: corrected by a person, then best rated, then with most tests passed, then newest, then by id."""
    return (-row.corrected, -row.rating, -row.passed, -_as_number(row.newest), row.id)


def _drop(row: Outline, winner: Outline) -> Drop:
    return Drop(
        stage="dedup_exact",
        reason=DropReason.EXACT_DUPLICATE,
        source_ids=row.source_ids,
        sample_id=row.id,
        detail=f"same as {winner.id}",
        winner=winner.id,
        similarity=1.0,
    )


def _as_number(timestamp: str) -> int:
    return int(timestamp.translate(_ONLY_DIGITS) or 0)
