"""Preflight: everything that can be known before the weights are loaded, as a checklist that refuses what must not be trained.

Two kinds of refusal. Models and gates: is the base the deployed model, did the deployed model or a named teacher give the answers, did
the dataset pass; a written reason overrules these. Labels and room: is there a template, is every label proven, does every row fit as
a whole, is there disk; nothing overrules these. Models are compared by content where both are at hand, and by name where they are not.

It renders all rows, because only real tokens tell lengths and targets; the run trains on exactly these rows.
"""

import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from agentlog._hashing import digest, short
from agentlog.dataset.reader import Dataset
from agentlog.errors import RenderError, TrainingRefusedError
from agentlog.project import Project, RoleSettings
from agentlog.schema.manifest import Gate
from agentlog.schema.sample import Sample, SplitName
from trainer.checklist import Checklist
from trainer.config import TrainConfig
from trainer.fingerprint import Fingerprint, find_base, fingerprint, weight_shapes
from trainer.render import RenderedRow, Turn, render_sample, render_turns, stop_tokens
from trainer.template import Tokenizer

FINGERPRINTS = "fingerprints.json"
_STATE_PER_WEIGHT = 3
"""What a checkpoint holds per adapter weight: the weight and Adam's two moments."""


@dataclass(frozen=True, slots=True)
class Preflight:
    """What preflight found out, for the run to use: nothing is looked up or rendered twice."""

    checklist: Checklist
    base: Path
    fingerprint: Fingerprint
    tokenizer: Tokenizer
    stop_ids: list[int]
    pad_id: int
    rows: dict[SplitName, list[RenderedRow]]
    probe: Turn | None
    """An answer to generate at each check-up: the first of the validation split, or else of the training split."""


def inspect(config: TrainConfig, project: Project, dataset: Dataset) -> Preflight:
    """Look at everything, and say what was found; refusing is left to the caller, who has the checklist to show.

    Raises:
        TrainingRefusedError: the base cannot be found, or its tokenizer cannot be loaded.
    """
    from trainer.model import load_tokenizer

    checklist = Checklist()
    role = project.role(config.role)
    base = _base(config, role)
    prints = fingerprint(base, project.data / FINGERPRINTS)
    checklist.note("base", f"{config.base_model} ({short(prints.overall)})")
    _check_deployed(checklist, config, project, prints)
    _check_models(checklist, config, role, dataset)
    _check_gates(checklist, dataset)
    tokenizer = load_tokenizer(base)
    stop_ids = stop_tokens(tokenizer)
    _check_template(checklist, tokenizer, stop_ids)
    samples: dict[SplitName, list[Sample]] = {"train": dataset.samples("train"), "val": dataset.samples("val")}
    rows = {split: _rendered(checklist, split, samples[split], tokenizer, stop_ids) for split in samples}
    _check_lengths(checklist, config, base, rows)
    _check_vocabulary(checklist, base, rows)
    _check_targets(checklist, config, rows["train"])
    _check_disk(checklist, config, project, base, len(rows["train"]))
    checklist.accept(config.accept)
    probe = None if checklist.refusals else _probe([*samples["val"], *samples["train"]], tokenizer, stop_ids)
    return Preflight(checklist, base, prints, tokenizer, stop_ids, pad_id(stop_ids), rows, probe)


def predicted_steps(config: TrainConfig, rows: int) -> int:
    """Optimizer steps that a run takes."""
    return config.epochs * math.ceil(math.ceil(rows / config.batch_size) / config.accumulation)


def pad_id(stop_ids: list[int]) -> int:
    """An id to fill batches with. Labels and attention never see it; a stop token is one that the base surely knows."""
    return stop_ids[0] if stop_ids else 0


def note_time(checklist: Checklist, config: TrainConfig, rows: int, seconds_per_row: float) -> None:
    """Add the predicted time, from the measured time of one row of median length."""
    seconds = seconds_per_row * rows * config.epochs
    said = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
    value = f"about {said}, check-ups not counted (measured: {seconds_per_row:.2g} s for the row of median length)"
    checklist.note("predicted time", value)


def same_model(prints: Fingerprint, other: str, project: Project) -> bool | None:
    """Whether another model is this one, by content; nothing is said if the other is not at hand."""
    try:
        place = project.path(Path(other).expanduser())
        folder = place if place.is_dir() else find_base(other)
        return not prints.differs(fingerprint(folder, project.data / FINGERPRINTS))
    except TrainingRefusedError:
        return None


def _base(config: TrainConfig, role: RoleSettings) -> Path:
    try:
        return find_base(config.base_model, allow_hub=config.allow_hub)
    except TrainingRefusedError as error:
        deployed = role.deployed_model or "not named in agentlog.yaml"
        raise TrainingRefusedError(f"{error}. The deployed model of role {config.role} is {deployed}") from error


def _check_deployed(checklist: Checklist, config: TrainConfig, project: Project, prints: Fingerprint) -> None:
    role = project.role(config.role)
    deployed = role.deployed_model
    if deployed is None:
        advice = f"name the model that really answers: roles.{config.role}.deployed_model in agentlog.yaml; or train with --accept REASON"
        checklist.note("deployed model", f"none is named for role {config.role}", "refuse", advice, acceptable=True)
        return
    same = True if config.base_model in role.deployed_as else same_model(prints, deployed, project)
    if same is None:
        same = config.base_model == deployed
    if same:
        checklist.note("deployed model", deployed)
        return
    advice = (
        f"train the deployed model (--base-model {deployed}), or, if both are the same, add {config.base_model} to "
        f"roles.{config.role}.deployed_as in agentlog.yaml; or train with --accept REASON"
    )
    checklist.note("deployed model", f"{deployed}, but the base is {config.base_model}", "refuse", advice, acceptable=True)


