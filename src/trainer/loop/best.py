"""Best: the adapter of the check-up with the lowest validation loss, kept while a run goes on past it.

It is held in memory and goes into every later checkpoint beside the current one: whatever step a run goes on from, it has the best of the
steps before that, and a disk that was full for a while costs it nothing.
"""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load, save

from agentlog._io.atomic import write_file

FILE = "best.safetensors"


class Best:
    """The best check-up of a run so far: its step, its validation loss, and the adapter's weights as they were then."""

    def __init__(self) -> None:
        self.step: int | None = None
        self.val_loss: float | None = None
        self._weights: dict[str, torch.Tensor] = {}

    def offer(self, model: Any, step: int, val_loss: float) -> bool:
        """Keep this adapter if none was better; returns whether it was kept."""
        if self.val_loss is not None and val_loss >= self.val_loss:
            return False
        self.step, self.val_loss = step, val_loss
        self._weights = {name: parameter.detach().cpu().clone() for name, parameter in _trained(model).items()}
        return True

    def save(self, folder: Path) -> dict[str, Any]:
        """Write it into a checkpoint; returns what `load` needs besides."""
        if self.step is not None:
            write_file(folder / FILE, save({name: tensor.contiguous() for name, tensor in self._weights.items()}))
        return {"step": self.step, "val_loss": self.val_loss}

    def load(self, folder: Path, said: dict[str, Any]) -> None:
        """Take it from a checkpoint again."""
        self.step, self.val_loss = said["step"], said["val_loss"]
        self._weights = load((folder / FILE).read_bytes()) if self.step is not None else {}

    @torch.no_grad()
    def install(self, model: Any) -> None:
        """Put its weights into the model, bit for bit."""
        for name, parameter in _trained(model).items():
            parameter.copy_(self._weights[name])


def _trained(model: Any) -> dict[str, torch.nn.Parameter]:
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
