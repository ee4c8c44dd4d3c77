"""Attention: of rows laid out flat, each token sees the tokens of its own row before it, and nothing else.

A chain without a path is plain causal attention, the fastest kernel there is. A chain with one attends to the spans of its path and,
causally, to itself; what it shares with other rows is neither copied into them nor computed again. There is no mask over all pairs of
tokens, so the work is what the rows need and not the square of the batch.

A model whose layers want more than this (a sliding window shorter than a row, soft caps, sinks) says so by its arguments, and is refused:
it is trained padded instead.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

from trainer.steps.merged import attend_merged, merges
from trainer.steps.tree import Chain, Flat

NAME = "agentlog_chains"
_BLOCK = 256
"""Queries of a chain with a path that attend together."""
_MERGED_FROM = 256
"""Queries from which attending twice, without a mask, is faster than once with one."""
_PLAIN = frozenset(
    {"position_ids", "cache_position", "use_cache", "output_attentions", "output_hidden_states", "is_causal", "logits_to_keep"}
)
"""Arguments that layers hand on and that change nothing about which token sees which."""


class NotFlatError(Exception):
    """A layer asks for attention that rows laid out flat cannot have; the model is to be trained padded."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The chains of a flat batch. Each path is a list of chains and how many of their first tokens are seen; the queries of a chain with a
    path come in blocks, with masks (block, tokens that are seen) that all layers share. A chain without a path has no blocks."""

    chains: tuple[Chain, ...]
    paths: tuple[tuple[tuple[int, int], ...], ...]
    masks: tuple[tuple[torch.Tensor, ...], ...]
    longest: int


def layout_of(flat: Flat, dtype: torch.dtype, device: torch.device) -> Layout:
    """What attention needs to know of a flat batch."""
    masks = [tuple(_masks(chain, dtype, device)) if chain.path else () for chain in flat.chains]
    # A span begins where a chain does: a row leaves its predecessor's path at its end only.
    begins = {chain.start: place for place, chain in enumerate(flat.chains)}
    paths = tuple(tuple((begins[start], stop - start) for start, stop in chain.path) for chain in flat.chains)
    return Layout(flat.chains, paths, tuple(masks), flat.longest)


def chain_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    layout: Layout | None = None,
    sliding_window: int | None = None,
    **others: Any,
) -> tuple[torch.Tensor, None]:
    """Attention within the chains of a layout; transformers calls it from each layer.

    Args:
        module: the layer.
        query: of shape (1, heads, tokens, size).
        key: of shape (1, heads of keys, tokens, size).
        value: as ``key``.
        attention_mask: must be none.
        scaling: of the products; one over the root of ``size`` when left out.
        dropout: of the attention weights.
        layout: which token sees which.
        sliding_window: how far a token sees; harmless if no row is longer.
        others: anything that wants more than this is refused.

    Raises:
        NotFlatError: the layer wants attention of another kind.
    """
    _insist(module, query, attention_mask, layout, sliding_window, others)
    assert layout is not None
    grouped = query.shape[1] != key.shape[1]
    # Split and not sliced: the gradient of a split is put together once, that of each slice fills a whole tensor with zeros.
    lengths = [chain.stop - chain.start for chain in layout.chains]
    queries, keys, values = (torch.split(states, lengths, dim=2) for states in (query, key, value))
    attend = partial(scaled_dot_product_attention, dropout_p=dropout, scale=scaling, enable_gqa=grouped)
    merging = merges(query, value, dropout)
    parts: list[torch.Tensor] = []
    for here, masks in enumerate(layout.masks):
        if not masks:
            parts.append(attend(queries[here], keys[here], values[here], is_causal=True))
            continue
        path = layout.paths[here]
        if merging and lengths[here] >= _MERGED_FROM:
            parts.append(attend_merged(queries[here], (_seen(keys, path), keys[here]), (_seen(values, path), values[here]), scaling))
            continue
        seen, told = (torch.cat([_seen(states, path), states[here]], dim=2) for states in (keys, values))
        # A kernel computes what its mask hides. In blocks, no block is shown the keys that come after all of it.
        for block, mask in zip(torch.split(queries[here], _BLOCK, dim=2), masks, strict=True):
            most = mask.shape[1]
            parts.append(attend(block, seen[:, :, :most], told[:, :, :most], attn_mask=mask.to(query.dtype)))
    whole = parts[0] if len(parts) == 1 else torch.cat(parts, dim=2)
    return whole.transpose(1, 2).contiguous(), None


def _insist(
    module: torch.nn.Module,
    query: torch.Tensor,
    mask: torch.Tensor | None,
    layout: Layout | None,
    window: int | None,
    others: dict[str, Any],
) -> None:
    if layout is None:
        raise NotFlatError(f"{type(module).__name__} is not told which token sees which")
    if mask is not None or query.shape[0] != 1 or query.shape[2] != layout.chains[-1].stop:
        raise NotFlatError(f"{type(module).__name__} has a mask or a cache of its own")
    if getattr(module, "is_causal", True) is False:
        raise NotFlatError(f"{type(module).__name__} is not causal")
    if window is not None and window < layout.longest:
        raise NotFlatError(f"{type(module).__name__} sees only {window} tokens back, and a row has {layout.longest}")
    strange = sorted(name for name, value in others.items() if value is not None and name not in _PLAIN)
    if strange:
        raise NotFlatError(f"{type(module).__name__} wants {', '.join(strange)}")


def _seen(states: Sequence[torch.Tensor], path: Sequence[tuple[int, int]]) -> torch.Tensor:
    """The states of a path: of each chain on it the first so many."""
    spans = [states[chain] if length == states[chain].shape[2] else states[chain][:, :, :length] for chain, length in path]
    return spans[0] if len(spans) == 1 else torch.cat(spans, dim=2)


def _masks(chain: Chain, dtype: torch.dtype, device: torch.device) -> Iterator[torch.Tensor]:
    length = chain.stop - chain.start
    for begin in range(0, length, _BLOCK):
        end = min(begin + _BLOCK, length)
        visible = torch.ones(end - begin, chain.depth + end, dtype=torch.bool, device=device).tril(chain.depth + begin)
        yield torch.zeros(visible.shape, dtype=dtype, device=device).masked_fill_(~visible, -torch.inf)


AttentionInterface.register(NAME, chain_attention)
