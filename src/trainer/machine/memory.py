"""Memory: what there is, what a run will need, and what follows from it: tokens of a pass, and whether activations are kept.

What a base keeps for its backward pass is measured and not believed: passes of a few tokens are run, and every tensor that autograd holds
on to is counted once. Three lengths tell the part that grows with the tokens from the part that grows with their square. A prediction
is not a promise, so a tenth of what is free stays untouched.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from trainer.checklist import Checklist
from trainer.config import TrainConfig
from trainer.machine.execution import Execution

_POINT = "memory of a pass"
_MARGIN = 0.9
_PROBES = (32, 64, 128)
_MOST_TOKENS = {"cpu": 8192, "cuda": 32768}
"""Longer passes gain nothing: the products are large enough long before."""
_OPTIMIZER_BYTES = 12
"""Of each trained number: its gradient and Adam's two moments, in float32."""
_CHUNK_LOGITS, _CHUNK_TARGETS, _LOGIT_BYTES = 1 << 25, 256, 12
"""Of the loss: the logits of a chunk, their float32 copy, and the copy that an evaluation makes of that."""
_BACKWARD_LAYERS = 2
"""What the backward pass holds for a moment, in activations of one layer."""
_SLACK = 1.25
"""What the allocator cannot give back in time. With both, predictions were 1.07 to 1.29 times what was taken (docs/design/hardware.md)."""


@dataclass(frozen=True, slots=True)
class Available:
    """Memory that this process may still take; ``bytes`` is nothing where the system does not say."""

    bytes: int | None
    limit: str
    """What sets the bound."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What training takes on top of the loaded model, in bytes."""

    fixed: float
    """However long a pass is: gradients and optimizer."""
    vocabulary: int
    per_token: float
    per_square: float
    """Of the square of a pass's tokens; zero where attention keeps no matrix."""
    checkpointed: float
    """Per token with gradient checkpointing: what goes into each layer, and the activations of the layer that is at work."""

    def need(self, tokens: int, checkpointing: bool) -> float:
        """The bytes of a pass of so many tokens, everything included."""
        linear = self.checkpointed if checkpointing else self.per_token
        head = _LOGIT_BYTES * min(_CHUNK_LOGITS, min(tokens, _CHUNK_TARGETS) * self.vocabulary)
        return self.fixed + head + _SLACK * (linear * tokens + self.per_square * tokens**2)

    def most_tokens(self, room: float, checkpointing: bool) -> int:
        """The longest pass that fits."""
        low, high = 0, 1 << 24
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.need(middle, checkpointing) <= room else (low, middle - 1)
        return low


def available(root: Path = Path("/")) -> Available:
    """What this process may still take: of the GPU where there is one, otherwise the least of what the system and its limits leave."""
    if torch.cuda.is_available():
        free, _ = torch.cuda.mem_get_info()
        # What torch has set aside and does not use is as good as free.
        return Available(free + torch.cuda.memory_reserved() - torch.cuda.memory_allocated(), "the GPU")
    bounds = {"this machine": _machine(root), "the container's limit": _group(root), "the limit on address space": _address_space()}
    known = {name: size for name, size in bounds.items() if size is not None}
    if not known:
        return Available(None, "unknown")
    least = min(known, key=lambda name: known[name])
    return Available(max(0, known[least]), least)


