"""Loss: the negative log-likelihood of target tokens, in nats, and nothing else.

Training divides the weighted sum by the number of target tokens of the whole optimizer step, so that a short answer counts as much per
token as a long one whatever batch it falls into. Evaluation sums per row, so that results can be compared answer by answer.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from trainer.data import Batch
from trainer.render import NO_LOSS


def target_nll(model: Any, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """The NLL of each target token of a batch, and the row each belongs to: two vectors of equal length."""
    logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], use_cache=False).logits[:, :-1]
    labels = batch["labels"][:, 1:]
    where = labels != NO_LOSS
    # Precision of the stored weights is not enough for a sum over a whole vocabulary.
    return cross_entropy(logits[where].float(), labels[where], reduction="none"), where.nonzero()[:, 0]


def weighted_loss(model: Any, batch: Batch, targets: Any) -> torch.Tensor:
    """The sum of the NLL of a batch's targets, each times its row's weight, divided by ``targets``."""
    nll, rows = target_nll(model, batch)
    loss: torch.Tensor = (nll * batch["weights"][rows]).sum() / targets
    return loss


@torch.no_grad()
def row_losses(model: Any, batches: Iterable[Batch], device: torch.device) -> list[tuple[float, int]]:
    """For every row of every batch, the sum of its targets' NLL in nats and how many targets it has."""
    was_training = model.training
    model.eval()
    sums: list[tuple[float, int]] = []
    for batch in batches:
        nll, rows = target_nll(model, {name: tensor.to(device) for name, tensor in batch.items()})
        size = len(batch["input_ids"])
        total = torch.zeros(size, dtype=torch.float64, device=device).index_add_(0, rows, nll.double())
        count = torch.bincount(rows, minlength=size)
        sums += zip(total.tolist(), count.tolist(), strict=True)
    model.train(was_training)
    return sums


def mean_loss(sums: list[tuple[float, int]]) -> float:
    """The mean NLL per target token over rows, in nats."""
    return sum(total for total, _ in sums) / sum(count for _, count in sums)