def _check_models(checklist: Checklist, config: TrainConfig, role: RoleSettings, dataset: Dataset) -> None:
    mix = dataset.manifest.models
    shown = ", ".join(f"{name} × {answers}" for name, answers in mix.items()) or "no answers"
    known = {role.deployed_model, *role.deployed_as, *role.teachers}
    strange = [name for name in mix if name not in known]
    if not strange:
        checklist.note("models of the data", shown)
        return
    advice = (
        f"{', '.join(strange)} is neither the deployed model ({role.deployed_model or 'none named'}) nor a teacher of role {config.role}: "
        f"add it to deployed_as or teachers in agentlog.yaml, build without its answers, or train with --accept REASON"
    )
    checklist.note("models of the data", shown, "refuse", advice, acceptable=True)


def _check_gates(checklist: Checklist, dataset: Dataset) -> None:
    build, gates = dataset.manifest.build_id, dataset.manifest.gates
    if dataset.manifest.gates_passed:
        checklist.note("dataset", f"{build}, {len(gates)} gates passed" if gates else f"{build}, no gates set")
        return
    failed = [f"{name} {_score(gate)} < {gate.least}" for name, gate in gates.items() if not gate.passed]
    advice = "log and build more or better data, or train with --accept REASON"
    checklist.note("dataset", f"{build}, gates failed: {', '.join(failed)}", "refuse", advice, acceptable=True)


def _score(gate: Gate) -> str:
    return "not measured" if gate.score is None else f"{gate.score:.2f}"


def _check_template(checklist: Checklist, tokenizer: Tokenizer, stop_ids: list[int]) -> None:
    if not tokenizer.chat_template:
        checklist.note("chat template", "the base has none", "refuse", "give its folder the chat_template.jinja that the server uses")
        return
    checklist.note("chat template", short(digest("chat_template", tokenizer.chat_template)))
    stops = [str(token) for token in tokenizer.convert_ids_to_tokens(stop_ids)]
    advice = "" if stops else "name eos_token_id in the base's generation_config.json, as the server that runs it has to"
    checklist.note("stop tokens", " ".join(stops) or "none", "ok" if stops else "refuse", advice)


def _rendered(checklist: Checklist, split: str, samples: list[Sample], tokenizer: Tokenizer, stop_ids: list[int]) -> list[RenderedRow]:
    if not tokenizer.chat_template:
        return []
    rows: list[RenderedRow] = []
    errors: list[str] = []
    empty = 0
    for sample in samples:
        try:
            made = render_sample(sample, tokenizer, stop_ids)
        except RenderError as error:
            errors.append(str(error))
            continue
        empty += not made
        rows += made
    if errors:
        advice = f"the first: {errors[0]}. Leave such rows out of the build, or mend the template"
        checklist.note(f"labels of {split}", f"{len(errors)} of {len(samples)} rows cannot be proven", "refuse", advice)
    if empty:
        checklist.note(f"rows of {split} without targets", str(empty), "warn", "nothing in them is trained; they are left out")
    return rows


def _check_lengths(checklist: Checklist, config: TrainConfig, base: Path, rows: dict[SplitName, list[RenderedRow]]) -> None:
    lengths = [len(row.input_ids) for split in rows.values() for row in split]
    if not lengths:
        return
    longest = max(lengths)
    checklist.note("longest row", f"{longest} tokens")
    cut = sum(length > config.max_length for length in lengths)
    advice = f"no target may be lost: --max-length {longest} would fit every row; or build with shorter rows" if cut else ""
    value = f"{cut} of {len(lengths)} rows are longer than {config.max_length} tokens"
    checklist.note("rows that would be cut", value if cut else f"none at {config.max_length} tokens", "refuse" if cut else "ok", advice)
    context = context_of(base)
    if context is not None and longest > context:
        checklist.note("context of the base", f"{context} tokens", "refuse", f"the longest row has {longest}: build with shorter rows")


def _check_vocabulary(checklist: Checklist, base: Path, rows: dict[SplitName, list[RenderedRow]]) -> None:
    size = _setting(base, "vocab_size")
    largest = max((max(row.input_ids) for split in rows.values() for row in split), default=-1)
    if size is not None and largest >= size:
        advice = "tokenizer and weights do not belong together: put the base's own tokenizer back into its folder"
        checklist.note("vocabulary", f"the rows use token {largest}, the base has {size}", "refuse", advice)


def context_of(base: Path) -> int | None:
    """The longest sequence in tokens that a base was made for, where its configuration says."""
    return _setting(base, "max_position_embeddings")


def _setting(base: Path, name: str) -> int | None:
    said: dict[str, Any] = orjson.loads((base / "config.json").read_bytes())
    value = said.get(name)
    return value if isinstance(value, int) else None


def _check_targets(checklist: Checklist, config: TrainConfig, rows: list[RenderedRow]) -> None:
    targets = sum(row.targets for row in rows)
    if not targets:
        checklist.note("target tokens", "none", "refuse", "the training split has nothing to learn: build a dataset with trained answers")
        return
    checklist.note("target tokens", f"{targets} of {sum(len(row.input_ids) for row in rows)} in {len(rows)} rows, per epoch")
    steps = predicted_steps(config, len(rows))
    checklist.note("predicted steps", f"{steps} ({config.epochs} epochs of {len(rows)} rows, {config.rows_per_step} rows a step)")


def _check_disk(checklist: Checklist, config: TrainConfig, project: Project, base: Path, rows: int) -> None:
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


def _probe(samples: list[Sample], tokenizer: Tokenizer, stop_ids: list[int]) -> Turn | None:
    turns = (turn for sample in samples for turn in render_turns(sample, tokenizer, stop_ids))
    return next(turns, None)
