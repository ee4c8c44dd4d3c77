"""Room: the disk, the memory and the time that a run will take, said before the first step."""

import shutil
from pathlib import Path

from agentlog.project import Project
from trainer.checklist import Checklist
from trainer.config import TrainConfig
from trainer.fingerprint import weight_shapes
from trainer.preflight.labels import predicted_steps

_STATE_PER_WEIGHT = 3
"""What a checkpoint holds per adapter weight: the weight and Adam's two moments."""


def check_disk(checklist: Checklist, config: TrainConfig, project: Project, base: Path, rows: int) -> None:
    adapter = _adapter_size(config, base)
    free = shutil.disk_usage(_existing(project.data)).free
    if adapter is None:
        advice = "the base's weights are not safetensors, so what the run needs cannot be told"
        checklist.note("disk", f"{_bytes(free)} free", "warn", advice)
        return
    saves = predicted_steps(config, rows) // config.save_every if config.save_every else config.epochs
    need = adapter * (1 + _STATE_PER_WEIGHT * saves)
    value = f"{_bytes(need)} needed (adapter and {saves} checkpoints), {_bytes(free)} free"
    if need < free:
        checklist.note("disk", value)
    else:
        checklist.note("disk", value, "refuse", "free some disk, or write fewer checkpoints (save_every)")


def note_time(checklist: Checklist, config: TrainConfig, rows: int, seconds_per_row: float) -> None:
    """Add the predicted time, from the measured time of one row of median length."""
    seconds = seconds_per_row * rows * config.epochs
    said = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
    value = f"about {said}, check-ups not counted (measured: {seconds_per_row:.2g} s for the row of median length)"
    checklist.note("predicted time", value)


def _adapter_size(config: TrainConfig, base: Path) -> int | None:
    shapes = weight_shapes(base)
    if not shapes:
        return None
    modules = {name: shape for name, shape in shapes.items() if len(shape) == 2 and name.endswith(".weight")}
    targets = [shape for name, shape in modules.items() if name.split(".")[-2] in config.lora.target_modules]
    return sum(config.lora.r * (rows + columns) * 4 for rows, columns in targets)


def _bytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} kB"


def _existing(path: Path) -> Path:
    return path if path.exists() else _existing(path.parent)
