"""Sample: one training row, and what a build must know about it until it is written.

A sample carries some assistant messages that are trained; ``trained[i]`` is the index of the message that interaction ``source_ids[i]``
answered. An answer that is left out of training stays in ``messages`` as context. What only the build needs (session, results, sketch)
stays out of the written row.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agentlog.schema.messages import ChatMessage

SplitName = Literal["train", "val", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "val", "test")


class Answer(BaseModel):
    """What is known of one logged answer within a sample, trained or not."""

    model_config = ConfigDict(frozen=True)

    index: int
    interaction_id: str
    timestamp: str
    task_type: str | None = None
    model: str | None = None
    variant: str | None = None
    finish_reason: str | None = None
    status: str | None = None
    tests_passed: bool | None = None
    review_score: float | None = None
    rating: float | None = None
    original: ChatMessage | None = None
    """What the model had said, where a person's correction stands in its place."""
    changed: tuple[str, ...] = ()
    """Fields of the record, such as ``messages``, of which capture had to lose something."""

    @property
    def failed(self) -> bool:
        """Whether using the answer showed it to be wrong; a correction by a person mends it."""
        return self.original is None and (self.tests_passed is False or self.status in ("failure", "error", "interrupted"))

    @property
    def judged(self) -> bool:
        """Whether tests, an outcome or a person said whether it was right; a score on a scale of the user's own does not."""
        return any(said is not None for said in (self.original, self.tests_passed, self.status, self.rating))

    @property
    def verified(self) -> bool:
        """Whether tests, an outcome or a person say that it was right."""
        if self.failed:
            return False
        return self.original is not None or bool(self.tests_passed) or self.status == "success" or (self.rating or 0) >= 4


class Sample(BaseModel):
    """One training row. Rows read back from a dataset have only what `row` gives."""

    model_config = ConfigDict(frozen=True)

    id: str
    messages: list[ChatMessage]
    tools: list[dict[str, Any]] = []
    trained: tuple[int, ...]
    task_type: str | None = None
    source_ids: tuple[str, ...]
    weight: float = Field(1.0, gt=0, allow_inf_nan=False)

    role: str | None = None
    session_id: str | None = None
    task_id: str | None = None
    answers: tuple[Answer, ...] = ()
    signature: tuple[int, ...] | None = None
    split: SplitName | None = None

    @model_validator(mode="after")
    def _trained_are_answers(self) -> "Sample":
        if len(self.trained) != len(self.source_ids):
            raise ValueError(f"{len(self.trained)} trained messages but {len(self.source_ids)} source ids")
        for index in self.trained:
            if not 0 <= index < len(self.messages) or self.messages[index]["role"] != "assistant":
                raise ValueError(f"trained message {index} is not an assistant message")
        return self

    def row(self) -> dict[str, Any]:
        """The row as it is written."""
        return {
            "messages": self.messages,
            "tools": self.tools,
            "trained": list(self.trained),
            "task_type": self.task_type,
            "source_ids": list(self.source_ids),
            "weight": self.weight,
            "id": self.id,
        }

    def trained_answers(self) -> list[Answer]:
        """What is known of the trained answers, in the order of ``trained``."""
        known = {answer.interaction_id: answer for answer in self.answers}
        return [known[source] for source in self.source_ids if source in known]

    def without(self, sources: set[str]) -> "Sample | None":
        """The sample with these answers as mere context, cut after the last trained one; nothing if none is left to train."""
        left = [(index, source) for index, source in zip(self.trained, self.source_ids, strict=True) if source not in sources]
        if not left:
            return None
        end = left[-1][0] + 1
        return self.model_copy(
            update={
                "messages": self.messages[:end],
                "trained": tuple(index for index, _ in left),
                "source_ids": tuple(source for _, source in left),
                "answers": tuple(answer for answer in self.answers if answer.index < end),
            }
        )


def task_type_of(answers: Sequence[Answer]) -> str | None:
    """The type that most answers have, the first of those that are equally many; none if no answer has one."""
    types = Counter(answer.task_type for answer in answers if answer.task_type is not None)
    return types.most_common(1)[0][0] if types else None
