"""Reproduce: train an adapter again from its card, and compare the bytes.

The same configuration, on the dataset with the same digests and the base with the same fingerprint, carried out as the card says. On the
machine and with the versions that made it, the adapter comes out byte for byte; elsewhere rounding differs, and then it is said by how
much each tensor differs and what is other here. The new adapter stays in a folder of its own, ``<data>/reproductions/<role>/``, and is
never put into the vault: it is evidence, not a second adapter.
"""

import math
import sys
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from agentlog._clock import SYSTEM_CLOCK, Clock
from agentlog._hashing import file_digest, short
from agentlog.errors import DatasetError, TrainingRefusedError, TrainingStoppedError
from agentlog.project import Project, folder_name, load_project
from trainer.adapters.card import Card, DatasetFacts
from trainer.adapters.vault import Adapter, Vault
from trainer.listener import Listener
from trainer.offline import require_offline
from trainer.preflight import Preflight
from trainer.provenance import versions
from trainer.run import Prepared, as_done, carry_out, prepared
from trainer.run_folder import begin, new_name, write_json

REPORT = "reproduction.json"
WEIGHTS = "adapter_model.safetensors"
ADAPTER = "adapter"


class Reproduction(BaseModel):
    """What came out of training an adapter again."""

    model_config = ConfigDict(frozen=True)

    adapter: str
    folder: Path
    """Where the new adapter and its run lie."""
    identical: bool
    published_digest: str
    digest: str
    largest_difference: dict[str, float]
    """Per tensor that is not equal: the largest difference, relative to the tensor's largest value."""
    other_here: list[str]
    """What is not as it was: versions, the machine, how the run was carried out."""
    when: str


def reproduce(
    adapter: str | None = None,
    *,
    role: str | None = None,
    base_model: str | None = None,
    project: Project | None = None,
    listener: Listener | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> Reproduction:
    """Train an adapter again from its card and compare its weights with the published ones.

    Args:
        adapter: the id of an adapter in the vault; the newest one when left out.
        role: only adapters of this role.
        base_model: where the base lies now; where the card says, when left out. It must have the same fingerprint.
        project: what agentlog.yaml says; read from the current folder when left out.
        listener: hears of the checklist, each step and each check-up.
        clock: where dates come from.

    Raises:
        VaultError: there is no such adapter, or its files are not as its card says.
        TrainingRefusedError: its base, its dataset or its device is not at hand as it was.
        MissingExtraError: torch, transformers or peft is not installed.
    """
    require_offline(("torch", "transformers", "peft"), "train")
    from trainer.base.model import write_adapter

    project, listener = project or load_project(), listener or Listener()
    vault = Vault(project.data, clock)
    published = vault.open(role, adapter)
    vault.insist(published)
    card = published.card
    reason = card.config.accept or f"to reproduce adapter {card.id}; nothing is published"
    # What the published run reported to learns nothing from a second time.
    changed = {"accept": reason, "base_model": base_model or card.base.name, "report_to": ()}
    config = card.config.model_copy(update=changed)
    try:
        ready = prepared(config, project, listener, execution=card.execution, agrees=lambda *now: _insist_as_it_was(card, *now))
    except DatasetError as error:
        raise TrainingRefusedError(f"adapter {card.id} cannot be trained again: {error}") from error
    run = _folder(project, card)
    begin(run, ready.config, ready.flight.checklist, ready.flight.fingerprint, ready.dataset, ready.execution)
    try:
        history, _ = carry_out(ready, run, listener)
    except TrainingStoppedError as error:
        said = str(error).replace("go on with --resume", "a reproduction is begun anew")
        raise TrainingStoppedError(said, error.signal) from error
    ready = replace(ready, execution=as_done(ready.execution, history))
    write_adapter(ready.model, run / ADAPTER)
    made = _compared(published, run, ready, clock)
    write_json(run / REPORT, made)
    return made


def _folder(project: Project, card: Card) -> Path:
    # The name of a run ends with its time and some chance, so a second reproduction is another folder.
    folder = project.data / "reproductions" / folder_name(card.role) / f"{card.id}-{new_name('').removeprefix('-')}"
    folder.mkdir(parents=True)
    return folder


def _insist_as_it_was(card: Card, flight: Preflight, dataset: DatasetFacts) -> None:
    was = card.base.fingerprint
    now = flight.fingerprint_by(was.scheme)
    if differs := was.differs(now):
        raise TrainingRefusedError(
            f"the base is not what adapter {card.id} was trained on: its {' and '.join(differs)} differ "
            f"(then {short(was.overall)}, now {short(now.overall)}). Put it back, or say with --base-model where it lies"
        )
    other = sorted(name for name in {*card.dataset.splits, *dataset.splits} if card.dataset.splits.get(name) != dataset.splits.get(name))
    if other:
        raise TrainingRefusedError(
            f"dataset {card.dataset.build_id} is not what adapter {card.id} was trained on: its splits {', '.join(other)} have other "
            "digests. Put it back as it was"
        )
    if card.dataset.rows_digest not in (None, dataset.rows_digest):
        how = "; ".join(card.certificate.differs(flight.tokenizer, flight.stop_ids)) if card.certificate else ""
        raise TrainingRefusedError(
            f"the rows of adapter {card.id} are rendered to other tokens than they were{f' ({how})' if how else ''}, "
            f"so other weights would come out: install the versions on its card ({_listed(card.versions)})"
        )


def _listed(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in versions.items())


def _compared(published: Adapter, run: Path, ready: Prepared, clock: Clock) -> Reproduction:
    before, now = file_digest(published.folder / WEIGHTS), file_digest(run / ADAPTER / WEIGHTS)
    return Reproduction(
        adapter=published.card.id,
        folder=run,
        identical=before == now,
        published_digest=before,
        digest=now,
        largest_difference={} if before == now else _differences(published.folder / WEIGHTS, run / ADAPTER / WEIGHTS),
        other_here=_other_here(published.card, ready),
        when=clock.timestamp(),
    )


def _differences(published: Path, made: Path) -> dict[str, float]:
    """How far each tensor is from its published self; infinitely far if one of both does not have it or it has another shape."""
    from safetensors.torch import load_file

    one, other = load_file(published), load_file(made)
    found: dict[str, float] = {}
    for name in sorted({*one, *other}):
        if name not in one or name not in other or one[name].shape != other[name].shape:
            found[name] = math.inf
            continue
        left, right = one[name].double(), other[name].double()
        if (largest := float((left - right).abs().max())) > 0:
            found[name] = largest / max(float(left.abs().max()), sys.float_info.min)
    return found


def _other_here(card: Card, ready: Prepared) -> list[str]:
    now = versions()
    other = [
        f"{name} was {card.versions.get(name, 'not known')}, is {now.get(name, 'not installed')}"
        for name in sorted({*card.versions, *now})
        if card.versions.get(name) != now.get(name)
    ]
    if card.execution is None:
        return [*other, f"the card is of version {card.card_version} and does not say how the run was carried out"]
    if card.training.resumed:
        other.append("the published run had been stopped and resumed")
    was, here = card.execution, ready.execution
    for field in ("device", "dtype", "quantized", "threads", "layout", "head", "batch_tokens", "halved", "gradient_checkpointing"):
        if getattr(was, field) != getattr(here, field):
            other.append(f"{field.replace('_', ' ')} was {getattr(was, field)}, is {getattr(here, field)}")
    return other
