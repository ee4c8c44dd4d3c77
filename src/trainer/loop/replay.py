"""Replay: a step that was stopped, written down so that it can be taken again, alone and as often as it needs to be understood.

``<run>/stopped/step-N/`` has everything the step depended on: its rows as they were rendered, the adapter's weights before it, the seed
that decides what is dropped out, the run's configuration and how it is carried out. The base is found by its name. A replay takes the same
step again and then each of its rows alone, and says which of them give the number that is not finite.
"""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson
import peft
import torch
from pydantic import ValidationError
from safetensors import SafetensorError
from safetensors.torch import load_file

from agentlog._io.atomic import publish_folder, write_file
from agentlog._io.jsonl import dump_lines
from agentlog.errors import TrainingRefusedError
from trainer.base.fingerprint import Fingerprint, find_base, fingerprint, same_base
from trainer.base.model import WEIGHTS, attach_lora, checkpoint_gradients, load_base, write_adapter
from trainer.config import TrainConfig
from trainer.loop.checkpoint import survives_full_disk
from trainer.loop.guards import not_finite
from trainer.machine.execution import Execution
from trainer.render import RenderedRow
from trainer.run_folder import FINGERPRINT
from trainer.steps.step import Stepper

STOPPED = "stopped"
_STEP, _ROWS, _CONFIG = "step.json", "rows.jsonl", "config.yaml"


@dataclass(frozen=True, slots=True)
class RowFinding:
    """One row of a replayed step, taken alone."""

    sample_id: str
    trained: tuple[int, ...]
    tokens: int
    loss: float
    problem: str | None
    """What is not finite in it; nothing if it is well."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of taking a stopped step again."""

    step: int
    then: str
    """What was found when the run was stopped."""
    now: str | None
    """What was found now; nothing if the step went well this time."""
    rows: tuple[RowFinding, ...]

    @property
    def text(self) -> str:
        """The finding in one line."""
        bad = [f"row {row.sample_id} ({row.tokens} tokens)" for row in self.rows if row.problem]
        if self.now is None:
            return f"step {self.step} went well this time, though {self.then} then: the machine or its libraries differ, or failed"
        if not bad:
            return f"step {self.step} again: {self.now}. Each of its {len(self.rows)} rows alone is well; only together they are not"
        if len(bad) == len(self.rows):
            return f"step {self.step} again: {self.now}. Each of its {len(bad)} rows gives it alone too: it is the weights, not the data"
        return f"step {self.step} again: {self.now}. It comes from {', '.join(bad)}; the other rows are well"


def seed_of(seed: int, step: int) -> int:
    """The seed of everything that is drawn in one step of a run."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{step}".encode()).digest()[:7], "big")


def dump(run: Path, step: int, rows: list[RenderedRow], seed: int, why: str, model: Any, config: TrainConfig, execution: Execution) -> str:
    """Write a stopped step down; returns in a sentence where it is, or why it is nowhere."""
    place = _free(run / STOPPED / f"step-{step}")

    def write() -> None:
        with publish_folder(place) as folder:
            said = {"step": step, "seed": seed, "found": why, "execution": execution.model_dump(mode="json")}
            write_file(folder / _STEP, orjson.dumps(said, option=orjson.OPT_INDENT_2))
            write_file(folder / _ROWS, dump_lines(asdict(row) for row in rows))
            write_file(folder / _CONFIG, config.to_yaml().encode())
            write_adapter(model, folder)

    if full := survives_full_disk(write):
        return f"It could not be written down ({full})"
    return f"Everything to take this step again is in {place}: agentlog train --replay {place} says which rows it comes from"


def replay(folder: Path, *, allow_hub: bool = False) -> Replayed:
    """Take a stopped step again, and then each of its rows alone; nothing is written.

    Raises:
        TrainingRefusedError: the folder holds no stopped step, or its base cannot be found or loaded, or is another by now.
    """
    try:
        said = orjson.loads((folder / _STEP).read_bytes())
        rows = [_row(orjson.loads(line)) for line in (folder / _ROWS).read_bytes().splitlines()]
        execution = Execution.model_validate(said["execution"])
        stored = load_file(folder / WEIGHTS)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise TrainingRefusedError(f"{folder} is no stopped step that can be replayed ({error}): name a run's stopped/step-N") from error
    config = TrainConfig.from_yaml(folder / _CONFIG)
    place = find_base(config.base_model, allow_hub=allow_hub)
    _insist_same(folder, place)
    base = load_base(place, execution.dtype, quantize=execution.quantized)
    model = attach_lora(base, config.lora, config.base_model, config.seed)
    peft.set_peft_model_state_dict(model, stored)
    if execution.gradient_checkpointing:
        checkpoint_gradients(model)
    # No stop or pad token is needed here: a padded batch hides whatever it is filled with.
    again = _Again(model, Stepper(model, execution, 0), said["seed"])
    now, _ = again.take(rows)
    return Replayed(said["step"], said["found"], now, tuple(again.alone(row) for row in rows))


@dataclass(frozen=True, slots=True)
class _Again:
    model: Any
    stepper: Stepper
    seed: int

    def take(self, rows: list[RenderedRow]) -> tuple[str | None, float]:
        torch.manual_seed(self.seed)
        self.model.train()
        found = self.stepper.backward(rows)
        why = not_finite(found.loss, self.model)
        self.model.zero_grad()
        return why, found.loss.item()

    def alone(self, row: RenderedRow) -> RowFinding:
        why, loss = self.take([row])
        return RowFinding(row.sample_id, row.trained, len(row.input_ids), loss, why)


def _insist_same(folder: Path, base: Path) -> None:
    """On another base the step may go well, and the machine would be blamed for it. Lifted out of its run, a step cannot be checked."""
    try:
        was = Fingerprint.model_validate_json((folder.resolve().parents[1] / FINGERPRINT).read_bytes())
    except (OSError, IndexError, ValidationError):
        return
    if changed := same_base(was, fingerprint(base, scheme=was.scheme)):
        raise TrainingRefusedError(f"the base {base} is not what this step was taken on: {', '.join(changed)}. Put it back as it was")


def _row(said: dict[str, Any]) -> RenderedRow:
    return RenderedRow(**{**said, "trained": tuple(said["trained"])})


def _free(place: Path) -> Path:
    number, free = 1, place
    while free.exists():
        number += 1
        free = place.with_name(f"{place.name}.{number}")
    return free
