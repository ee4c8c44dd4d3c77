"""Order: in which order an epoch takes its rows, so that rows of like length share a batch and little is padded.

The rows are shuffled, sorted by length within pools of a few batches, and the batches are shuffled again. Seed and epoch alone decide, so a
resumed run sees the same order, and every row comes exactly once an epoch.
"""

import random
from collections.abc import Iterator, Sequence

_POOL = 16
"""Batches per pool: enough to find rows of like length, few enough that batches differ from epoch to epoch."""


class LengthGrouped:
    """A sampler: iterating gives the positions of one epoch; `set_epoch` chooses which."""

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        self._lengths = lengths
        self._batch_size = batch_size
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch whose order is given next."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        chance = random.Random(f"{self._seed}:{self._epoch}")
        rows = chance.sample(range(len(self._lengths)), len(self._lengths))
        pool = _POOL * self._batch_size
        ordered = [row for start in range(0, len(rows), pool) for row in sorted(rows[start : start + pool], key=self._lengths.__getitem__)]
        batches = [ordered[start : start + self._batch_size] for start in range(0, len(ordered), self._batch_size)]
        # A batch that is not full stays last, or all batches after it would be cut across.
        rest = [batches.pop()] if batches and len(batches[-1]) < self._batch_size else []
        chance.shuffle(batches)
        for batch in batches + rest:
            yield from batch
