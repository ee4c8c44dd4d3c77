"""Data: rendered rows as torch batches, padded on the right, with labels of their own and no say for the pad token.

A row without targets never gets this far: it is refused here, because a batch of such rows would train on nothing or divide by zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.utils.data import Dataset

from agentlog.errors import RenderError
from trainer.render import NO_LOSS, RenderedRow

Batch = dict[str, torch.Tensor]


class RowDataset(Dataset[RenderedRow]):
    """Rendered rows by position.

    Raises:
        RenderError: a row has no targets.
    """

    def __init__(self, rows: Sequence[RenderedRow]) -> None:
        for row in rows:
            if not row.targets:
                raise RenderError(f"row {row.sample_id} has no targets and cannot be trained")
        self._rows = list(rows)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def lengths(self) -> list[int]:
        """Tokens of each row."""
        return [len(row.input_ids) for row in self._rows]

    def __getitem__(self, position: int) -> RenderedRow:
        return self._rows[position]


@dataclass(frozen=True, slots=True)
class Collator:
    """Rows as one batch: ids, mask and labels of shape (rows, longest), weights of shape (rows,)."""

    pad_id: int

    def __call__(self, rows: Sequence[RenderedRow]) -> Batch:
        longest = max(len(row.input_ids) for row in rows)
        return {
            "input_ids": torch.tensor([_padded(row.input_ids, longest, self.pad_id) for row in rows]),
            "attention_mask": torch.tensor([_padded([1] * len(row.input_ids), longest, 0) for row in rows]),
            "labels": torch.tensor([_padded(row.labels, longest, NO_LOSS) for row in rows]),
            "weights": torch.tensor([row.weight for row in rows], dtype=torch.float32),
        }


def _padded(values: list[int], length: int, fill: int) -> list[int]:
    return values + [fill] * (length - len(values))
