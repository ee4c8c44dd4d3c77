"""Vault: where adapters live, ``<data>/adapters/<role>/<adapter-id>/``, each with its card.

An adapter appears whole or not at all, an id is never given twice, and nothing here deletes anything. The card says what every file's
digest must be, so damage is found and named. A pin and the evaluations lie beside the card and never change it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from agentlog._clock import SYSTEM_CLOCK, Clock
from agentlog._hashing import file_digest
from agentlog._io.atomic import publish_folder, sync_folder, write_file
from agentlog.errors import VaultError
from trainer.adapters.card import Card

CARD = "card.json"
PIN = "pinned.json"
EVALUATIONS = "evaluations"


@dataclass(frozen=True, slots=True)
class Adapter:
    """A published adapter: its folder and its card."""

    folder: Path
    card: Card

    @property
    def pinned(self) -> bool:
        """Whether someone asked for it to be kept whatever happens."""
        return (self.folder / PIN).is_file()

    def evaluations(self) -> list[dict[str, Any]]:
        """What was found out about it, oldest first."""
        return [orjson.loads(file.read_bytes()) for file in sorted((self.folder / EVALUATIONS).glob("*.json"))]


class Vault:
    """The adapters of a data folder."""

    def __init__(self, data: Path, clock: Clock = SYSTEM_CLOCK) -> None:
        self.root = Path(data) / "adapters"
        self._clock = clock

    def publish(self, card: Card, fill: Callable[[Path], None]) -> Adapter:
        """Publish an adapter: ``fill`` writes its files into a folder that nobody sees before it is complete.

        Raises:
            VaultError: an adapter of that id is there already.
        """
        final = self.root / card.role / card.id
        try:
            with publish_folder(final) as staging:
                fill(staging)
                (staging / "README.md").write_text(_readme(card), encoding="utf-8")
                files = sorted(path for path in staging.iterdir() if path.is_file())
                card = card.model_copy(
                    update={"files": {path.name: file_digest(path) for path in files}, "size": sum(path.stat().st_size for path in files)}
                )
                write_file(staging / CARD, orjson.dumps(card.model_dump(mode="json"), option=orjson.OPT_INDENT_2))
        except FileExistsError as error:
            raise VaultError(f"adapter {card.id} of role {card.role} is there already and is never overwritten: train a new one") from error
        return Adapter(final, card)

    def list(self, role: str | None = None) -> Sequence[Adapter]:
        """Every adapter whose card can be read, oldest first; `damaged` names the others."""
        return [Adapter(folder, card) for folder in self._folders(role) if (card := _card(folder)) is not None]

    def damaged(self, role: str | None = None) -> Sequence[Path]:
        """Folders that hold no readable card."""
        return [folder for folder in self._folders(role) if _card(folder) is None]

    def open(self, role: str | None = None, id: str | None = None) -> Adapter:  # noqa: A002 - the noun of the card
        """An adapter by its id, or the newest one of a role.

        Raises:
            VaultError: there is none; the message says which there are.
        """
        found = self.list(role)
        chosen = found if id is None else [adapter for adapter in found if adapter.card.id == id]
        if not chosen:
            wanted = " ".join([f"adapter {id}" if id else "adapter", *([f"of role {role}"] if role else [])])
            there = ", ".join(adapter.card.id for adapter in found) or "none; train one with `agentlog train`"
            if damaged := [folder.name for folder in self.damaged(role)]:
                there += f". The cards of {', '.join(damaged)} cannot be read: restore them from a copy"
            raise VaultError(f"no {wanted} in {self.root}; there is: {there}")
        return chosen[-1]

    def verify(self, adapter: Adapter) -> Sequence[str]:
        """What is wrong with an adapter's files, in words; empty if every one is as its card says."""
        problems = []
        for name, wanted in adapter.card.files.items():
            file = adapter.folder / name
            if not file.is_file():
                problems.append(f"{file} is missing")
            elif file_digest(file) != wanted:
                problems.append(f"{file} is not what was published: its digest differs from the card's")
        return problems

    def insist(self, adapter: Adapter) -> None:
        """Go on only with an intact adapter.

        Raises:
            VaultError: a file of it is missing or changed.
        """
        if problems := self.verify(adapter):
            raise VaultError(f"adapter {adapter.card.id} is damaged: {'; '.join(problems)}. Restore it from a copy, or train it again")

    def pin(self, adapter: Adapter, reason: str = "") -> None:
        """Ask for an adapter to be kept whatever happens."""
        said = {"reason": reason, "since": self._clock.timestamp()}
        write_file(adapter.folder / PIN, orjson.dumps(said, option=orjson.OPT_INDENT_2))

    def unpin(self, adapter: Adapter) -> None:
        """Take a pin back; nothing happens to an adapter without one."""
        (adapter.folder / PIN).unlink(missing_ok=True)
        sync_folder(adapter.folder)

    def _folders(self, role: str | None) -> Sequence[Path]:
        roles = self.root.iterdir() if self.root.is_dir() else iter(())
        folders = [
            folder
            for place in roles
            if place.is_dir() and role in (None, place.name)
            for folder in place.iterdir()
            if folder.is_dir() and not folder.name.startswith(".")
        ]
        return sorted(folders, key=_age)


def _age(folder: Path) -> tuple[str, str]:
    card = _card(folder)
    return (card.training.finished if card else "", folder.name)


def _card(folder: Path) -> Card | None:
    try:
        return Card.model_validate_json((folder / CARD).read_bytes())
    except (OSError, ValidationError):
        return None


def _readme(card: Card) -> str:
    lines = [
        f"# Adapter {card.id}",
        "",
        f"A LoRA adapter (r={card.config.lora.r}, alpha={card.config.lora.alpha}) for the role **{card.role}**.",
        "",
        f"- Base: `{card.base.name}` ({card.base.fingerprint.overall})",
        *(
            [f"- Trained on a 4-bit copy of that base ({card.quantized}); merge it into the full-precision one only"]
            if card.quantized
            else []
        ),
        f"- Deployed model of the role: `{card.base.deployed_model or 'none named'}`",
        f"- Dataset: `{card.dataset.build_id}`, {card.dataset.rows:,} rows, {card.dataset.targets:,} target tokens per epoch",
        *_training(card),
        *(f"- Accepted in spite of “{item.item}: {item.finding}”: {item.reason}" for item in card.accepted),
        *(f"- Warned of: {warning}" for warning in card.warnings),
        "",
        "`card.json` holds everything else. An adapter belongs to the base with this very fingerprint and to no other.",
        f"To train it again and compare: `agentlog reproduce {card.id}`.",
        "",
    ]
    return "\n".join(lines)


def _training(card: Card) -> list[str]:
    facts, how = card.training, card.execution
    loss = [value for value in (facts.val_loss_before, facts.val_loss_after) if value is not None]
    kept = f"; kept is step {facts.kept_step}" if facts.kept_step not in (None, facts.steps) else ""
    ended = f" ({facts.ended_because})" if facts.ended_because else ""
    rate = f", {facts.targets_per_second:,.0f} target tokens a second" if facts.targets_per_second else ""
    lines = [
        f"- Training: {facts.steps} steps, finished {facts.finished}{ended}{kept}{rate}",
        f"- Validation loss: {' → '.join(f'{value:.4f}' for value in loss) or 'not measured'}",
    ]
    if how:
        halved = "".join(f", of {tokens} from step {at} on" for at, tokens in how.halved.items())
        lines.append(f"- Carried out on {how.device}: {how.dtype}, {how.layout} rows, passes of {how.batch_tokens} tokens{halved}")
    return lines
