"""Interaction: one call of an agent. Session: the interactions of one task or run, in order.

An `Interaction` is what a reader hands out: the logged line with every later result and feedback already joined to it. Unknown fields
of a line survive reading and writing.
"""

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from agentlog.schema.messages import ChatMessage

if TYPE_CHECKING:
    from agentlog.schema.events import FeedbackEvent

_OWN_FORM = len("2026-11-20T17:00:00.123456Z")


def _to_utc(value: str) -> str:
    if len(value) == _OWN_FORM and value.endswith("Z") and value[10] == "T":
        datetime.fromisoformat(value)
        return value
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        # Not strftime: it writes the year 1, which programs without a time like to give, with one digit.
        return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
    except OverflowError as error:
        raise ValueError("the time is out of range in UTC") from error


Timestamp = Annotated[str, AfterValidator(_to_utc)]
"""RFC 3339 in UTC with microseconds; sorts as text. A time without a zone is taken as UTC."""


class LogModel(BaseModel):
    """What all parts of a log line share: unknown fields are kept, and ``model`` is a field like any other."""

    model_config = ConfigDict(extra="allow", protected_namespaces=())


class LogPart(LogModel):
    """A part of a record, as it was logged: it never changes, so records that say the same may share it. `model_copy` makes another."""

    model_config = ConfigDict(frozen=True)


class ModelInfo(LogPart):
    """Which model answered, under the name it was called by."""

    name: str | None = None
    provider: str | None = None
    revision: str | None = None
    quantization: str | None = None


class Usage(LogPart):
    """Tokens that the provider counted."""

    input_tokens: int | None = None
    output_tokens: int | None = None


class ExecutionResult(LogPart):
    """What came of the answer when it was used.

    ``status`` is one of success, failure, partial, error and interrupted, or a word of the user's own; ``review_score`` is on the
    user's scale.
    """

    status: str | None = None
    tests_passed: bool | None = None
    review_score: float | None = None
    error: Any = None


class HumanFeedback(LogPart):
    """What a person said: a rating from 1 to 5, a comment, and the answer that should have been given."""

    rating: float | None = None
    comments: str | None = None
    corrections: str | None = None


class Interaction(LogModel):
    """One call of an agent with everything that is known about it."""

    event: Literal["interaction"] = "interaction"
    schema_version: int = 1
    id: str = Field(min_length=1)
    timestamp: Timestamp
    session_id: str | None = None
    parent_id: str | None = None
    agent_role: str = Field(min_length=1)
    task_id: str | None = None
    task_type: str | None = None
    task_description: str | None = None
    messages: list[ChatMessage]
    tools: list[dict[str, Any]] = []
    model_output: ChatMessage | None
    model: ModelInfo = ModelInfo()
    params: dict[str, Any] = {}
    usage: Usage | None = None
    latency_ms: float | None = None
    finish_reason: str | None = None
    execution_result: ExecutionResult | None = None
    human_feedback: HumanFeedback | None = None
    variant: str | None = None
    metadata: dict[str, Any] = {}

    @cached_property
    def feedback(self) -> tuple["FeedbackEvent", ...]:
        """All that was said of this by anyone, oldest first, each event once; ``human_feedback`` is what counts of it.

        Not a field, because a line never holds it: it is put here by joining, and neither dumped nor compared.
        """
        return ()

    @property
    def source_ids(self) -> tuple[str, ...]:
        """The interactions this stands for: itself."""
        return (self.id,)


class Session(BaseModel):
    """The interactions of one role within one task or run, oldest first. A call without a session is one of its own."""

    model_config = ConfigDict(frozen=True)

    id: str
    interactions: tuple[Interaction, ...]

    @property
    def source_ids(self) -> tuple[str, ...]:
        """The interactions this stands for."""
        return tuple(interaction.id for interaction in self.interactions)
