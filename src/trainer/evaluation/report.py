"""Evaluation: the whole result of comparing an adapter with its own base, as it is kept beside the adapter's card."""

from pydantic import BaseModel, ConfigDict

from trainer.config import EvalConfig
from trainer.evaluation.compare import Paired
from trainer.evaluation.gate import Verdict


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Side(_Part):
    """How one side answered one question. ``loss`` is the mean NLL per target token of the reference, in nats."""

    answer: str
    tokens: int
    stopped: bool
    loss: float
    scores: dict[str, float]


class Result(_Part):
    """One question and what both sides made of it."""

    question: str
    sample_id: str
    task_type: str
    targets: int
    reference: str
    base: Side
    adapter: Side


class Speed(_Part):
    """Generated tokens per second, measured in this evaluation on this machine."""

    base: float
    adapter: float


class Evaluation(_Part):
    """An adapter against its own base on the held-out split of its own dataset."""

    id: str
    adapter: str
    role: str
    base: str
    dataset: str
    split: str
    when: str
    config: EvalConfig
    max_new_tokens: int
    left_out: int
    """Answers that had no room in the base's context."""
    unproven: int = 0
    """Answers whose reference cannot be proven."""
    why_unproven: str = ""
    metrics: dict[str, Paired]
    by_task_type: dict[str, dict[str, Paired]]
    speed: Speed
    verdict: Verdict
    results: list[Result]
