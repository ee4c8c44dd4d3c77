"""Data: rendered rows as tensors, flat or padded, with labels of their own and no say for the pad token.

A row without targets never gets this far: it is refused here, because a batch of such rows would train on nothing or divide by zero.
Whatever the layout, a batch says where its targets are: which hidden states predict them, their ids, weights and rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from agentlog.errors import RenderError
from trainer.render import NO_LOSS, RenderedRow
from trainer.steps.attention import Layout, layout_of
from trainer.steps.tree import flatten


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of one pass through the model."""

    inputs: dict[str, Any]
    """What the model is called with."""
    sources: torch.Tensor
    """For each target, the position (row times length of a row, plus place) of the hidden state that predicts it."""
    labels: torch.Tensor
    weights: torch.Tensor
    rows: torch.Tensor
    tokens: int
    """Tokens that are computed, padding included."""

    @property
    def targets(self) -> int:
        """How many targets there are."""
        return len(self.labels)


def insist_on_targets(rows: Sequence[RenderedRow]) -> None:
    """Go on only if every row has something to learn.

    Raises:
        RenderError: a row has no targets.
    """
    for row in rows:
        if not row.targets:
            raise RenderError(f"row {row.sample_id} has no targets and cannot be trained")


def flat_batch(rows: Sequence[RenderedRow], dtype: torch.dtype, device: torch.device) -> Batch:
    """Rows laid out flat, shared beginnings once: ids and positions of shape (1, tokens), and the layout for `trainer.steps.attention`."""
    insist_on_targets(rows)
    flat = flatten(rows)
    layout: Layout = layout_of(flat, dtype, device)
    inputs = {
        "input_ids": torch.tensor([flat.ids], device=device),
        "position_ids": torch.tensor([flat.positions], device=device),
        "layout": layout,
    }
    return _batch(inputs, flat.sources, flat.labels, flat.weights, flat.rows, len(flat.ids), device)


def padded_batch(rows: Sequence[RenderedRow], pad_id: int, device: torch.device) -> Batch:
    """Rows padded on the right: ids and attention mask of shape (rows, longest)."""
    insist_on_targets(rows)
    longest = max(len(row.input_ids) for row in rows)
    ids = [row.input_ids + [pad_id] * (longest - len(row.input_ids)) for row in rows]
    mask = [[1] * len(row.input_ids) + [0] * (longest - len(row.input_ids)) for row in rows]
    at = [(place, here) for place, row in enumerate(rows) for here, label in enumerate(row.labels) if label != NO_LOSS]
    inputs = {"input_ids": torch.tensor(ids, device=device), "attention_mask": torch.tensor(mask, device=device)}
    sources = [place * longest + here - 1 for place, here in at]
    labels = [rows[place].labels[here] for place, here in at]
    weights = [rows[place].weight for place, _ in at]
    return _batch(inputs, sources, labels, weights, [place for place, _ in at], longest * len(rows), device)


def _batch(
    inputs: dict[str, Any], sources: list[int], labels: list[int], weights: list[float], rows: list[int], tokens: int, device: torch.device
) -> Batch:
    return Batch(
        inputs=inputs,
        sources=torch.tensor(sources, device=device),
        labels=torch.tensor(labels, device=device),
        weights=torch.tensor(weights, dtype=torch.float32, device=device),
        rows=torch.tensor(rows, device=device),
        tokens=tokens,
    )
