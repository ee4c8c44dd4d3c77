"""Guards: what must never reach the weights. Each looks at a step before the optimizer does, and says in words what it found.

A gradient of finite numbers whose norm overflows is caught too: clipping would turn it into zeros, and the step would be lost in silence.
"""

from typing import Any

import torch


def not_finite(loss: torch.Tensor, model: Any) -> str | None:
    """What is not finite in a step whose backward pass is done: its loss or a gradient; nothing if all is well."""
    if not torch.isfinite(loss):
        return f"the loss became {loss.item()}"
    gradients = {name: parameter.grad for name, parameter in model.named_parameters() if parameter.grad is not None}
    if not gradients:
        return "no gradient reached the adapter"
    # One number for all of them, so that a step that is well costs one look.
    norm = torch.nn.utils.get_total_norm(gradients.values())
    if torch.isfinite(norm):
        return None
    name = next((name for name, gradient in gradients.items() if not torch.isfinite(gradient).all()), None)
    return f"the norm of the gradient became {norm.item()}" if name is None else f"the gradient of {name} is not finite"


def broken_weights(model: Any) -> str | None:
    """The name of a trained tensor that holds a number that is not finite; nothing if there is none."""
    trained = ((name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad)
    return next((name for name, parameter in trained if not torch.isfinite(parameter).all()), None)
