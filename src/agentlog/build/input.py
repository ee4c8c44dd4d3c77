"""What a build reads: the interactions of one role from the log, grouped into sessions, with a digest that no file order changes."""

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from agentlog._hashing import canonical_json
from agentlog._io.jsonl import BadLine
from agentlog.errors import BuildRefusedError
from agentlog.schema.interaction import Interaction, Session
from agentlog.schema.manifest import InputFacts
from agentlog.store.reader import read_interactions


@dataclass(frozen=True, slots=True)
class BuildInput:
    """The sessions of a role, oldest first, the facts about them, and the lines of the log that could not be read."""

    sessions: list[Session]
    facts: InputFacts
    set_aside: list[BadLine]


def read_input(data: Path, role: str) -> BuildInput:
    """Read all interactions of a role.

    Raises:
        BuildRefusedError: there are none; the message says which roles there are.
        LogError: there is no log.
    """
    grouped: dict[str, list[Interaction]] = defaultdict(list)
    roles: Counter[str] = Counter()
    reader = read_interactions(data)
    for interaction in reader:
        roles[interaction.agent_role] += 1
        if interaction.agent_role == role:
            grouped[interaction.session_id or interaction.id].append(interaction)
    if not grouped:
        raise BuildRefusedError(f"no interactions of role {role!r} in {data}; {_what_there_is(roles, len(reader.skipped))}")
    sessions = [_session(name, interactions) for name, interactions in grouped.items()]
    sessions.sort(key=lambda session: (session.interactions[0].timestamp, session.id))
    set_aside = sorted(reader.skipped, key=lambda line: (line.file, line.number))
    return BuildInput(sessions, _facts(sessions, roles, role, len(set_aside)), set_aside)


def _what_there_is(roles: Counter[str], set_aside: int) -> str:
    there = ", ".join(f"{name} ({number})" for name, number in sorted(roles.items())) or "no interactions at all"
    unread = f", and {set_aside} lines that could not be read" if set_aside else ""
    return f"the log has {there}{unread}: name one of these roles, or log or import some first"


def _session(name: str, interactions: list[Interaction]) -> Session:
    ordered = sorted(interactions, key=lambda interaction: (interaction.timestamp, interaction.id))
    return Session.model_construct(id=name, interactions=tuple(ordered))


def _facts(sessions: list[Session], roles: Counter[str], role: str, set_aside: int) -> InputFacts:
    state = hashlib.sha256()
    times = []
    for session in sessions:
        for interaction in session.interactions:
            state.update(canonical_json(interaction.model_dump(mode="json")) + b"\n")
            times.append(interaction.timestamp)
    return InputFacts(
        digest=f"sha256:{state.hexdigest()}",
        interactions=len(times),
        other_roles=sum(roles.values()) - roles[role],
        sessions=len(sessions),
        lines_set_aside=set_aside,
        first=min(times),
        last=max(times),
    )
