"""Sessions become samples: calls that continue an earlier call fold into one row with several trained turns.

An agent that logs ten calls with their full history has logged its first prompt ten times. Here a call whose prompt is an earlier call's
prompt, its answer, and more, extends that call's row; so a run costs the tokens it has, and each answer is trained exactly once. What does
not continue anything (a retry of the same prompt, a compacted history, reasoning left out, a sub-agent, another system prompt, other tools,
another task) begins a row of its own, in which only the new answer is trained. Of several calls that continue the same answer the one with
the shortest prompt extends its row, and of those the oldest; times decide nothing else, so a clock that is wrong unfolds nothing.

A correction by a person stands in the place of the answer it corrects, and what continues the correction extends its row. A run that went
on from what the model had really said is another row.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agentlog._hashing import canonical_json
from agentlog._ids import content_id
from agentlog.schema.changes import lossy_fields
from agentlog.schema.interaction import ExecutionResult, HumanFeedback, Interaction, Session
from agentlog.schema.messages import ChatMessage, text_of
from agentlog.schema.outcome import Drop, DropReason, Outcome
from agentlog.schema.sample import Answer, Sample, task_type_of
from agentlog.stages.message_tree import MessageTree, Node, Path, size_of, with_ids
from agentlog.stages.registry import StageConfig, stage

_NO_RESULT, _NO_FEEDBACK = ExecutionResult(), HumanFeedback()


class AssembleConfig(StageConfig):
    """Folding has nothing to choose."""


@dataclass(slots=True)
class _Row:
    """A row that is still growing. ``ids`` are those of its tool calls in order, ``size`` is its length in characters."""

    place: int
    first: Interaction
    messages: list[ChatMessage] = field(default_factory=list)
    ids: list[str | None] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    size: int = 0


@stage("assemble", config=AssembleConfig, scope="session", version=3)
def assemble(batch: Sequence[Session], config: AssembleConfig) -> Outcome[Sample]:
    """Fold each session's calls into as few rows as say the same.

    Counts messages and characters (`size_of`) as they were logged, and as they are in the rows.
    """
    kept: list[Sample] = []
    dropped: list[Drop] = []
    counts = dict.fromkeys(("messages_logged", "messages_folded", "characters_logged", "characters_folded"), 0)
    for session in batch:
        answered = []
        for interaction in session.interactions:
            if reason := _unusable(interaction):
                dropped.append(Drop(stage="assemble", reason=reason, source_ids=(interaction.id,)))
            else:
                answered.append(interaction)
        folding = _Folding()
        rows = folding.fold(answered)
        counts["messages_logged"] += sum(len(interaction.messages) + 1 for interaction in answered)
        counts["messages_folded"] += sum(len(row.messages) for row in rows)
        counts["characters_logged"] += folding.logged
        counts["characters_folded"] += sum(row.size for row in rows)
        kept += [_sample(session, row) for row in rows]
    return Outcome(kept, dropped, counts)


def _unusable(interaction: Interaction) -> DropReason | None:
    answer = interaction.model_output
    if answer is not None and answer["role"] == "assistant" and (answer.get("tool_calls") or text_of(answer).strip()):
        return None if interaction.messages else DropReason.NO_PROMPT
    status = interaction.execution_result.status if interaction.execution_result else None
    return DropReason.CALL_FAILED if status in ("error", "interrupted") else DropReason.NO_ANSWER


class _Folding:
    """One session while its calls are folded. ``ends`` are the rows that end at a node, and can be continued there."""

    def __init__(self) -> None:
        self.logged = 0
        self._tree = MessageTree()
        self._ends: dict[Node, list[_Row]] = {}

    def fold(self, interactions: Sequence[Interaction]) -> list[_Row]:
        """The rows, in the order of the oldest answer that each of them trains."""
        rows: list[_Row] = []
        # A prompt is longer than any that it continues, whatever the clocks said.
        for place, interaction in sorted(enumerate(interactions), key=lambda numbered: len(numbered[1].messages)):
            path = self._tree.path(_root(interaction), interaction.messages)
            row = self._continued(path, interaction)
            if row is None:
                row = _Row(place, interaction, list(interaction.messages), path.ids)
                rows.append(row)
            row.place = min(row.place, place)
            self._answer(row, path, interaction)
        return sorted(rows, key=lambda row: row.place)

    def _continued(self, path: Path, interaction: Interaction) -> _Row | None:
        """The row that ends farthest down the path, lengthened by the rest of the prompt."""
        for node in reversed(path.nodes):
            if ends := self._ends.get(node):
                row = ends.pop()
                rest: Sequence[ChatMessage] = interaction.messages[node.depth :]
                known = len(row.ids)
                if path.ids[:known] != row.ids:
                    rest = with_ids(rest, path.ids[:known], row.ids)
                row.messages += rest
                row.ids += path.ids[known:]
                return row
        return None

    def _answer(self, row: _Row, path: Path, interaction: Interaction) -> None:
        said = _said(interaction)
        given = interaction.model_output
        assert given is not None  # _unusable has seen to it
        answer: ChatMessage = {"role": "assistant", "content": said.corrections} if said.corrections else given
        self.logged += path.nodes[-1].size + size_of(given)
        calls = len(path.ids)
        node = path.add(answer)
        if row.ids is not path.ids:
            row.ids += path.ids[calls:]
        row.answers.append(_known(interaction, len(row.messages)))
        row.messages.append(answer)
        row.size = node.size
        self._ends.setdefault(node, []).append(row)


def _root(interaction: Interaction) -> Hashable:
    """What rows never mix: the tools are part of a prompt, and a task may not straddle splits."""
    return (interaction.task_id, canonical_json(interaction.tools) if interaction.tools else b"")


def _plain(message: ChatMessage) -> ChatMessage:
    """The message without empty tool calls, which some templates would render."""
    if "tool_calls" in message and not message["tool_calls"]:
        message = message.copy()
        del message["tool_calls"]
    return message


def _said(interaction: Interaction) -> HumanFeedback:
    return interaction.human_feedback or _NO_FEEDBACK


def _known(interaction: Interaction, index: int) -> Answer:
    result = interaction.execution_result or _NO_RESULT
    said = _said(interaction)
    return Answer(
        index=index,
        interaction_id=interaction.id,
        timestamp=interaction.timestamp,
        task_type=interaction.task_type,
        model=interaction.model.name,
        variant=interaction.variant,
        finish_reason=interaction.finish_reason,
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
        task_type=task_type_of(row.answers),
        source_ids=tuple(ids),
        answers=tuple(row.answers),
        **facts,
    )
