"""Leaks: a check of the finished splits by other means than those that made them.

Sessions, tasks and equal rows are looked at one by one, all of them. Rows of different splits are compared by the exact Jaccard similarity
of their shingles: no signatures, no bands, nothing that could overlook a pair. Every pair is compared as long as their shingles fit into a
budget; beyond it, held-out rows and others drawn by a hash, and the measures say how many pairs of how many were compared. Budgets count
shingles and steps, never seconds, so that the same dataset has the same check everywhere.

The search for near-duplicates misses one pair in ten thousand of those at the threshold. If the two are in different splits and this check
finds them, the held-out row is dropped like any other near-duplicate.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import Field

from agentlog._extras import require
from agentlog.errors import BuildRefusedError
from agentlog.schema.outcome import Drop, DropReason, Outcome
from agentlog.schema.outline import Outline
from agentlog.schema.sample import SPLITS
from agentlog.stages.conversation import conversation
from agentlog.stages.lots import lots
from agentlog.stages.registry import StageConfig, stage
from agentlog.stages.shingle_index import ShingleIndex


@dataclass(frozen=True, slots=True)
class Budget:
    """How many shingles of held-out and of trained rows may be in memory, and how many entries of the index may be looked at."""

    held_out: int = 400_000
    trained: int = 1_000_000
    steps: int = 300_000_000


class LeaksConfig(StageConfig):
    """The least similarity of near-duplicates, and words per shingle."""

    threshold: float = Field(0.8, gt=0, le=1)
    ngram: int = Field(5, ge=1)


@stage("leaks", config=LeaksConfig, scope="whole", version=1)
def leaks(batch: Sequence[Outline], config: LeaksConfig) -> Outcome[Outline]:
    """Make sure that nothing is in two splits; drop held-out rows that are near-duplicates of rows in other splits.

    The measures say how many sessions, tasks, keys and pairs of rows were looked at, of how many pairs there are, and how similar the
    nearest pair is that stays.

    Raises:
        BuildRefusedError: a session, a task or one and the same row is in two splits.
        MissingExtraError: numpy or numba is not installed.
    """
    return find_leaks(batch, config, Budget())


def find_leaks(batch: Sequence[Outline], config: LeaksConfig, budget: Budget) -> Outcome[Outline]:
    """The stage with a budget of one's own."""
    counts = {
        "sessions": _whole("sessions", batch, (outline.session_id for outline in batch)),
        "tasks": _whole("tasks", batch, (outline.task_id for outline in batch)),
        "distinct_rows": _whole("equal rows", batch, (outline.key or None for outline in batch)),
    }
    found, measures = _check_pairs(batch, config, budget)
    dropped = [
        Drop(
            stage="leaks",
            reason=DropReason.NEAR_DUPLICATE,
            source_ids=outline.source_ids,
            sample_id=outline.id,
            detail=f"near {found[outline.id][0]}",
            winner=found[outline.id][0],
            similarity=round(found[outline.id][1], 4),
        )
        for outline in batch
        if outline.id in found
    ]
    kept = [outline for outline in batch if outline.id not in found]
    return Outcome(kept, dropped, measures={"straddling": 0, **counts, **measures})


def _whole(what: str, outlines: Sequence[Outline], names: Iterable[str | None]) -> int:
    """How many different names there are, each in one split only."""
    where: dict[str, str | None] = {}
    straddling = set()
    for outline, name in zip(outlines, names, strict=True):
        if name is not None and where.setdefault(name, outline.split) != outline.split:
            straddling.add(name)
    if straddling:
        raise BuildRefusedError(
            f"{len(straddling)} {what} are in more than one split: this should be impossible, please report it. No dataset was written"
        )
    return len(where)


def _check_pairs(outlines: Sequence[Outline], config: LeaksConfig, budget: Budget) -> tuple[dict[str, tuple[str, float]], dict[str, Any]]:
    """By its id, each held-out row that must go, with the row it is near to and how near; and what was compared."""
    drawn = lots("leaks", 0, (outline.id for outline in outlines)).argsort(kind="stable").tolist()
    held_out = [place for place in drawn if outlines[place].split != "train"]
    trained = [place for place in drawn if outlines[place].split == "train"]
    some_held_out = _within(outlines, held_out, budget.held_out)
    some = [outlines[place] for place in [*some_held_out, *_within(outlines, trained, budget.trained)]]
    found = _compared(some, len(some_held_out), config, budget.steps)
    sizes = [sum(outline.split == split for outline in outlines) for split in SPLITS]
    return {some[row].id: (some[other].id, similarity) for row, (other, similarity) in found.near.items()}, {
        "pairs": (sum(sizes) ** 2 - sum(size**2 for size in sizes)) // 2,
        "pairs_compared": found.pairs,
        "held_out_rows_compared": [found.rows, len(held_out)],
        "trained_rows_compared": [len(some) - len(some_held_out), len(trained)],
        "nearest_pair": round(found.similarity, 4),
        "threshold": config.threshold,
    }


def _within(outlines: Sequence[Outline], places: Sequence[int], most: int) -> list[int]:
    """The first of these rows whose shingles fit into the budget, and one at least."""
    left = most
    found: list[int] = []
    for place in places:
        left -= max(outlines[place].shingles, 1)
        if left < 0 and found:
            break
        found.append(place)
    return found


@dataclass(slots=True)
class _Found:
    """What comparing came to: rows and pairs compared, for each row that is near another one the nearest, and how near the others come."""

    rows: int = 0
    pairs: int = 0
    near: dict[int, tuple[int, float]] = field(default_factory=dict)
    similarity: float = 0.0


def _compared(rows: Sequence[Outline], held_out: int, config: LeaksConfig, steps: int) -> _Found:
    """Compare each of the first ``held_out`` rows with all that come after it and are in another split."""
    numpy = require("numpy", "build")
    found = _Found()
    if not held_out:
        return found
    index = ShingleIndex((conversation(outline.sample()) for outline in rows), config.ngram)
    split = numpy.array([SPLITS.index(outline.split) if outline.split else -1 for outline in rows], numpy.int8)
    for row in range(held_out):
        if steps < 0:
            break
        steps -= index.steps(row)
        shared = index.shared_with(row)[row + 1 :]
        elsewhere = split[row + 1 :] != split[row]
        similarity = numpy.where(elsewhere, shared / (index.sizes[row] + index.sizes[row + 1 :] - shared), -1.0)
        found.rows += 1
        found.pairs += int(elsewhere.sum())
        best = int(similarity.argmax()) if len(similarity) else 0
        if len(similarity) and similarity[best] >= config.threshold:
            found.near[row] = (row + 1 + best, float(similarity[best]))
        elif len(similarity):
            found.similarity = max(found.similarity, float(similarity[best]))
    return found
