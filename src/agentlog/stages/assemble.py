"""Sessions become samples: calls that continue an earlier call fold into one row with several trained turns.

An agent that logs ten calls with their full history has logged its first prompt ten times. Here a call whose prompt is an earlier call's
prompt, its answer, and more, extends that call's row; so a run costs the tokens it has, and each answer is trained exactly once. What does
not continue anything (a retry from scratch, a compacted history, a sub-agent) begins a row of its own, in which only the new answer is
trained. A corrected answer is a row that ends with the correction: the run itself went on from what the model had really said.

Messages are compared by what they say, not by how they were logged: null and empty content, and absent and empty tool calls, are equal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from agentlog._hashing import digest
from agentlog._ids import content_id
from agentlog.schema.changes import lossy_fields
from agentlog.schema.interaction import ExecutionResult, HumanFeedback, Interaction, Session
from agentlog.schema.messages import ChatMessage, text_of
from agentlog.schema.outcome import Drop, DropReason, Outcome
from agentlog.schema.sample import Answer, Sample
from agentlog.stages.registry import StageConfig, stage


class AssembleConfig(StageConfig):
    """Folding has nothing to choose."""


@dataclass(slots=True)
class _Row:
    """A row that is still growing."""

    messages: list[ChatMessage]
    first: Interaction
    answers: list[Answer]


@stage("assemble", config=AssembleConfig, scope="batch", version=2)
def assemble(batch: Sequence[Session], config: AssembleConfig) -> Outcome[Sample]:
    """Fold each session's calls into as few rows as say the same."""
    kept: list[Sample] = []
    dropped: list[Drop] = []
    logged = 0
    for session in batch:
        answered = []
        for interaction in session.interactions:
            if reason := _unusable(interaction):
                dropped.append(Drop(stage="assemble", reason=reason, source_ids=(interaction.id,)))
            else:
                answered.append(interaction)
        logged += sum(len(interaction.messages) + 1 for interaction in answered)
        kept += [_sample(session, row) for row in _fold(answered)]
    counts = {"messages_logged": logged, "messages_folded": sum(len(sample.messages) for sample in kept)}
    return Outcome(kept, dropped, counts)


def _unusable(interaction: Interaction) -> DropReason | None:
    answer = interaction.model_output
    if answer is not None and (text_of(answer).strip() or answer.get("tool_calls")) and answer["role"] == "assistant":
        return None
    status = interaction.execution_result.status if interaction.execution_result else None
    return DropReason.CALL_FAILED if status in ("error", "interrupted") else DropReason.NO_ANSWER


def _fold(interactions: list[Interaction]) -> list[_Row]:
    rows: list[_Row] = []
    ends: dict[str, int] = {}
    for interaction in interactions:
        answer = _answer_of(interaction)
        prefixes = _prefix_keys(interaction)
        found = next((key for key in reversed(prefixes) if key in ends), None)
        base = rows[ends[found]].messages if found else []
        messages = base + interaction.messages[len(base) :]
        known = _answer(interaction, len(messages))
        if known.original is not None or found is None:
            rows.append(_Row([*messages, answer], interaction, [known]))
            place = len(rows) - 1
        else:
            place = ends.pop(found)
            rows[place].messages = [*messages, answer]
            rows[place].answers.append(known)
        if known.original is None:
            ends[_next_key(prefixes[-1], answer)] = place
    return rows


def _prefix_keys(interaction: Interaction) -> list[str]:
    """One key for each beginning of the prompt, the empty one first: equal keys mean equal tools and equal messages."""
    return list(accumulate(interaction.messages, _next_key, initial=digest("tools", interaction.tools)))


def _next_key(key: str, message: ChatMessage) -> str:
    calls = [[call.get("id"), call["function"]["name"], call["function"].get("arguments")] for call in message.get("tool_calls") or []]
    return digest(key, [message["role"], message.get("content") or "", calls, message.get("tool_call_id")])


def _answer_of(interaction: Interaction) -> ChatMessage:
    correction = _said(interaction).corrections
    if correction:
        return {"role": "assistant", "content": correction}
    assert interaction.model_output is not None  # _unusable has seen to it
    return _plain(interaction.model_output)


def _plain(message: ChatMessage) -> ChatMessage:
    """The message without empty tool calls, which some templates would render."""
    if "tool_calls" in message and not message["tool_calls"]:
        message = message.copy()
        del message["tool_calls"]
    return message


def _said(interaction: Interaction) -> HumanFeedback:
    return interaction.human_feedback or HumanFeedback()


def _answer(interaction: Interaction, index: int) -> Answer:
    result = interaction.execution_result or ExecutionResult()
    said = _said(interaction)
    return Answer(
        index=index,
        interaction_id=interaction.id,
        timestamp=interaction.timestamp,
        model=interaction.model.name,
        variant=interaction.variant,
        status=result.status,
        tests_passed=result.tests_passed,
        review_score=result.review_score,
        rating=said.rating,
        original=interaction.model_output if said.corrections else None,
        changed=tuple(sorted(lossy_fields(interaction.metadata.get("changed")))),
    )


def _sample(session: Session, row: _Row) -> Sample:
    ids = [answer.interaction_id for answer in row.answers]
    facts: dict[str, Any] = {"role": row.first.agent_role, "session_id": session.id, "task_id": row.first.task_id}
    return Sample(
        id=content_id("sample", ids),
        messages=[_plain(message) for message in row.messages],
        tools=row.first.tools,
        trained=tuple(answer.index for answer in row.answers),
        task_type=row.first.task_type,
        source_ids=tuple(ids),
        answers=tuple(row.answers),
        **facts,
    )
