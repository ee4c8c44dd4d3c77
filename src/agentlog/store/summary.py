"""What the log holds, counted by role, in memory that does not grow with the log: sessions are counted without keeping their names."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from agentlog._io.jsonl import BadLine
from agentlog._io.spill import Spill
from agentlog.schema.interaction import Interaction
from agentlog.store.distinct import Distinct
from agentlog.store.ended import ended_calls, files_since
from agentlog.store.holding import is_held
from agentlog.store.journal import read_journal
from agentlog.store.layout import journal_files
from agentlog.store.reader import MEMORY, read_interactions

UNNAMED = "(not named)"


@dataclass
class RoleSummary:
    """One role's interactions; ``rated`` have feedback with a rating, ``statuses`` are of those whose result is known."""

    interactions: int = 0
    sessions: int = 0
    models: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    rated: int = 0
    first: str | None = None
    last: str | None = None

    def add(self, interaction: Interaction) -> None:
        """Count one interaction in; its session is counted elsewhere."""
        self.interactions += 1
        self.models[interaction.model.name or UNNAMED] += 1
        result, feedback = interaction.execution_result, interaction.human_feedback
        if result is not None and result.status is not None:
            self.statuses[result.status] += 1
        self.rated += feedback is not None and feedback.rating is not None
        self.first = min(self.first or interaction.timestamp, interaction.timestamp)
        self.last = max(self.last or interaction.timestamp, interaction.timestamp)


@dataclass(frozen=True)
class LogSummary:
    """The whole log: every role, the events that point at interactions, the losses it tells of, and the lines that could not be read.

    ``waiting`` is the number of calls that had not ended when their process did, and can be recovered.
    """

    roles: dict[str, RoleSummary]
    files: int
    results: int
    feedback: int
    orphans: int
    lost: int
    set_aside: list[BadLine]
    waiting: int

    @property
    def written(self) -> int:
        """The events in the log, each once: interactions, results and feedback."""
        return sum(role.interactions for role in self.roles.values()) + self.results + self.feedback

    @property
    def submitted(self) -> int:
        """The events that agents gave to be logged, as far as the log knows: those written and those lost."""
        return self.written + self.lost


def summarise(path: str | Path) -> LogSummary:
    """Count what is in a data folder, a log folder or a log file.

    Raises:
        LogError: there is nothing at ``path``.
    """
    log = read_interactions(path)
    roles: dict[str, RoleSummary] = {}
    sessions: dict[str, Distinct] = {}
    with Spill(MEMORY) as spill:
        for interaction in log:
            role = interaction.agent_role
            if role not in roles:
                roles[role], sessions[role] = RoleSummary(), Distinct(spill, role)
            roles[role].add(interaction)
            sessions[role].add(interaction.session_id or interaction.id)
        for role, distinct in sessions.items():
            roles[role].sessions = distinct.count()
    set_aside = sorted(log.skipped, key=lambda bad: (bad.file, bad.number))
    return LogSummary(
        dict(sorted(roles.items())), len(log.files), log.results, log.feedback, log.orphans, log.lost, set_aside, _waiting(Path(path))
    )


def _waiting(path: Path) -> int:
    """Calls in the journals of processes that have ended; those that stand in the log, too, were written in their last moment."""
    begun: dict[str, str] = {}
    for journal in journal_files(path):
        try:
            begun |= {} if is_held(journal) else {call.id: str(call.head.get("timestamp")) for call in read_journal(journal)[0]}
        except OSError:
            # It was recovered, or its process ended in order, since the journals were listed.
            continue
    return len(begun) - len(ended_calls(files_since(path, min(begun.values())), begun.keys())) if begun else 0
