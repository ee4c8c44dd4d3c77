"""Dropout: what the adapter's inputs lose in training, drawn sixteen bits a number instead of a float each.

torch draws a Bernoulli number for each element, one after another, on one core: for an adapter on two matrices of a layer that took as
long as an eighth of all matrix products. Here one draw of 64 bits decides over four elements, and what is kept is one byte of mask each.
"""

from typing import Any

import torch

_LEVELS = 1 << 16


class BitDropout(torch.nn.Dropout):
    """Dropout whose probability is rounded to a 65,536th; what stays is divided by the exact share that stays, so the mean is kept."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002 - so torch names it
        """The input with some elements zero; in evaluation mode the input itself."""
        levels = round(self.p * _LEVELS)
        if not self.training or levels == 0:
            return input
        if levels == _LEVELS:
            return input * 0
        kept = _bits(input.numel(), input.device)[: input.numel()].view(input.shape) >= levels - _LEVELS // 2
        masked: torch.Tensor = _Masked.apply(input, kept, _LEVELS / (_LEVELS - levels))  # type: ignore[no-untyped-call]
        return masked


def put_bit_dropout(model: torch.nn.Module) -> None:
    """Every dropout of the model's adapters becomes a `BitDropout`; the base keeps its own."""
    for module in list(model.modules()):
        drops = getattr(module, "lora_dropout", None)
        if not isinstance(drops, torch.nn.ModuleDict):
            continue
        for name, dropout in list(drops.items()):
            if type(dropout) is torch.nn.Dropout:
                drops[name] = BitDropout(dropout.p).train(dropout.training)


class _Masked(torch.autograd.Function):
    """Keeps the mask alone for the backward pass: a byte an element."""

    @staticmethod
    def forward(ctx: Any, given: torch.Tensor, kept: torch.Tensor, scale: float) -> torch.Tensor:
        ctx.save_for_backward(kept)
        ctx.scale = scale
        return (given * kept).mul_(scale)

    @staticmethod
    def backward(ctx: Any, *upstream: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (kept,) = ctx.saved_tensors
        return (upstream[0] * kept).mul_(ctx.scale), None, None


def _bits(number: int, device: torch.device) -> torch.Tensor:
    """At least so many even draws of int16."""
    draws = torch.empty(-(-number // 4), dtype=torch.int64, device=device)
    return draws.random_(torch.iinfo(torch.int64).min, None).view(torch.int16)
