"""Provenance: what goes onto an adapter's card, gathered from everything that its run has found out."""

import getpass
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from agentlog import __version__
from agentlog.project import Project
from agentlog.schema.manifest import Manifest
from trainer.adapters.card import BaseFacts, Card, DatasetFacts, TrainingFacts, rows_digest
from trainer.config import TrainConfig
from trainer.machine.execution import Execution
from trainer.parity.certificate import make_certificate
from trainer.preflight import Preflight

if TYPE_CHECKING:
    from trainer.loop.loop import History

_PACKAGES = ("torch", "transformers", "peft", "tokenizers", "safetensors", "accelerate", "bitsandbytes")
"""What has a say in which bytes come out."""


def dataset_facts(manifest: Manifest, flight: Preflight) -> DatasetFacts:
    """What is trained on: the dataset by its digests, and the very rows that it was rendered to."""
    rows = flight.rows["train"]
    return DatasetFacts(
        build_id=manifest.build_id,
        splits={name: split.digest for name, split in manifest.splits.items()},
        rows=len(rows),
        targets=sum(row.targets for row in rows),
        models=manifest.models,
        rows_digest=rows_digest([*rows, *flight.rows["val"]]),
    )


def training_facts(history: "History", started: str, finished: str, resumed: bool) -> TrainingFacts:
    """How it went, from what the loop saw."""
    losses, checked = history.losses, history.checkups
    kept = history.kept_step
    after = next((checkup.val_loss for checkup in reversed(checked) if checkup.step == kept), checked[-1].val_loss if checked else None)
    return TrainingFacts(
        steps=len(losses),
        first_loss=losses[0] if losses else None,
        last_loss=losses[-1] if losses else None,
        val_loss_before=checked[0].val_loss if checked else None,
        val_loss_after=after,
        started=started,
        finished=finished,
        resumed=resumed,
        kept_step=kept,
        ended_because=history.ended_because,
        targets_per_second=history.targets / history.seconds if history.seconds else None,
    )


def make_card(
    name: str,
    config: TrainConfig,
    project: Project,
    flight: Preflight,
    dataset: DatasetFacts,
    execution: Execution,
    training: TrainingFacts,
    warnings: list[str],
) -> Card:
    """The card of the adapter that this run publishes."""
    return Card(
        id=name,
        role=config.role,
        base=BaseFacts(
            name=config.base_model,
            fingerprint=flight.fingerprint,
            deployed_model=project.role(config.role).deployed_model,
            stop_tokens=[str(token) for token in flight.tokenizer.convert_ids_to_tokens(flight.stop_ids)],
        ),
        dataset=dataset,
        config=config,
        training=training,
        execution=execution,
        certificate=make_certificate(flight.tokenizer, flight.stop_ids),
        accepted=flight.checklist.accepted,
        warnings=[*flight.checklist.warnings, *warnings],
        made_by=_user(),
        versions=versions(),
    )


def versions() -> dict[str, str]:
    """The versions of whatever has a say in which bytes come out, as far as it is installed."""
    found = {"agentlog": __version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return None