def control_groups(root: Path, controller: str) -> list[Path]:
    """The folders of this process's control group for a controller and of the groups around it, innermost first."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    folders = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        # The older kind has a folder for each controller, or for several that are mounted together.
        top = root / "sys/fs/cgroup"
        top = next((top / name for name in (controllers, controller) if name and controllers and (top / name).is_dir()), top)
        inner = [Path(path.lstrip("/")), *Path(path.lstrip("/")).parents]
        # In a container the path may be that of the host, of which only the top is to be seen.
        folders += [top / part for part in inner if (top / part).is_dir()] or [top]
    return folders


def measure(model: Any, longest: int) -> Footprint:
    """What training this model takes, from passes of at most 128 tokens; weights and random states stay as they are."""
    trained = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    fixed = trained * _OPTIMIZER_BYTES
    one, two, three = (_kept(model, min(tokens, longest)) for tokens in _PROBES)
    if longest < _PROBES[-1]:
        linear, square = _kept(model, longest) / max(1, longest), 0.0
    else:
        # Three points of a + b·n + c·n²; the constant part is caches that a longer pass shares.
        square = max(0.0, ((three - two) / (_PROBES[2] - _PROBES[1]) - (two - one) / (_PROBES[1] - _PROBES[0])) / (_PROBES[2] - _PROBES[0]))
        linear = max(0.0, (three - one) / (_PROBES[2] - _PROBES[0]) - square * (_PROBES[2] + _PROBES[0]))
    config = model.config.get_text_config()
    layers, width = config.num_hidden_layers, config.hidden_size
    item = next(parameter.element_size() for parameter in model.parameters() if parameter.is_floating_point())
    layer = linear / layers
    passing = _BACKWARD_LAYERS * layer
    return Footprint(fixed, config.vocab_size, linear + passing, square, layers * width * item + layer + passing)


def fit(
    config: TrainConfig, footprint: Footprint, lengths: Sequence[int], execution: Execution, checklist: Checklist | None = None
) -> Execution:
    """The execution with the tokens of a pass and gradient checkpointing that memory allows, and the reasons.

    Args:
        config: what was asked for.
        footprint: what training takes besides the base.
        lengths: of the rows, in tokens.
        execution: what is settled already.
        checklist: where a refusal is written down as well.

    Raises:
        TrainingRefusedError: the longest row does not fit, or the tokens of a pass that were asked for do not.
    """
    free = available()
    longest = max(lengths)
    if free.bytes is None:
        return _unknown(config, longest, execution)
    room = free.bytes * _MARGIN
    plain = footprint.need(longest, checkpointing=False) <= room
    checkpointing = config.gradient_checkpointing == "on" or (config.gradient_checkpointing == "auto" and not plain)
    most = footprint.most_tokens(room, checkpointing)
    _insist_on_room(checklist or Checklist(), config, footprint, longest, most, checkpointing, free)
    cap = _MOST_TOKENS["cuda" if torch.cuda.is_available() else "cpu"]
    tokens = config.batch_tokens or max(longest, _round_down(min(most, cap)))
    need = shown(footprint.need(max(tokens, longest), checkpointing))
    reasons = dict(execution.reasons)
    if config.batch_tokens is None:
        bound = f"the most that fits into {shown(free.bytes)}" if most < cap else "more would gain nothing"
        reasons["batch_tokens"] = f"{bound}; a pass takes about {need} besides the base (measured), {shown(free.bytes)} are free"
    if config.gradient_checkpointing == "auto":
        without = shown(footprint.need(longest, checkpointing=False))
        verdict = f"needs {without}, more than the {shown(room)} that may be used" if checkpointing else "fits without it"
        reasons["gradient_checkpointing"] = f"the longest row ({longest:,} tokens) {verdict}"
    return execution.model_copy(update={"batch_tokens": tokens, "gradient_checkpointing": checkpointing, "reasons": reasons})


def shown(size: float) -> str:
    """A number of bytes as a person reads it."""
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{size / 1e3:,.0f} kB"


def _insist_on_room(
    checklist: Checklist, config: TrainConfig, footprint: Footprint, longest: int, most: int, checkpointing: bool, free: Available
) -> None:
    asked = max(longest, config.batch_tokens or 0)
    if most >= asked:
        return
    need = shown(footprint.need(asked, checkpointing))
    have = f"{shown(free.bytes or 0)} are free ({free.limit})"
    if most >= longest:
        value = f"passes of {asked} tokens need about {need} besides the base, and {have}"
        checklist.note(_POINT, value, "refuse", f"batch_tokens {most} would fit, or leave it out")
        checklist.insist()
    ways = [f"max_length {most} with overlong: window would fit"] if most >= 8 else []
    if config.gradient_checkpointing == "off":
        ways.append("gradient_checkpointing: auto needs less")
    if config.quantize is None:
        ways.append("quantize: nf4 makes the base smaller")
    with_ = " even with gradient checkpointing" if checkpointing else ""
    value = f"the longest row ({longest:,} tokens) needs about {need} besides the base{with_}, and {have}"
    checklist.note(_POINT, value, "refuse", "; ".join(ways) or "take a machine with more memory")
    checklist.insist()


def _unknown(config: TrainConfig, longest: int, execution: Execution) -> Execution:
    tokens = config.batch_tokens or max(longest, 2048)
    reasons = {**execution.reasons, "batch_tokens": "the system does not say how much memory is free"}
    checkpointing = config.gradient_checkpointing == "on"
    return execution.model_copy(update={"batch_tokens": tokens, "gradient_checkpointing": checkpointing, "reasons": reasons})


def _kept(model: Any, tokens: int) -> int:
    """The bytes that autograd keeps of a pass of so many tokens, the head left out and each storage counted once."""
    causal = model.get_base_model() if hasattr(model, "get_base_model") else model
    own = {tensor.untyped_storage().data_ptr() for tensor in [*model.parameters(), *model.buffers()]}
    # The storages themselves, so that none is freed and its address given to another while this counts.
    kept: dict[int, torch.UntypedStorage] = {}

    def keep(tensor: torch.Tensor) -> None:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage

    ids = torch.zeros((1, tokens), dtype=torch.long, device=model.device)
    was_training = model.training
    # Forked, so that measuring draws no number that the training would have drawn.
    with torch.random.fork_rng(), torch.autograd.graph.saved_tensors_hooks(keep, _never):
        model.train()
        causal.base_model(input_ids=ids, use_cache=False)
    model.train(was_training)
    return sum(storage.nbytes() for storage in kept.values())


def _never(_: None) -> torch.Tensor:
    raise AssertionError("a pass that only measures is not run backward")


def _round_down(tokens: int) -> int:
    """The largest of 1, 2, 3, 4, 6, 8, 12, 16 … that is no larger."""
    power = 1 << max(0, tokens.bit_length() - 1)
    return power + power // 2 if tokens >= power + power // 2 else power


def _machine(root: Path) -> int | None:
    try:
        lines = (root / "proc/meminfo").read_text().splitlines()
    except OSError:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}) else None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)


def _group(root: Path) -> int | None:
    left = []
    for folder in control_groups(root, "memory"):
        for limit, usage in (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")):
            try:
                most, used = (folder / limit).read_text().strip(), int((folder / usage).read_text())
                if most != "max":
                    left.append(int(most) - used + _cached(folder / "memory.stat"))
            except (OSError, ValueError):
                continue  # this level sets no limit
    return min(left, default=None)


def _cached(stat: Path) -> int:
    """Bytes of cached files: they count as used, but make room when it is needed."""
    try:
        said = dict(line.split() for line in stat.read_text().splitlines() if line.strip())
    except OSError:
        return 0
    return int(said.get("total_inactive_file", said.get("inactive_file", 0)))


def _address_space() -> int | None:
    try:
        import resource
    except ImportError:
        return None  # Windows has no such limit
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY:
        return None
    try:
        return soft - int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return soft
