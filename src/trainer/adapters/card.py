"""Card: the whole provenance of an adapter, so that years later anyone can tell what it is, what it came from and whether it is intact.

Written once, when the adapter is published, and never changed. What comes later (evaluations, pins) lies beside it.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

from trainer.checklist import Accepted
from trainer.config import TrainConfig
from trainer.fingerprint import Fingerprint

CARD_VERSION = 1


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, protected_namespaces=())


class BaseFacts(_Part):
    """The base as the user named it, and what it really was."""

    name: str
    fingerprint: Fingerprint
    deployed_model: str | None
    stop_tokens: list[str]


class DatasetFacts(_Part):
    """What the adapter was trained on."""

    build_id: str
    splits: dict[str, str]
    """The digest of each split's file."""
    rows: int
    targets: int
    """Tokens that carried loss, per epoch."""
    models: dict[str, int]
    """Which models had given the trained answers, and how many each."""


class TrainingFacts(_Part):
    """How the training went. Losses are means per target token, in nats."""

    steps: int
    first_loss: float | None
    last_loss: float | None
    val_loss_before: float | None
    val_loss_after: float | None
    started: str
    finished: str
    resumed: bool
    """Whether it went on from an earlier part; ``started`` is then when it went on."""


class Card(_Part):
    """What an adapter is. ``files`` has the digest of every published file but the card itself."""

    card_version: int = CARD_VERSION
    id: str
    role: str
    base: BaseFacts
    dataset: DatasetFacts
    config: TrainConfig
    training: TrainingFacts
    accepted: list[Accepted]
    warnings: list[str]
    made_by: str | None
    versions: dict[str, str]
    files: dict[str, str] = {}
    size: int = 0
    """Bytes of the published files."""

    def summary(self) -> dict[str, Any]:
        """What a list of adapters shows."""
        return {
            "id": self.id,
            "role": self.role,
            "base": self.base.name,
            "dataset": self.dataset.build_id,
            "steps": self.training.steps,
            "val_loss_before": self.training.val_loss_before,
            "val_loss_after": self.training.val_loss_after,
            "finished": self.training.finished,
            "size": self.size,
        }
