"""Merged: attention of a branch to what it shares and to itself, each by the kernel that needs no mask, put together by their sums.

Softmax over two sets of keys is a weighted mean of softmax over each, and the weights follow from the logarithms of their sums, which
torch's CPU kernel hands out with its result. Its backward takes the merged result and sums as if they were its own: what it computes of
each set is then that set's part of the whole gradient (the arithmetic of online softmax, Milakov and Gimelshein, arXiv 1805.02867, and of
FlashAttention's backward, Dao et al., arXiv 2205.14135).
"""

from typing import Any

import torch

_OPERATORS = ("_scaled_dot_product_flash_attention_for_cpu", "_scaled_dot_product_flash_attention_for_cpu_backward")
Pair = tuple[torch.Tensor, torch.Tensor]
"""Keys or values: those before the branch, all of which it sees, and its own, which it sees causally."""


def merges(query: torch.Tensor, value: torch.Tensor, dropout: float) -> bool:
    """Whether `attend_merged` does it for these states: on a CPU, with torch's kernel, without dropout."""
    return (
        query.device.type == "cpu"
        and dropout == 0
        and query.shape[-1] == value.shape[-1]
        and all(hasattr(torch.ops.aten, name) for name in _OPERATORS)
    )


def attend_merged(query: torch.Tensor, keys: Pair, values: Pair, scaling: float | None) -> torch.Tensor:
    """Attention of shape (1, heads, tokens, size) to a path and to itself; keys may have fewer heads than queries."""
    merged: torch.Tensor = _Merged.apply(query, *keys, *values, scaling)  # type: ignore[no-untyped-call]
    return merged


class _Merged(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        query: torch.Tensor,
        before: torch.Tensor,
        own: torch.Tensor,
        told_before: torch.Tensor,
        told_own: torch.Tensor,
        scaling: float | None,
    ) -> torch.Tensor:
        attend = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
        one, sum_of_one = attend(query, before, told_before, 0.0, False, scale=scaling)
        other, sum_of_other = attend(query, own, told_own, 0.0, True, scale=scaling)
        total = torch.logaddexp(sum_of_one, sum_of_other)
        share = (sum_of_one - total).exp_()[..., None]
        merged = torch.lerp(other.to(share.dtype), one.to(share.dtype), share).to(query.dtype)
        ctx.save_for_backward(query, before, own, told_before, told_own, merged, total)
        ctx.scaling = scaling
        return merged

    @staticmethod
    def backward(ctx: Any, *upstream: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        query, before, own, told_before, told_own, merged, total = ctx.saved_tensors
        back = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward
        gradient, scaling = upstream[0], ctx.scaling
        one, by_before, by_told_before = back(gradient, query, before, told_before, merged, total, 0.0, False, scale=scaling)
        other, by_own, by_told_own = back(gradient, query, own, told_own, merged, total, 0.0, True, scale=scaling)
        return one + other, by_before, by_own, by_told_before, by_told_own, None
