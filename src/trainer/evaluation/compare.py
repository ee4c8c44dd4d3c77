"""Compare: how much one side differs from the other on the same questions, and how sure that is. Pure statistics.

The difference is paired, question by question, which removes what makes some questions harder than others. Its interval is a percentile
bootstrap (Efron & Tibshirani 1993, ch. 13) that draws whole rows of the dataset, not single answers: answers of one conversation are not
independent (Miller 2024, arXiv 2411.00640). From very few rows a bootstrap promises too much, so there is no interval where not even a
sign test of rows that all agree could be that sure: six rows at least for 95%.
"""

import math
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict


def fewest_rows(confidence: float) -> int:
    """The rows from which a two-sided sign test could reach a confidence: the least n with ``2 / 2**n <= 1 - confidence``."""
    return math.ceil(1 - math.log2(1 - confidence))


class Interval(BaseModel):
    """Between which values the true difference lies, with the stated confidence."""

    model_config = ConfigDict(frozen=True)

    low: float
    high: float


class Paired(BaseModel):
    """Both sides' mean and the difference, adapter minus base."""

    model_config = ConfigDict(frozen=True)

    answers: int
    base: float
    adapter: float
    difference: float
    interval: Interval | None


def paired(
    base: Sequence[float],
    adapter: Sequence[float],
    groups: Sequence[str],
    *,
    weights: Sequence[float] | None = None,
    confidence: float = 0.95,
    rounds: int = 2000,
    seed: int = 42,
) -> Paired:
    """Compare two sides on the same questions.

    Args:
        base: what the base scored, question by question.
        adapter: what the adapter scored.
        groups: the row that each question comes from; whole groups are drawn.
        weights: how much each question counts in the means; equally when left out.
        confidence: of the interval, e.g. 0.95.
        rounds: bootstrap resamples.
        seed: of the resampling.

    Raises:
        ValueError: the sides differ in length, or there are no questions.
    """
    if not base or not len(base) == len(adapter) == len(groups):
        raise ValueError(f"{len(base)}, {len(adapter)} and {len(groups)} values cannot be paired")
    import numpy as np

    left, right = np.asarray(base, dtype=float), np.asarray(adapter, dtype=float)
    weight = np.ones(len(left)) if weights is None else np.asarray(weights, dtype=float)
    total = weight.sum()
    names, group = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.bincount(group, weights=(right - left) * weight)
    sizes = np.bincount(group, weights=weight)
    interval = None
    if len(names) >= fewest_rows(confidence):
        drawn = np.random.default_rng(seed).integers(0, len(names), size=(rounds, len(names)))
        differences = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
        low, high = np.quantile(differences, [(1 - confidence) / 2, (1 + confidence) / 2])
        interval = Interval(low=float(low), high=float(high))
    return Paired(
        answers=len(left),
        base=float((left * weight).sum() / total),
        adapter=float((right * weight).sum() / total),
        difference=float(sums.sum() / total),
        interval=interval,
    )
