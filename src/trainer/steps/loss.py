"""Loss: the negative log-likelihood of target tokens, in nats, and nothing else.

The head of a model is most of its arithmetic where the vocabulary is large, and all but the targets' logits are thrown away. So it runs
on the hidden states of target positions only, in chunks, and where nothing of it is trained, its gradient is computed with the loss: no
logits outlive their chunk (the idea of fused linear cross-entropy, Hsu et al., Liger Kernel, arXiv 2410.10989).
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch.nn.functional import cross_entropy, linear

_CHUNK_LOGITS = 1 << 25
"""The most logits that are in memory at a time: 128 MiB in float32, and half of that in bfloat16."""
_CHUNK_TARGETS = 256
"""The most targets of a chunk: enough to read the head's weights once for many products, few enough to keep the logits near."""


def hidden_nll(hidden: torch.Tensor, head: torch.nn.Linear, labels: torch.Tensor, scale: torch.Tensor | None = None) -> torch.Tensor:
    """The NLL of each target, in float32, from the hidden states (targets, size) that predict them; times its scale where one is given.

    The head must be frozen: gradients flow to the hidden states only.
    """
    if scale is not None and hidden.requires_grad:
        scaled: torch.Tensor = _FrozenHead.apply(hidden, head.weight, head.bias, labels, scale)  # type: ignore[no-untyped-call]
        return scaled
    parts = _chunks(hidden, head.weight)
    nll = torch.cat([logits_nll(linear(hidden[part], head.weight, head.bias), labels[part]) for part in parts])
    return nll if scale is None else nll * scale


def logits_nll(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The NLL of each label under its logits; precision of the weights is not enough for a sum over a whole vocabulary."""
    return cross_entropy(logits.float(), labels, reduction="none")


def mean_loss(sums: list[tuple[float, int]]) -> float:
    """The mean NLL per target token over rows, in nats."""
    return sum(total for total, _ in sums) / sum(count for _, count in sums)


def _chunks(hidden: torch.Tensor, weight: torch.Tensor) -> Iterator[slice]:
    size = max(1, min(_CHUNK_TARGETS, _CHUNK_LOGITS // weight.shape[0]))
    for start in range(0, len(hidden), size):
        yield slice(start, start + size)


class _FrozenHead(torch.autograd.Function):
    """Scaled NLL whose gradient by the hidden states is made in the forward pass, chunk by chunk."""

    @staticmethod
    def forward(
        ctx: Any, hidden: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, labels: torch.Tensor, scale: torch.Tensor
    ) -> torch.Tensor:
        nll = torch.empty(len(hidden), dtype=torch.float32, device=hidden.device)
        gradient = torch.empty_like(hidden)
        parts = list(_chunks(hidden, weight))
        # Made once and filled again by each chunk: fresh memory of this size costs as much as the arithmetic that goes on in it.
        raw = hidden.new_empty(len(hidden[parts[0]]), weight.shape[0])
        held = torch.empty_like(raw, dtype=torch.float32)
        for part in parts:
            length = len(labels[part])
            logits, exponentials = raw[:length], held[:length]
            _linear(hidden[part], weight, bias, logits)
            at = torch.arange(length, device=logits.device)
            most = logits.amax(dim=-1, keepdim=True).float()
            wanted = logits[at, labels[part]].float()
            torch.sub(logits, most, out=exponentials).exp_()
            total = exponentials.sum(dim=-1)
            nll[part] = most[:, 0] + total.log() - wanted
            # The gradient of the NLL by its logits: the probabilities, less one at the label.
            exponentials[at, labels[part]] -= total
            torch.mul(exponentials, (scale[part] / total)[:, None], out=logits)
            torch.mm(logits, weight, out=gradient[part])
        ctx.save_for_backward(gradient)
        return nll * scale

    @staticmethod
    def backward(ctx: Any, *upstream: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        (gradient,) = ctx.saved_tensors
        return gradient * upstream[0][:, None].to(gradient.dtype), None, None, None, None


def _linear(hidden: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None, out: torch.Tensor) -> None:
    if bias is None:
        torch.mm(hidden, weight.t(), out=out)
    else:
        torch.addmm(bias, hidden, weight.t(), out=out)
