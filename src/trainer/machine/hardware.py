"""Hardware: what this machine has for a run, and which precision is the faster one on it, by measurement.

Nothing is believed of a processor by its name. bfloat16 is chosen on a CPU only if it has instructions for it and they are measurably
faster at the very shapes of the base: without them it is emulated, and slower. Threads are the physical cores that this process may use;
two threads on one core share the arithmetic that training is made of, and more threads than a container's quota are made to wait.
"""

import math
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Literal

import torch

from trainer.base.weights import loaded_bytes, setting
from trainer.config import TrainConfig
from trainer.machine.memory import available, control_groups, shown

_FASTER = 1.1
"""bfloat16 has to be this much faster: a smaller gain is not worth the precision."""
_SMALL = 1 << 17
_SECONDS = 0.6
_ROUNDS = 9


@dataclass(frozen=True, slots=True)
class Machine:
    """What a run will use of this machine, and why."""

    device: str
    """``cpu`` or ``cuda``, with its name."""
    dtype: Literal["float32", "bfloat16"]
    threads: int
    reasons: dict[str, str] = field(default_factory=dict)


def survey(config: TrainConfig, base: Path) -> Machine:
    """Look at the machine, and set the number of threads; the base is not loaded for it, and the random state stays as it was."""
    threads, why_threads = usable_threads(config.threads)
    torch.set_num_threads(threads)
    dtype, why_dtype = choose_dtype(config, base)
    reasons = {"threads": why_threads, "dtype": why_dtype}
    return Machine(device_name(), dtype, threads, {name: why for name, why in reasons.items() if why})


def device_name() -> str:
    """The device that models run on, with its name."""
    if torch.cuda.is_available():
        return f"cuda ({torch.cuda.get_device_name()})"
    name = str(_capabilities().get("cpu_name") or "") or _cpu_model()
    return f"cpu ({name})" if name else "cpu"


def choose_dtype(config: TrainConfig, base: Path) -> tuple[Literal["float32", "bfloat16"], str]:
    """The precision of the base, and the reason if it was not asked for."""
    if config.dtype != "auto":
        return config.dtype, ""
    if torch.cuda.is_available():
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return "bfloat16", "the GPU computes in it, in half the memory"
        return "float32", "the GPU has no bfloat16 of its own"
    flag = bfloat16_instructions()
    if flag is None:
        return _unless_too_large(base, config, "the CPU has neither AMX nor AVX512-BF16")
    shape = _layer_shape(base)
    if shape is None:
        return _unless_too_large(base, config, "config.json does not say how large its layers are, so nothing could be measured")
    if shape[0] * shape[1] < _SMALL:
        return "float32", f"layers of {shape[0]} × {shape[1]} are so small that calling costs more than computing"
    ratio = bfloat16_speed(*shape)
    measured = f"bfloat16 is {ratio:.2f} times as fast as float32 here ({flag}, measured on a layer of {shape[0]} × {shape[1]})"
    if ratio >= _FASTER:
        return "bfloat16", measured
    return _unless_too_large(base, config, measured)


def bfloat16_instructions() -> str | None:
    """The instructions for bfloat16 products that this CPU has; nothing if they would be emulated."""
    has = _capabilities()
    names = {"amx_bf16": "AMX", "avx512_bf16": "AVX512-BF16", "arm_bf16": "Arm BF16", "bf16": "Arm BF16"}
    return next((name for flag, name in names.items() if has.get(flag)), None)


