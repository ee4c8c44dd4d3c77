"""Event: one line of the log. An interaction, a later result or feedback that points at one by id, or a tombstone for lost events.

Results and feedback may arrive at any time, from any process, more than once and before their interaction; `joined` folds them in, each
event id once. A tombstone (`LostEvent`) points at nothing: it says how many events could not be written, and since when.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, TypeVar

import orjson
from pydantic import Field, TypeAdapter, ValidationError

from agentlog._hashing import canonical_json
from agentlog.schema.interaction import ExecutionResult, HumanFeedback, Interaction, LogModel, Timestamp
from agentlog.schema.migrate import upgrade

_E = TypeVar("_E", "ResultEvent", "FeedbackEvent", "LostEvent")
_P = TypeVar("_P", ExecutionResult, HumanFeedback)
EVENT_NAMES = ("interaction", "result", "feedback", "lost")


class ResultEvent(LogModel):
    """What came of an interaction."""

    event: Literal["result"] = "result"
    id: str = Field(min_length=1)
    interaction_id: str = Field(min_length=1)
    timestamp: Timestamp
    execution_result: ExecutionResult


class FeedbackEvent(LogModel):
    """What a person said of an interaction."""

    event: Literal["feedback"] = "feedback"
    id: str = Field(min_length=1)
    interaction_id: str = Field(min_length=1)
    timestamp: Timestamp
    reviewer: str | None = None
    human_feedback: HumanFeedback


class LostEvent(LogModel):
    """Events that could not be written: ``count`` of them from ``since`` until ``timestamp``, when writing worked again."""

    event: Literal["lost"] = "lost"
    id: str = Field(min_length=1)
    timestamp: Timestamp
    since: Timestamp
    count: int = Field(ge=1)
    reason: str | None = None


Event = Interaction | ResultEvent | FeedbackEvent | LostEvent
_ADAPTER: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


def parse_event(value: Any) -> Event:
    """Read one decoded line, of this or an older schema version.

    Raises:
        ValueError: it is no event; the message names the first thing wrong in a few words.
    """
    if not isinstance(value, dict):
        raise ValueError(f"not an object but {type(value).__name__}")
    if value.get("event") not in EVENT_NAMES:
        raise ValueError(f"unknown event {value['event']!r:.40}" if "event" in value else "missing field: event")
    try:
        return _ADAPTER.validate_python(upgrade(value))
    except ValidationError as error:
        raise ValueError(_first_problem(error)) from error


def joined(interaction: Interaction, results: Iterable[ResultEvent], feedback: Iterable[FeedbackEvent]) -> Interaction:
    """The interaction with its later events: the newest result wins field by field, and so does the newest feedback."""
    told = interaction.model_copy()
    join_into(told, in_order(list(results)), in_order(list(feedback)))
    return told


def join_into(interaction: Interaction, results: list[ResultEvent], feedback: list[FeedbackEvent]) -> None:
    """Like `joined`, for events `in_order`; the interaction that is given is changed."""
    if results:
        parts = [event.execution_result for event in results]
        put(interaction, "execution_result", _overlaid(interaction.execution_result, parts))
    if feedback:
        said = [event.human_feedback for event in feedback]
        put(interaction, "human_feedback", _overlaid(interaction.human_feedback, said))
        interaction.__dict__["feedback"] = tuple(feedback)


def put(interaction: Interaction, field: str, value: LogModel | None) -> None:
    """Set a field; what pydantic's own assignment comes to, in a fraction of its time, because every interaction of a log passes here."""
    interaction.__dict__[field] = value
    interaction.__pydantic_fields_set__.add(field)


def in_order(events: list[_E]) -> list[_E]:
    """Oldest first, each id once. No order of files matters: ties of time are broken by id, copies of an id by their canonical JSON
    and, where only the order of keys differs, by that."""
    if len(events) < 2:
        return events
    once: dict[str, _E] = {}
    for event in events:
        rival = once.setdefault(event.id, event)
        if rival is not event and _canonical(event) < _canonical(rival):
            once[event.id] = event
    return sorted(once.values(), key=lambda event: (event.timestamp, event.id))


def _canonical(event: LogModel) -> tuple[bytes, bytes]:
    said = event.model_dump(mode="json")
    return canonical_json(said), orjson.dumps(said)


def _overlaid(first: _P | None, later: list[_P]) -> _P | None:
    for part in later:
        if first is None:
            first = part
        else:
            first = first.model_copy(update={name: value for name, value in part if name in part.model_fields_set and value is not None})
    return first


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in problem["loc"][1:])
    return f"missing field: {where}" if problem["type"] == "missing" else f"wrong field {where}: {problem['msg']}"
