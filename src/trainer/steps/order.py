"""Order: which rows of a dataset an optimizer step takes, epoch by epoch.

A step takes so many rows of the dataset, whatever a template makes of each (one rendered row, or several where it rewrites history).
Seed and epoch alone decide the order, so a resumed run sees the same, and every row comes exactly once an epoch. Branches of one session
are kept side by side, because what they share is then computed once; which of them is first, and where they come, is left to chance.
"""

import random
from collections.abc import Sequence

from trainer.render import RenderedRow
from trainer.steps.tree import shared

_ALIKE = 0.5
"""The share of the shorter row that two rows must have in common to count as branches of one session."""


class StepPlan:
    """The steps of a run over rendered rows; those with the same ``sample_id`` are one row of the dataset and stay together."""

    def __init__(self, rows: Sequence[RenderedRow], rows_per_step: int, seed: int) -> None:
        samples: dict[str, list[RenderedRow]] = {}
        for row in rows:
            samples.setdefault(row.sample_id, []).append(row)
        self._samples = list(samples.values())
        self._branches = _branches(self._samples, rows_per_step)
        self._rows_per_step = rows_per_step
        self._seed = seed
        self._drawn: tuple[int, list[int]] = (-1, [])

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps of one epoch; the last may have fewer rows."""
        return -(-len(self._samples) // self._rows_per_step)

    def rows(self, epoch: int, step: int) -> list[RenderedRow]:
        """The rendered rows of one step; epochs and steps count from 0."""
        if self._drawn[0] != epoch:
            self._drawn = (epoch, self._order(epoch))
        order = self._drawn[1][step * self._rows_per_step : (step + 1) * self._rows_per_step]
        return [row for sample in order for row in self._samples[sample]]

    def _order(self, epoch: int) -> list[int]:
        chance = random.Random(f"{self._seed}:{epoch}")
        groups = chance.sample(self._branches, len(self._branches))
        return [sample for group in groups for sample in chance.sample(group, len(group))]


def _branches(samples: Sequence[Sequence[RenderedRow]], most: int) -> list[list[int]]:
    """The samples in groups of branches; more of them than a step takes are not a session but a role's common prompt, and stand alone."""
    order = sorted(range(len(samples)), key=lambda sample: samples[sample][0].input_ids)
    groups: list[list[int]] = []
    for sample in order:
        if groups and _alike(samples[groups[-1][-1]][0].input_ids, samples[sample][0].input_ids):
            groups[-1].append(sample)
        else:
            groups.append([sample])
    whole = [group for group in groups if len(group) <= most]
    return sorted([*whole, *([sample] for group in groups if len(group) > most for sample in group)])


def _alike(one: list[int], other: list[int]) -> bool:
    return shared(one, other) >= _ALIKE * min(len(one), len(other))
