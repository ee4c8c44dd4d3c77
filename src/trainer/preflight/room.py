"""Room: the disk, the memory and the time that a run will take, said before the first step.

Disk and memory can be told from the heads of the base's files, before anything is loaded. Time can only be measured, so its point comes
last. Older checkpoints that make way for newer ones are moved to the trash, which lies on the same disk: they count.
"""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from agentlog.project import Project
from trainer.base.weights import loaded_bytes, lora_numbers
from trainer.checklist import Checklist
from trainer.config import TrainConfig
from trainer.preflight.labels import predicted_steps

if TYPE_CHECKING:
    from trainer.machine.pace import Pace

_STATE_PER_WEIGHT = 3
"""What a checkpoint holds per adapter weight: the weight and Adam's two moments."""
_CHECKPOINT_BYTES = 64_000
"""What else a checkpoint holds: random states, schedule, settings, configuration."""
_STEP_BYTES = 400
"""A line of metrics."""


def check_disk(checklist: Checklist, config: TrainConfig, project: Project, base: Path, rows: int) -> None:
    """Add what the run will write, against what is free; refuse if it does not fit."""
    numbers = lora_numbers(base, config.lora.r, config.lora.target_modules)
    free = shutil.disk_usage(_existing(project.data)).free
    if numbers is None:
        advice = "the base's weights are not safetensors, so what the run needs cannot be told"
        checklist.note("disk", f"{_bytes(free)} free", "warn", advice)
        return
    steps = predicted_steps(config, rows)
    saves = -(-steps // config.save_every) if config.save_every else config.epochs
    checkpoint = 4 * numbers * _STATE_PER_WEIGHT + _CHECKPOINT_BYTES
    need = 4 * numbers + saves * checkpoint + steps * _STEP_BYTES
    older = max(0, saves - config.keep_checkpoints - 1)
    trash = f", {older} of them in the trash" if older else ""
    value = f"{_bytes(need)} needed (adapter and {saves} checkpoints{trash}), {_bytes(free)} free"
    if need < free:
        checklist.note("disk", value)
    else:
        checklist.note("disk", value, "refuse", "free some disk (the trash counts), or write fewer checkpoints (save_every)")


def check_memory(checklist: Checklist, config: TrainConfig, base: Path, dtype: str) -> None:
    """Add what the base takes once it is loaded in that precision, against what is free; refuse if not even that fits."""
    from trainer.machine.memory import available

    free = available()
    size = loaded_bytes(base, 2 if dtype == "bfloat16" else 4, config.quantize)
    if size is None or free.bytes is None:
        return
    how = "4 bit" if config.quantize else dtype
    value = f"{_bytes(size)} for the base in {how}, {_bytes(free.bytes)} free ({free.limit})"
    if size < free.bytes:
        checklist.note("memory", value)
        return
    ways = [] if config.quantize else ["--quantize nf4"]
    if dtype == "float32" and not config.quantize:
        ways.insert(0, "dtype: bfloat16")
    checklist.note("memory", value, "refuse", f"{' or '.join(ways) or 'a machine with more memory'} is the way to train this base")


def note_time(checklist: Checklist, pace: "Pace") -> None:
    """Add how long the run will take, as a range, and what that was measured on."""
    ends = dict.fromkeys([_duration(pace.least), _duration(pace.most)])
    value = f"{' to '.join(ends)}, likely {_duration(pace.likely)}, check-ups not counted (measured: {pace.measured})"
    checklist.note("predicted time", value)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _bytes(size: float) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e10 else f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} kB"


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path
