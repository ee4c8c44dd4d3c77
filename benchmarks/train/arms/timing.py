"""Timing: what a trainer is asked, and the seconds of its optimizer steps.

A step's seconds begin when its first batch is there and end when the weights have moved; making the model, the trainer and the batches of
the first step is left out for everybody.
"""

import time
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import torch
import transformers

Precision = Literal["float32", "bfloat16", "autocast"]
"""That of the base: full, half, or full with half-precision products."""
DTYPES: dict[str, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16, "autocast": torch.float32}


class Setting(NamedTuple):
    """What may be tuned."""

    precision: Precision = "float32"
    batch: int = 1
    """Rows of one pass."""
    flat: bool = False
    """Rows of a pass one after another instead of padded."""

    def __str__(self) -> str:
        return f"{self.precision}, {self.batch} row{'s' if self.batch > 1 else ''} a pass{', flattened' if self.flat else ''}"


@dataclass(frozen=True, slots=True)
class Taken:
    """The seconds of all steps together, and the loss of the first one, which the arms must agree on."""

    seconds: float
    loss: float


class Stopwatch(transformers.TrainerCallback):  # type: ignore[misc]
    """Sums up the seconds of a Trainer's steps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._begun = 0.0

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._begun = time.perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.seconds += time.perf_counter() - self._begun
