"""Run: one training, from a dataset and a named base to an adapter in the vault.

A run has a folder, ``<data>/runs/<role>/<run-id>/``, with its configuration, checklist, metrics and checkpoints. The adapter bears the
run's id, and appears in the vault only when it is whole. A run that was stopped goes on from its newest whole checkpoint, under the very
configuration it began with.
"""

import getpass
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from agentlog import __version__
from agentlog._clock import SYSTEM_CLOCK, Clock
from agentlog._extras import require_all
from agentlog._ids import uuid7
from agentlog._io.atomic import write_file
from agentlog.dataset.reader import Dataset, find_dataset, open_dataset
from agentlog.errors import TrainingRefusedError
from agentlog.project import Project, folder_name, load_project
from trainer.adapters.card import BaseFacts, Card, DatasetFacts, TrainingFacts
from trainer.adapters.vault import Adapter, Vault
from trainer.checklist import Checklist
from trainer.checkpoint import newest_whole
from trainer.config import TrainConfig
from trainer.listener import Listener
from trainer.preflight import Preflight, inspect
from trainer.preflight.room import note_time

if TYPE_CHECKING:
    from trainer.loop import History

CONFIG = "config.yaml"
CHECKLIST = "checklist.json"


@dataclass(frozen=True, slots=True)
class TrainResult:
    """A finished run: its folder, the adapter it published, and the checklist it began with."""

    run: Path
    adapter: Adapter
    checklist: Checklist


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
        TrainingRefusedError: preflight said no, or there is no such run to resume.
        TrainingStoppedError: a guard stopped the run.
    """
    require_all(("torch", "transformers", "peft"), "train")
    from trainer.loop import Material, seconds_per_row, train_loop
    from trainer.model import attach_lora, load_base, write_adapter

    project, listener, started = project or load_project(), listener or Listener(), clock.timestamp()
    vault = Vault(project.data, clock)
    run = _unfinished(project, config.role, vault) if resume else None
    config = config if run is None else _as_begun(run, config)
    dataset = open_dataset(find_dataset(project.data, config.role, config.dataset))
    config = config.model_copy(update={"dataset": dataset.manifest.build_id})
    flight = inspect(config, project, dataset)
    if flight.checklist.refusals:
        listener.checklist(flight.checklist)
        flight.checklist.insist()

    model = attach_lora(load_base(flight.base, config.dtype, allow_hub=config.allow_hub), config.lora, config.base_model, config.seed)
    rows = flight.rows
    material = Material(flight.tokenizer, rows["train"], rows["val"], flight.probe, flight.stop_ids, flight.pad_id)
    note_time(flight.checklist, config, len(rows["train"]), seconds_per_row(model, material))
    listener.checklist(flight.checklist)
    run = run or _new_run(project, config, flight.checklist)
    history = train_loop(model, material, config, run, listener, newest_whole(run))

    facts = _training_facts(history, started, clock.timestamp(), resume)
    card = _card(run.name, config, project, dataset, flight, facts, history.warnings)
    adapter = vault.publish(card, lambda folder: write_adapter(model, folder))
    return TrainResult(run, adapter, flight.checklist)


def runs_folder(project: Project, role: str) -> Path:
    """Where the runs of a role lie."""
    return project.data / "runs" / folder_name(role)


def _new_run(project: Project, config: TrainConfig, checklist: Checklist) -> Path:
    # The first 12 digits are the time in milliseconds, so names sort by age; the last keep two runs of one moment apart.
    digits = uuid7().replace("-", "")
    run = runs_folder(project, config.role) / f"{config.role}-{digits[:12]}-{digits[-6:]}"
    run.mkdir(parents=True)
    write_file(run / CONFIG, config.to_yaml().encode())
    write_file(run / CHECKLIST, orjson.dumps(checklist.to_json(), option=orjson.OPT_INDENT_2))
    return run


def _unfinished(project: Project, role: str, vault: Vault) -> Path:
    published = {adapter.card.id for adapter in vault.list(role)}
    runs = [path.parent for path in runs_folder(project, role).glob(f"*/{CONFIG}") if path.parent.name not in published]
    if not runs:
        raise TrainingRefusedError(f"role {role} has no unfinished run to resume: leave out --resume to begin one")
    return max(runs, key=lambda path: path.name)


def _as_begun(run: Path, config: TrainConfig) -> TrainConfig:
    """The configuration that a run began with; what is now said must not contradict it."""
    begun = TrainConfig.from_yaml(run / CONFIG)
    said = {name: getattr(config, name) for name in config.model_fields_set - {"accept"}}
    other = [f"{name} was {getattr(begun, name)}, not {value}" for name, value in said.items() if value not in (None, getattr(begun, name))]
    if other:
        raise TrainingRefusedError(f"run {run.name} was begun otherwise: {'; '.join(sorted(other))}. Say the same, or begin a new run")
    return begun


def _training_facts(history: "History", started: str, finished: str, resumed: bool) -> TrainingFacts:
    losses, checked = history.losses, [checkup.val_loss for checkup in history.checkups]
    return TrainingFacts(
        steps=len(losses),
        first_loss=losses[0] if losses else None,
        last_loss=losses[-1] if losses else None,
        val_loss_before=checked[0] if checked else None,
        val_loss_after=checked[-1] if checked else None,
        started=started,
        finished=finished,
        resumed=resumed,
    )


def _card(
    id_: str, config: TrainConfig, project: Project, dataset: Dataset, flight: Preflight, facts: TrainingFacts, warnings: list[str]
) -> Card:
    manifest, rows = dataset.manifest, flight.rows["train"]
    return Card(
        id=id_,
        role=config.role,
        base=BaseFacts(
            name=config.base_model,
            fingerprint=flight.fingerprint,
            deployed_model=project.role(config.role).deployed_model,
            stop_tokens=[str(token) for token in flight.tokenizer.convert_ids_to_tokens(flight.stop_ids)],
        ),
        dataset=DatasetFacts(
            build_id=manifest.build_id,
            splits={name: split.digest for name, split in manifest.splits.items()},
            rows=len(rows),
            targets=sum(row.targets for row in rows),
            models=manifest.models,
        ),
        config=config,
        training=facts,
        accepted=flight.checklist.accepted,
        warnings=[*flight.checklist.warnings, *warnings],
        made_by=_user(),
        versions={"agentlog": __version__, **{name: version(name) for name in ("torch", "transformers", "peft")}},
    )


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return None