def bfloat16_speed(inputs: int, outputs: int, seconds: float = _SECONDS) -> float:
    """How many times as fast as float32 a linear layer of that shape is in bfloat16: forward, and backward to its inputs.

    Both are timed in turn, so that what else the machine does falls on both, and the middle of the ratios counts. A layer of LoRA
    training has no gradient of its weights, so none is timed.
    """
    tokens = min(512, max(64, 2**29 // (inputs * outputs)))
    # The numbers do not matter to the time, and ones leave the random state alone.
    weight, states, upstream = torch.ones(outputs, inputs), torch.ones(tokens, inputs), torch.ones(tokens, outputs)
    sides = [(weight, states, upstream), tuple(tensor.bfloat16() for tensor in (weight, states, upstream))]
    ratios: list[float] = []
    for side in sides:
        _seconds_of(*side)  # the first product of a kind prepares things
    begun = time.perf_counter()
    while len(ratios) < _ROUNDS and (not ratios or time.perf_counter() - begun < seconds):
        full, half = (_seconds_of(*side) for side in sides)
        ratios.append(full / half)
    return median(ratios)


def usable_threads(asked: int | None = None, root: Path = Path("/")) -> tuple[int, str]:
    """How many threads to compute with, and the reason if the number was not asked for; ``root`` is where /sys and /proc are."""
    if asked is not None:
        return asked, ""
    cores = physical_cores(root)
    quota = cpu_quota(root)
    said = os.environ.get("OMP_NUM_THREADS", "")
    limits = {f"one for each of {cores} physical cores" if cores > 1 else "there is one physical core": cores}
    if quota is not None:
        limits[f"the container may use {quota:g} CPUs"] = max(1, math.floor(quota))
    if said.isdigit() and int(said):
        limits[f"OMP_NUM_THREADS is {said}"] = int(said)
    reason = min(limits, key=lambda name: limits[name])
    return limits[reason], reason


def physical_cores(root: Path = Path("/")) -> int:
    """The physical cores that this process may run on; two hardware threads of a core count once."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))
    cores = set()
    for cpu in allowed:
        topology = root / f"sys/devices/system/cpu/cpu{cpu}/topology"
        try:
            cores.add((topology / "thread_siblings_list").read_text().strip())
        except OSError:
            cores.add(f"{cpu} alone")  # nothing is known about its core, so it counts as one
    return len(cores)


def cpu_quota(root: Path = Path("/")) -> float | None:
    """How many CPUs' time the control group of this process may use, where it is limited."""
    quotas = []
    for folder in control_groups(root, "cpu"):
        try:
            if (folder / "cpu.max").is_file():
                most, period = (folder / "cpu.max").read_text().split()
            else:
                most, period = ((folder / f"cpu.cfs_{name}_us").read_text().strip() for name in ("quota", "period"))
            if most != "max" and float(most) > 0:
                quotas.append(float(most) / float(period))
        except (OSError, ValueError):
            continue  # this level sets no quota
    return min(quotas, default=None)


def _seconds_of(weight: torch.Tensor, states: torch.Tensor, upstream: torch.Tensor) -> float:
    begun = time.perf_counter()
    torch.nn.functional.linear(states, weight)
    torch.mm(upstream, weight)
    return time.perf_counter() - begun


def _layer_shape(base: Path) -> tuple[int, int] | None:
    hidden = next((value for name in ("hidden_size", "n_embd", "d_model") if isinstance(value := setting(base, name), int)), None)
    if hidden is None:
        return None
    inner = next((value for name in ("intermediate_size", "n_inner", "ffn_dim") if isinstance(value := setting(base, name), int)), None)
    return hidden, inner or 4 * hidden


def _unless_too_large(base: Path, config: TrainConfig, reason: str) -> tuple[Literal["float32", "bfloat16"], str]:
    """float32, or bfloat16 where only that fits into memory; a 4-bit copy is small in either."""
    full, free = loaded_bytes(base, 4), available().bytes
    if config.quantize is None and full is not None and free is not None and full > free >= full / 2:
        return "bfloat16", f"{reason}, but in float32 the base takes {shown(full)} and {shown(free)} are free"
    return "float32", reason


def _capabilities() -> dict[str, object]:
    # Older versions of torch have only the two questions.
    ask = getattr(torch.cpu, "get_capabilities", None)
    if ask is not None:
        return dict(ask())
    old = {"amx_bf16": "_is_amx_tile_supported", "avx512_bf16": "_is_avx512_bf16_supported"}
    return {flag: getattr(torch.cpu, name)() for flag, name in old.items() if hasattr(torch.cpu, name)}


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
