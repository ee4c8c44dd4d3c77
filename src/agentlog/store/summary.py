"""What the log holds, counted by role."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from agentlog._io.jsonl import BadLine
from agentlog.schema.interaction import Interaction
from agentlog.store.reader import read_interactions

UNNAMED = "(not named)"


@dataclass
class RoleSummary:
    """One role's interactions; ``rated`` have feedback with a rating, ``statuses`` are of those whose result is known."""

    interactions: int = 0
    sessions: set[str] = field(default_factory=set)
    models: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    rated: int = 0
    first: str | None = None
    last: str | None = None

    def add(self, interaction: Interaction) -> None:
        """Count one interaction in."""
        self.interactions += 1
        self.sessions.add(interaction.session_id or interaction.id)
        self.models[interaction.model.name or UNNAMED] += 1
        result, feedback = interaction.execution_result, interaction.human_feedback
        if result is not None and result.status is not None:
            self.statuses[result.status] += 1
        self.rated += feedback is not None and feedback.rating is not None
        self.first = min(self.first or interaction.timestamp, interaction.timestamp)
        self.last = max(self.last or interaction.timestamp, interaction.timestamp)


@dataclass(frozen=True)
class LogSummary:
    """The whole log: every role, the events that point at interactions, and the lines that could not be read."""

    roles: dict[str, RoleSummary]
    files: int
    results: int
    feedback: int
    orphans: int
    set_aside: list[BadLine]


def summarise(path: str | Path) -> LogSummary:
    """Count what is in a data folder, a log folder or a log file.

    Raises:
        LogError: there is nothing at ``path``.
    """
    log = read_interactions(path)
    roles: dict[str, RoleSummary] = {}
    for interaction in log:
        roles.setdefault(interaction.agent_role, RoleSummary()).add(interaction)
    set_aside = sorted(log.skipped, key=lambda bad: (bad.file, bad.number))
    return LogSummary(dict(sorted(roles.items())), len(log.files), log.results, log.feedback, log.orphans, set_aside)
