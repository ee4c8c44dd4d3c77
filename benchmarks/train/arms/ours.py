"""agentlog's trainer: its step as a run takes it, then the clipping and the optimizer that transformers' Trainer would bring.

How the step is carried out is what the library decides for itself: precision by measurement, tokens of a pass by memory, layout and head
by proof. Deciding happens once a run, so it is not timed.
"""

import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from benchmarks.train.arms.timing import Precision, Setting, Taken
from benchmarks.train.shapes import Shape, config_of
from benchmarks.train.workloads import PAD
from trainer.config import TrainConfig
from trainer.machine import hardware, memory
from trainer.machine.execution import Execution
from trainer.render import RenderedRow
from trainer.steps.proof import prove
from trainer.steps.step import Stepper

_CONFIG = TrainConfig(role="coder", base_model="a shape")
_decided: dict[tuple[int, int, int], Execution] = {}


def run(model: Any, rows: list[RenderedRow], setting: Setting) -> Taken:
    """One optimizer step over the rows."""
    stepper = Stepper(model.train(), execution(model, rows), pad_id=PAD)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=2e-4, weight_decay=0.01, fused=True)
    begun = time.perf_counter()
    loss = stepper.backward(rows).loss.item()
    torch.nn.utils.clip_grad_norm_(weights, 1.0)
    optimizer.step()
    optimizer.zero_grad()
    return Taken(time.perf_counter() - begun, loss)


def precision(shape: Shape) -> tuple[Precision, str]:
    """The precision that the library chooses for a base of that shape on this machine, and why."""
    with tempfile.TemporaryDirectory() as folder:
        config_of(shape).save_pretrained(folder)
        return hardware.choose_dtype(_CONFIG, Path(folder))


def execution(model: Any, rows: list[RenderedRow]) -> Execution:
    """How the library carries out a run of this model on these rows."""
    lengths = [len(row.input_ids) for row in rows]
    key = (id(model), len(rows), sum(lengths))
    if key not in _decided:
        fitting = memory.fit(_CONFIG, memory.measure(model, max(lengths)), lengths, hoped(model))
        _decided[key] = prove(model, rows, fitting, PAD)
    return _decided[key]


def hoped(model: Any, batch_tokens: int = 8192) -> Execution:
    """What is hoped for before anything is measured or proven."""
    return Execution(
        device="cpu",
        dtype="bfloat16" if model.dtype == torch.bfloat16 else "float32",
        threads=torch.get_num_threads(),
        layout="flat",
        head="targets",
        batch_tokens=batch_tokens,
        gradient_checkpointing=False,
    )
