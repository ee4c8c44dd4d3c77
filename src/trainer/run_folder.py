"""Run folder: what a run writes down when it begins, ``<data>/runs/<role>/<run-id>/``, and what a resumed one must find unchanged.

    config.yaml        what was asked for
    checklist.json     what was found before the first step
    fingerprint.json   the base, by content
    dataset.json       the dataset, its splits and the very rows, by digest
    execution.json     how the run is carried out on this machine

A run that goes on with anything else would end in an adapter that no card can tell the truth about: it is refused, with both sides shown.
"""

from pathlib import Path
from typing import TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from agentlog._hashing import short
from agentlog._ids import uuid7
from agentlog._io.atomic import write_file
from agentlog.errors import TrainingRefusedError
from agentlog.project import Project, folder_name
from trainer.adapters.card import DatasetFacts
from trainer.adapters.vault import Vault
from trainer.base.fingerprint import Fingerprint, same_base
from trainer.checklist import Checklist
from trainer.config import TrainConfig
from trainer.machine.execution import Execution
from trainer.preflight import Preflight

CONFIG = "config.yaml"
CHECKLIST = "checklist.json"
FINGERPRINT = "fingerprint.json"
DATASET = "dataset.json"
EXECUTION = "execution.json"

_Facts = TypeVar("_Facts", bound=BaseModel)


def runs_folder(project: Project, role: str) -> Path:
    """Where the runs of a role lie."""
    return project.data / "runs" / folder_name(role)


def new_name(role: str) -> str:
    """A name that no run had before. The first 12 digits are the time in milliseconds, so names sort by age."""
    digits = uuid7().replace("-", "")
    return f"{role}-{digits[:12]}-{digits[-6:]}"


def new_run(project: Project, role: str) -> Path:
    """An empty folder for a run that begins."""
    folder = runs_folder(project, role) / new_name(role)
    folder.mkdir(parents=True)
    return folder


def begin(folder: Path, config: TrainConfig, checklist: Checklist, base: Fingerprint, dataset: DatasetFacts, execution: Execution) -> Path:
    """Write down in a run's folder what it begins with; the configuration is last, so a run that has one has everything."""
    for name, facts in ((CHECKLIST, checklist), (FINGERPRINT, base), (DATASET, dataset), (EXECUTION, execution)):
        write_json(folder / name, facts)
    write_file(folder / CONFIG, config.to_yaml().encode())
    return folder


def write_json(file: Path, facts: BaseModel) -> None:
    """Write facts for a person to read as well."""
    write_file(file, orjson.dumps(facts.model_dump(mode="json"), option=orjson.OPT_INDENT_2))


def unfinished(project: Project, role: str, vault: Vault) -> Path:
    """The newest run of a role that has published nothing yet.

    Raises:
        TrainingRefusedError: there is none.
    """
    published = {adapter.card.id for adapter in vault.list(role)}
    runs = [path.parent for path in runs_folder(project, role).glob(f"*/{CONFIG}") if path.parent.name not in published]
    if not runs:
        raise TrainingRefusedError(f"role {role} has no unfinished run to resume: leave out --resume to begin one")
    return max(runs, key=lambda path: path.name)


def as_begun(run: Path, config: TrainConfig) -> TrainConfig:
    """The configuration that a run began with; what is now said must not contradict it.

    Raises:
        TrainingRefusedError: it does.
    """
    begun = TrainConfig.from_yaml(run / CONFIG)
    said = {name: getattr(config, name) for name in config.model_fields_set - {"accept"}}
    other = [f"{name} was {getattr(begun, name)}, not {value}" for name, value in said.items() if value not in (None, getattr(begun, name))]
    if other:
        raise TrainingRefusedError(f"run {run.name} was begun otherwise: {'; '.join(sorted(other))}. Say the same, or begin a new run")
    return begun


def execution_of(run: Path) -> Execution:
    """How a run is carried out, as it was decided when it began.

    Raises:
        TrainingRefusedError: nothing readable was written down.
    """
    return _read(run, EXECUTION, Execution)


def insist_same(run: Path, flight: Preflight, dataset: DatasetFacts) -> None:
    """Go on only with the base and the rows that a run began with.

    Raises:
        TrainingRefusedError: something changed since; the message has both sides.
    """
    was, rows = _read(run, FINGERPRINT, Fingerprint), _read(run, DATASET, DatasetFacts)
    base = same_base(was, flight.fingerprint_by(was.scheme))
    changed = [f"the base is another: {', '.join(base)}"] if base else []
    for split in sorted({*rows.splits, *dataset.splits}):
        before, now = rows.splits.get(split), dataset.splits.get(split)
        if before != now:
            changed.append(f"the split {split} was {_short(before)}, and is {_short(now)}")
    if not changed and rows.rows_digest != dataset.rows_digest:
        changed.append(f"the rendered rows were {_short(rows.rows_digest)}, and are {_short(dataset.rows_digest)}")
    if changed:
        raise TrainingRefusedError(f"run {run.name} cannot go on: {'; '.join(changed)}. Put it back as it was, or begin a new run")


def _read(run: Path, name: str, kind: type[_Facts]) -> _Facts:
    try:
        return kind.model_validate_json((run / name).read_bytes())
    except FileNotFoundError as error:
        raise TrainingRefusedError(
            f"run {run.name} cannot go on: it has no {name}, so it was begun by an older agentlog. Begin a new run, without --resume"
        ) from error
    except ValidationError as error:
        raise TrainingRefusedError(f"run {run.name} cannot go on: its {name} is damaged. Begin a new run, without --resume") from error


def _short(digest: str | None) -> str:
    return short(digest) if digest else "unknown"
