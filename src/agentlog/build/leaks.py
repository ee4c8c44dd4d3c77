"""Leaks: a check of the finished splits by other means than those that made them.

Sessions, tasks and equal rows are looked at one by one, all of them. Rows of different splits are compared by the exact Jaccard similarity
of their shingles: no signatures, no bands, nothing that could overlook a pair. Every pair is compared as long as their shingles fit into a
budget; beyond it, held-out rows and others drawn by a hash, and the measures say how many pairs of how many were compared. Budgets count
shingles and steps, never seconds, so that the same dataset has the same check everywhere.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agentlog._extras import require
from agentlog.build.shingle_index import ShingleIndex
from agentlog.errors import BuildRefusedError
from agentlog.schema.outline import Outline
from agentlog.schema.sample import SPLITS
from agentlog.stages.conversation import conversation
from agentlog.stages.lots import lots


@dataclass(frozen=True, slots=True)
class Budget:
    """How many shingles of held-out and of trained rows may be in memory, and how many entries of the index may be looked at."""

    held_out: int = 400_000
    trained: int = 1_000_000
    steps: int = 300_000_000


def check_splits(outlines: Sequence[Outline], threshold: float, ngram: int, budget: Budget | None = None) -> dict[str, Any]:
    """Make sure that nothing is in two splits, and that no two rows of different splits are near-duplicates.

    Returns:
        How many sessions, tasks, keys and pairs of rows were looked at, of how many pairs there are, and the similarity of the nearest.

    Raises:
        BuildRefusedError: something straddles splits; the message says what.
        MissingExtraError: numpy or numba is not installed.
    """
    counts = {
        "sessions": _whole("sessions", outlines, (outline.session_id for outline in outlines)),
        "tasks": _whole("tasks", outlines, (outline.task_id for outline in outlines)),
        "distinct_rows": _whole("equal rows", outlines, (outline.key or None for outline in outlines)),
    }
    return {"straddling": 0, **counts, **_check_pairs(outlines, threshold, ngram, budget or Budget())}


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


def _check_pairs(outlines: Sequence[Outline], threshold: float, ngram: int, budget: Budget) -> dict[str, Any]:
    drawn = lots("leaks", 0, (outline.id for outline in outlines)).argsort(kind="stable").tolist()
    held_out = [place for place in drawn if outlines[place].split != "train"]
    trained = [place for place in drawn if outlines[place].split == "train"]
    some_held_out = _within(outlines, held_out, budget.held_out)
    some = [outlines[place] for place in [*some_held_out, *_within(outlines, trained, budget.trained)]]
    found = _compared(some, len(some_held_out), threshold, ngram, budget.steps)
    sizes = [sum(outline.split == split for outline in outlines) for split in SPLITS]
    if found.near:
        one, other = sorted((some[found.nearest[0]].id, some[found.nearest[1]].id))
        raise BuildRefusedError(
            f"{found.near} pairs of rows in different splits are near-duplicates; the nearest, {one} and {other}, have a similarity of "
            f"{found.similarity:.3f}, and {threshold:g} is too much. Lower build.near_duplicates.threshold a little, "
            "so that the search for them finds these as well. No dataset was written"
        )
    return {
        "pairs": (sum(sizes) ** 2 - sum(size**2 for size in sizes)) // 2,
        "pairs_compared": found.pairs,
        "held_out_rows_compared": [found.rows, len(held_out)],
        "trained_rows_compared": [len(some) - len(some_held_out), len(trained)],
        "nearest_pair": round(found.similarity, 4),
        "threshold": threshold,
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
    """What comparing came to: ``rows`` and ``pairs`` compared, how many pairs were near, and the nearest pair with its similarity."""

    rows: int = 0
    pairs: int = 0
    near: int = 0
    nearest: tuple[int, int] = (0, 0)
    similarity: float = 0.0


def _compared(rows: Sequence[Outline], held_out: int, threshold: float, ngram: int, steps: int) -> _Found:
    """Compare each of the first ``held_out`` rows with all that come after it and are in another split."""
    numpy = require("numpy", "build")
    found = _Found()
    if not held_out:
        return found
    index = ShingleIndex((conversation(outline.sample()) for outline in rows), ngram)
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
        found.near += int((similarity >= threshold).sum())
        best = int(similarity.argmax()) if len(similarity) else 0
        if len(similarity) and similarity[best] > found.similarity:
            found.similarity, found.nearest = float(similarity[best]), (row, row + 1 + best)
    return found
