"""Halves: the places of a model that may be computed in full while the rest is in bfloat16.

Weights are the same in all of them: those of the base, which are numbers of bfloat16 as published models' are. What differs is in which
precision products are taken and what is rounded in between.
"""

import copy
from collections.abc import Callable
from typing import Any

import torch

HALF = torch.bfloat16


def adapter_half(model: Any) -> Any:
    """Everything in half, the adapter too."""
    return _half(model, adapter=True)


def adapter_full(model: Any) -> Any:
    """The base in half, the adapter in full: what peft makes of a base in half."""
    return _half(model)


def norms_full(model: Any) -> Any:
    """Norms are multiplied in full and rounded after."""
    made = _half(model)
    for norm in _norms(made):
        norm.weight.data = norm.weight.data.float()
        norm.register_forward_hook(lambda module, given, out: out.to(HALF))
    return made


def head_full(model: Any) -> Any:
    """Logits are computed in full, from the hidden states as they are."""
    made = _half(model)
    causal = made.get_base_model()
    _put_full_head(causal)
    causal.base_model.norm.register_forward_hook(lambda module, given, out: out.float())
    return made


def stream_full(model: Any) -> Any:
    """What layers add up (the residual stream) is kept in full; norms hand it to the products in half."""
    made = _half(model)
    _put_full_stream(made.get_base_model())
    return made


def stream_and_head_full(model: Any) -> Any:
    """The residual stream and the logits in full."""
    made = _half(model)
    causal = made.get_base_model()
    _put_full_stream(causal, last=torch.float32)
    _put_full_head(causal)
    return made


CHOICES: dict[str, Callable[[Any], Any]] = {
    "all in half": adapter_half,
    "adapter full": adapter_full,
    "adapter, norms full": norms_full,
    "adapter, head full": head_full,
    "adapter, stream full": stream_full,
    "adapter, stream, head full": stream_and_head_full,
}


def _half(model: Any, *, adapter: bool = False) -> Any:
    made = copy.deepcopy(model)
    for name, weights in made.named_parameters():
        if adapter or "lora_" not in name:
            weights.data = weights.data.to(HALF)
    return made


def _norms(model: Any) -> list[Any]:
    return [module for module in model.modules() if type(module).__name__.endswith("RMSNorm")]


def _put_full_head(causal: Any) -> None:
    old = causal.get_output_embeddings()
    head = torch.nn.Linear(old.in_features, old.out_features, bias=False)
    head.weight = torch.nn.Parameter(old.weight.detach().float(), requires_grad=False)
    causal.set_output_embeddings(head)


def _put_full_stream(causal: Any, last: torch.dtype = HALF) -> None:
    base = causal.base_model
    base.embed_tokens.register_forward_hook(lambda module, given, out: out.float())
    base.rotary_emb.register_forward_hook(lambda module, given, out: tuple(part.to(HALF) for part in out))
    for norm in _norms(causal):
        norm.register_forward_hook(lambda module, given, out, to=last if norm is base.norm else HALF: out.to(to))
