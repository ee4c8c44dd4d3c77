"""What a stage hands back: what it kept, what it dropped and why, and what it counted on the way."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict


class DropReason(StrEnum):
    """Why an answer is not trained: a closed set, so that every report can explain every drop."""

    NO_PROMPT = "no_prompt"
    NO_ANSWER = "no_answer"
    CALL_FAILED = "call_failed"
    NOT_SELECTED = "not_selected"
    CHANGED = "changed"
    FAILED = "failed"
    LOW_RATING = "low_rating"
    LOW_REVIEW_SCORE = "low_review_score"
    UNVERIFIED = "unverified"
    SCRUB_FAILED = "scrub_failed"
    LEAK = "leak"
    EXACT_DUPLICATE = "exact_duplicate"
    NEAR_DUPLICATE = "near_duplicate"
    CONTAMINATED = "contaminated"
    BALANCE_CAP = "balance_cap"


EXPLANATIONS: dict[DropReason, str] = {
    DropReason.NO_PROMPT: "the log does not say what was asked",
    DropReason.NO_ANSWER: "the call returned nothing to learn from",
    DropReason.CALL_FAILED: "the call raised an error or was interrupted",
    DropReason.NOT_SELECTED: "left out by the build's selection",
    DropReason.CHANGED: "the log could not hold its text, or its prompt, as it was",
    DropReason.FAILED: "the answer failed when it was used",
    DropReason.LOW_RATING: "a person rated it low",
    DropReason.LOW_REVIEW_SCORE: "a reviewer scored it low",
    DropReason.UNVERIFIED: "nothing says whether it was right",
    DropReason.SCRUB_FAILED: "it could not be checked for private data",
    DropReason.LEAK: "the check of the finished row still found private data",
    DropReason.EXACT_DUPLICATE: "the same row is kept once already",
    DropReason.NEAR_DUPLICATE: "nearly the same row is kept already",
    DropReason.CONTAMINATED: "it overlaps a benchmark",
    DropReason.BALANCE_CAP: "its role or task type has enough rows",
}


class Drop(BaseModel):
    """Answers that a stage took out of training. ``detail`` never holds text of the log."""

    model_config = ConfigDict(frozen=True)

    stage: str
    reason: DropReason
    source_ids: tuple[str, ...]
    sample_id: str | None = None
    detail: str = ""
    winner: str | None = None
    """The row that stays in place of a duplicate."""
    similarity: float | None = None
    """The Jaccard similarity of a near-duplicate to its winner."""


class Replacement(BaseModel):
    """One private value that was replaced: what and where it was, who found it and how surely (0 to 1). Never the value itself."""

    model_config = ConfigDict(frozen=True)

    stage: str
    sample_id: str
    entity: str
    place: str
    start: int
    end: int
    recogniser: str
    score: float


class Item(Protocol):
    """What a stage works on: it stands for one or more logged answers."""

    @property
    def source_ids(self) -> tuple[str, ...]: ...


T = TypeVar("T", bound=Item)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """The answers of ``kept`` and of ``dropped`` together are those of the batch, each exactly once.

    ``counts`` of several batches add up; ``measures`` come from stages that see the whole only.
    """

    kept: list[T]
    dropped: list[Drop] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    measures: dict[str, Any] = field(default_factory=dict)
    replacements: list[Replacement] = field(default_factory=list)
