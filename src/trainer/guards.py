"""Guards: what must never reach the weights. A guard stops a run by an exception, before the optimizer takes its step.

A loss that is not finite is caught before its backward pass, a gradient that is not finite before the step; the adapter is then still
what it was after the last good step.
"""

from typing import Any

import torch
from transformers import TrainerCallback

from agentlog.errors import TrainingStoppedError


def guard_loss(loss: torch.Tensor, step: int) -> None:
    """Let a finite loss pass.

    Raises:
        TrainingStoppedError: it is not finite.
    """
    if not torch.isfinite(loss):
        raise TrainingStoppedError(
            f"the loss became {loss.item()} in step {step}, before any weight was changed by it: "
            "look for broken weights in the base, or lower the learning rate, and start again"
        )


class GradientGuard(TrainerCallback):  # type: ignore[misc]
    """Looks at the gradients of what is trained, before each optimizer step."""

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        """Raises TrainingStoppedError if a gradient is not finite."""
        for name, parameter in model.named_parameters():
            if parameter.grad is not None and not torch.isfinite(parameter.grad).all():
                raise TrainingStoppedError(
                    f"the gradient of {name} is not finite in step {state.global_step + 1}, the weights are unchanged: "
                    "lower the learning rate or use dtype float32, and start again"
                )


def guard_answer(answer: str) -> str | None:
    """What is wrong with a sample generation, in words; nothing if it is well."""
    return None if answer.strip() else "the sample generation is empty: the model ends its answer at once"
