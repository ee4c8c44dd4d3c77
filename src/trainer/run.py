"""Run: one training, from a dataset and a named base to an adapter in the vault.

A run has a folder, ``<data>/runs/<role>/<run-id>/``, with its configuration, checklist, metrics, loss plot and checkpoints. The adapter
bears the run's id, and appears in the vault only when it is whole. A run that was stopped goes on from its newest whole checkpoint, under
the very configuration, base, rows and execution it began with. A rehearsal does everything but the steps, and begins neither.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentlog._clock import SYSTEM_CLOCK, Clock
from agentlog.dataset.reader import find_dataset, open_dataset
from agentlog.errors import TrainingRefusedError, TrainingStoppedError
from agentlog.project import Project, load_project
from trainer.adapters.card import Card, DatasetFacts
from trainer.adapters.vault import Adapter, Vault
from trainer.checklist import Checklist
from trainer.config import TrainConfig
from trainer.listener import Listener
from trainer.loop.checkpoint import hold, newest_whole, steps_of
from trainer.loop.plot import Plotting
from trainer.loop.reports import insist_on_reports
from trainer.machine.allocator import memory_kept
from trainer.machine.execution import Execution
from trainer.offline import require_offline
from trainer.outlook import note_execution, note_promises
from trainer.preflight import Preflight, inspect
from trainer.preflight.room import check_memory, note_time
from trainer.provenance import dataset_facts, make_card, training_facts
from trainer.run_folder import as_begun, begin, execution_of, insist_same, new_run, runs_folder, unfinished
from trainer.steps.order import StepPlan

if TYPE_CHECKING:
    from trainer.loop.loop import History, Material

__all__ = ["Prepared", "Rehearsal", "TrainResult", "carry_out", "prepared", "rehearse", "runs_folder", "train"]


@dataclass(frozen=True, slots=True)
class TrainResult:
    """A finished run: its folder, the adapter it published, the checklist it began with, and its picture if one could be drawn."""

    run: Path
    adapter: Adapter
    checklist: Checklist
    plot: Path | None = None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a run would do: its whole configuration, its checklist, what it would train on, and how it would be carried out."""

    config: TrainConfig
    checklist: Checklist
    dataset: DatasetFacts
    execution: Execution

    def to_json(self) -> dict[str, Any]:
        """The rehearsal as a JSON value."""
        return {name: getattr(self, name).model_dump(mode="json") for name in ("config", "checklist", "dataset", "execution")}


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that a run needs before its first step: proven rows, the base with a fresh adapter on it, and how it is carried out."""

    config: TrainConfig
    flight: Preflight
    dataset: DatasetFacts
    model: Any
    material: "Material"
    execution: Execution


def train(
    config: TrainConfig,
    *,
    project: Project | None = None,
    listener: Listener | None = None,
    resume: bool = False,
    clock: Clock = SYSTEM_CLOCK,
) -> TrainResult:
    """Train one adapter on a role's dataset and publish it.

    Args:
        config: what to train; the role and the base are named, never guessed.
        project: what agentlog.yaml says; read from the current folder when left out.
        listener: hears of the checklist, each step and each check-up.
        resume: go on with the role's newest run that has published nothing yet.
        clock: where dates come from.

    Raises:
        DatasetError: there is no intact dataset for the role.
        MissingExtraError: torch, transformers or peft is not installed.
        TrainingRefusedError: preflight said no, there is no such run to resume, it was begun otherwise, or another process has it.
        TrainingStoppedError: a guard or a signal stopped the run, or its adapter could not be published.
    """
    project, listener, started = project or load_project(), listener or Listener(), clock.timestamp()
    vault = Vault(project.data, clock)
    with ExitStack() as held:
        held.enter_context(memory_kept())
        # Held before anything is loaded: of two processes that go on with a run, one hears at once that it is taken.
        run = _taken(held, project, config.role, vault) if resume else None
        require_offline(("torch", "transformers", "peft"), "train")
        if run is not None:
            ready = _prepared_again(run, config, project, listener)
        else:
            ready = prepared(config, project, listener)
            run = new_run(project, config.role)
            held.enter_context(hold(run))
            begin(run, ready.config, ready.flight.checklist, ready.flight.fingerprint, ready.dataset, ready.execution)
        history, plot = carry_out(ready, run, listener)

        facts = training_facts(history, started, clock.timestamp(), resume)
        execution = as_done(ready.execution, history)
        card = make_card(run.name, ready.config, project, ready.flight, ready.dataset, execution, facts, history.warnings)
        return TrainResult(run, _published(vault, card, ready.model, run), ready.flight.checklist, plot)


def rehearse(config: TrainConfig, *, project: Project | None = None, listener: Listener | None = None) -> Rehearsal:
    """Do everything but the steps: look, load, prove, measure and say. Neither a run nor an adapter is begun.

    Raises:
        DatasetError: there is no intact dataset for the role.
        MissingExtraError: torch, transformers or peft is not installed.
        TrainingRefusedError: a training would be refused.
    """
    require_offline(("torch", "transformers", "peft"), "train")
    with memory_kept():
        ready = prepared(config, project or load_project(), listener or Listener())
    return Rehearsal(ready.config, ready.flight.checklist, ready.dataset, ready.execution)


def prepared(
    config: TrainConfig,
    project: Project,
    listener: Listener,
    *,
    execution: Execution | None = None,
    agrees: Callable[[Preflight, DatasetFacts], None] = lambda flight, dataset: None,
) -> Prepared:
    """Look at everything, load the base, and settle how the run is carried out; the listener hears the checklist.

    Args:
        config: what to train.
        project: what agentlog.yaml says.
        listener: hears the whole checklist, or the one that refuses.
        execution: how it is to be carried out; decided and proven here when left out.
        agrees: raises if this is not the base or the data that it must be.

    Raises:
        DatasetError: there is no intact dataset for the role.
        MissingExtraError: something to report to is not installed.
        TrainingRefusedError: preflight said no.
    """
    from trainer.loop.loop import Material
    from trainer.machine.pace import measure_pace
    from trainer.steps.step import Stepper

    insist_on_reports(config.report_to)
    dataset = open_dataset(find_dataset(project.data, config.role, config.dataset))
    config = config.model_copy(update={"dataset": dataset.manifest.build_id})
    flight = inspect(config, project, dataset)
    facts, rows, checklist = dataset_facts(dataset.manifest, flight), flight.rows, flight.checklist
    agrees(flight, facts)
    try:
        checklist.insist()
        model, execution = _loaded(config, flight, execution)
    except TrainingRefusedError:
        listener.checklist(checklist)
        raise
    material = Material(flight.tokenizer, rows["train"], rows["val"], flight.probe, flight.stop_ids, flight.pad_id)
    note_execution(checklist, execution)
    plan = StepPlan(rows["train"], config.rows_per_step, config.seed)
    pace = measure_pace(model, Stepper(model, execution, flight.pad_id), rows["train"], plan, config.epochs)
    note_time(checklist, pace)
    note_promises(checklist, config, val_rows=len(rows["val"]))
    listener.checklist(checklist)
    return Prepared(config, flight, facts, model, material, execution)


def carry_out(ready: Prepared, run: Path, listener: Listener) -> "tuple[History, Path | None]":
    """Take the steps that are left in a run's folder; the model then holds the adapter that is kept.

    Raises:
        TrainingStoppedError: a guard or a person stopped the run.
    """
    from trainer.loop.loop import train_loop
    from trainer.loop.metrics import METRICS

    plotting = Plotting(run, METRICS, listener)
    history = train_loop(ready.model, ready.material, ready.config, ready.execution, run, plotting, newest_whole(run))
    return history, plotting.draw(history.kept_step)


def as_done(execution: Execution, history: "History") -> Execution:
    """How a run was carried out in the end: as it began, with the passes that were halved on the way."""
    return execution.model_copy(update={"halved": {**execution.halved, **history.halved}})


def _taken(held: ExitStack, project: Project, role: str, vault: Vault) -> Path:
    """The run to go on with, held by this process alone."""
    run = unfinished(project, role, vault)
    held.enter_context(hold(run))
    if any(adapter.card.id == run.name for adapter in vault.list(role)):
        raise TrainingRefusedError(f"run {run.name} was published by another process a moment ago: there is nothing left to resume")
    return run


def _prepared_again(run: Path, config: TrainConfig, project: Project, listener: Listener) -> Prepared:
    config, execution = as_begun(run, config), execution_of(run)
    return prepared(config, project, listener, execution=execution, agrees=lambda flight, facts: insist_same(run, flight, facts))


def _published(vault: Vault, card: Card, model: Any, run: Path) -> Adapter:
    from trainer.base.model import write_adapter

    try:
        return vault.publish(card, lambda folder: write_adapter(model, folder))
    except OSError as error:
        whole = newest_whole(run)
        left = "nothing is trained again" if whole and steps_of(whole) == card.training.steps else "the steps since then are taken again"
        saved = f"{whole.name} is whole, so {left}" if whole else "no checkpoint could be written either, so it begins again"
        raise TrainingStoppedError(
            f"run {run.name} is trained, but its adapter could not be published ({error.strerror or error}): {saved}. "
            "Mend that, and go on with --resume"
        ) from error


def _loaded(config: TrainConfig, flight: Preflight, said: Execution | None) -> tuple[Any, Execution]:
    """The base with a fresh adapter on it, and how the run is carried out: as said, or else as this machine and this model allow."""
    from trainer.base.model import attach_lora, checkpoint_gradients, load_base
    from trainer.machine import hardware, memory
    from trainer.steps.proof import prove

    asked = config if said is None else config.model_copy(update={"threads": said.threads, "dtype": said.dtype})
    machine = hardware.survey(asked, flight.base)
    check_memory(flight.checklist, config, flight.base, machine.dtype)
    flight.checklist.insist()
    if said is not None and said.device.split()[0] != machine.device.split()[0]:
        raise TrainingRefusedError(
            f"it was begun on {said.device}, and here it would run on {machine.device}, where other numbers come out: "
            "go to such a machine, or hide the GPU with CUDA_VISIBLE_DEVICES='' if it is that"
        )
    base = load_base(flight.base, machine.dtype, quantize=config.quantize, allow_hub=config.allow_hub)
    model = attach_lora(base, config.lora, config.base_model, config.seed)
    execution = said
    if execution is None:
        lengths = [len(row.input_ids) for split in flight.rows.values() for row in split]
        hoped = Execution(
            device=machine.device,
            dtype=machine.dtype,
            quantized=config.quantize,
            threads=machine.threads,
            layout="flat",
            head="targets",
            batch_tokens=config.batch_tokens or max(lengths),
            gradient_checkpointing=config.gradient_checkpointing == "on",
            reasons=machine.reasons,
        )
        fitting = memory.fit(config, memory.measure(model, max(lengths)), lengths, hoped, flight.checklist)
        # Held-out rows too: each check-up lays them out as the training ones are, and the longest may be one of them.
        execution = prove(model, [row for split in flight.rows.values() for row in split], fitting, flight.pad_id)
    if execution.gradient_checkpointing:
        checkpoint_gradients(model)
    return model, execution
