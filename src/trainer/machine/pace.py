"""Pace: how long a run will take, from real passes over its own rows, said as a range.

The rows of shortest, middle and greatest length are trained on for a moment, forward and backward, with the layout and precision of the
run; then gradients are dropped and the random state is put back, so the run does not notice. Short rows cost more a token where passes
are small, long ones where attention grows: the fastest and the slowest of the three bound the prediction. What is multiplied is the
tokens that the run's own steps will compute, shared ones once. Rows that would take long to measure are left out, and that is said.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch

from trainer.render import RenderedRow
from trainer.steps.order import StepPlan
from trainer.steps.step import Stepper

_MOST_TOKENS = 2048
"""Of one measured pass, so that measuring stays a matter of seconds; a longer row goes alone."""
_TOO_LONG = 20.0
"""Rows whose pass would take more than so many seconds are not measured, once others have been."""
_ROUNDS, _LONG = 4, 2.0
"""Each pass is timed up to so often and its fastest time counts, but not again once this many seconds have gone into it."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds that a run's passes will take, check-ups and checkpoints not counted."""

    least: float
    most: float
    likely: float
    measured: str
    """What was measured, in words."""


def measure_pace(model: Any, stepper: Stepper, rows: Sequence[RenderedRow], plan: StepPlan, epochs: int) -> Pace:
    """Predict the time of a run from passes over some of its rows; gradients must not hold anything yet."""
    was_training = model.training
    speeds: list[tuple[float, float]] = []
    left_out = 0
    with torch.random.fork_rng():
        model.train()
        for group in _groups(rows):
            tokens = sum(len(row.input_ids) for row in group)
            if speeds and tokens * speeds[-1][1] > _TOO_LONG:
                left_out = max(len(row.input_ids) for row in group)
                continue
            speeds.append((tokens / len(group), _seconds_per_token(model, stepper, group)))
    model.train(was_training)
    rates = [rate for _, rate in speeds]
    tokens = epochs * sum(stepper.tokens(plan.rows(0, step)) for step in range(plan.steps_per_epoch))
    each = [len(row.input_ids) for row in rows]
    likely = sum(length * _rate(speeds, length) for length in each) / sum(each)
    measured = ", ".join(f"{1 / rate:,.0f} tokens/s on rows of {length:,.0f}" for length, rate in speeds)
    longer = f"; up to {left_out:,} would have taken too long to measure" if left_out else ""
    return Pace(tokens * min(rates), tokens * max(rates), tokens * likely, measured + longer)


def _groups(rows: Sequence[RenderedRow]) -> list[list[RenderedRow]]:
    """Rows of the least, the middle and the greatest length, as many of each as fill a pass; few rows make fewer groups."""
    ordered = sorted(rows, key=lambda row: len(row.input_ids))
    # One of each length: the last place of a length that is both the middle's and the greatest stands for both.
    starts = sorted({len(ordered[place].input_ids): place for place in (0, len(ordered) // 2, len(ordered) - 1)}.values())
    groups = []
    for start in starts:
        # From the longest backwards, from the others on.
        source = ordered[start::-1] if start == len(ordered) - 1 else ordered[start:]
        group = [source[0]]
        for row in source[1:]:
            if sum(len(one.input_ids) for one in group) + len(row.input_ids) > _MOST_TOKENS:
                break
            group.append(row)
        groups.append(group)
    return groups


def _seconds_per_token(model: Any, stepper: Stepper, group: list[RenderedRow]) -> float:
    taken: list[float] = []
    since = time.perf_counter()
    while len(taken) < _ROUNDS and time.perf_counter() - since < _LONG:
        begun = time.perf_counter()
        computed = stepper.backward(group).tokens
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        taken.append((time.perf_counter() - begun) / computed)
        model.zero_grad()
    return min(taken)


def _rate(speeds: list[tuple[float, float]], length: int) -> float:
    """Seconds per token for a row of that length, on the line between the two measured lengths around it."""
    if length <= speeds[0][0]:
        return speeds[0][1]
    for (shorter, fast), (longer, slow) in pairwise(speeds):
        if length <= longer and longer > shorter:
            return fast + (slow - fast) * (length - shorter) / (longer - shorter)
    return speeds[-1][1]
