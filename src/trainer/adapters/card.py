"""Card: the whole provenance of an adapter, so that years later anyone can tell what it is, what it came from and whether it is intact.

Written once, when the adapter is published, and never changed. What comes later (evaluations, pins) lies beside it. A card says enough to
train the adapter again and compare the bytes: configuration, data and base by digest, and how the run was carried out. Cards of the first
version, which did not know that last part, are read as well.
"""

import hashlib
import sys
from array import array
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from trainer.base.fingerprint import Fingerprint
from trainer.checklist import Accepted
from trainer.config import TrainConfig
from trainer.machine.execution import Execution
from trainer.parity.certificate import Certificate

if TYPE_CHECKING:
    from trainer.render import RenderedRow

CARD_VERSION = 2


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
    rows_digest: str | None = None
    """Of the very token ids and labels that were trained (`rows_digest`); unknown to cards of version 1."""


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
    kept_step: int | None = None
    """The step whose adapter was published; the last one, where nothing better was known."""
    ended_because: str | None = None
    """Why it ended, in words."""
    targets_per_second: float | None = None
    """Target tokens trained in a second, over all steps."""


class Card(_Part):
    """What an adapter is. ``files`` has the digest of every published file but the card itself."""

    card_version: int = CARD_VERSION
    id: str
    role: str
    base: BaseFacts
    dataset: DatasetFacts
    config: TrainConfig
    training: TrainingFacts
    execution: Execution | None = None
    """How the run was carried out; unknown to cards of version 1."""
    certificate: Certificate | None = None
    """What training rendered, for evaluation and servers to be held against; unknown to cards of version 1."""
    accepted: list[Accepted]
    warnings: list[str]
    made_by: str | None
    versions: dict[str, str]
    files: dict[str, str] = {}
    size: int = 0
    """Bytes of the published files."""

    @property
    def quantized(self) -> str | None:
        """The form of the base's 4-bit copy that was trained on, if it was."""
        return self.execution.quantized if self.execution else self.config.quantize

    def summary(self) -> dict[str, Any]:
        """What a list of adapters shows."""
        return {
            "id": self.id,
            "role": self.role,
            "base": self.base.name,
            "dataset": self.dataset.build_id,
            "quantized": self.quantized,
            "steps": self.training.steps,
            "kept_step": self.training.kept_step,
            "val_loss_before": self.training.val_loss_before,
            "val_loss_after": self.training.val_loss_after,
            "finished": self.training.finished,
            "size": self.size,
        }


def rows_digest(rows: Iterable["RenderedRow"]) -> str:
    """The digest of what is trained: ids, labels, weights and names of rows, in their order."""
    told = hashlib.sha256()
    for row in rows:
        told.update(f"{len(row.input_ids)} {row.weight!r} {row.sample_id}\n".encode())
        told.update(_little(row.input_ids))
        told.update(_little(row.labels))
    return f"sha256:{told.hexdigest()}"


def _little(ids: list[int]) -> bytes:
    numbers = array("q", ids)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()
