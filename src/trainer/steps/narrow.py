"""Narrow: after the last attention nothing looks at other tokens, so the last layer's MLP runs where there is something to predict.

What that layer says of all other positions is read by nobody: the loss takes target positions only, and there is no layer above. Whether
a model's last MLP is of that kind is part of the proof of its head (`trainer.steps.proof`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch


@contextmanager
def narrowed(causal: Any, places: torch.Tensor) -> Iterator[None]:
    """Within it, the last layer's MLP of a causal language model computes these places only, and zeros for all others.

    ``places`` are positions (row times length of a row, plus place), each once. A model without layers, or whose last one has no ``mlp``,
    is left as it is. With gradient checkpointing the backward pass runs the layers again, so it belongs inside as well.
    """
    mlp = _last_mlp(causal)
    if mlp is None:
        yield
        return
    own = mlp.__dict__.get("forward")
    whole = mlp.forward

    def forward(hidden: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        flat = hidden.flatten(0, -2)
        told = whole(flat[places][None], *args, **kwargs)
        # Experts say beside it how they shared the work, which is for losses of their own that nobody asks for here.
        narrow, *rest = told if isinstance(told, tuple) else (told,)
        made = torch.zeros_like(flat).index_copy(0, places, narrow.flatten(0, -2)).view_as(hidden)
        return (made, *rest) if rest else made

    mlp.forward = forward
    try:
        yield
    finally:
        if own is None:
            del mlp.forward
        else:
            mlp.forward = own


def _last_mlp(causal: Any) -> Any:
    layers = getattr(causal.base_model, "layers", None)
    return getattr(layers[-1], "mlp", None) if layers else None
