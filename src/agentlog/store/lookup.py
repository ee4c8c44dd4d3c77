"""Finding interactions in the log: one by its id, or the latest.

Nothing is indexed: every line is looked at, but by its first bytes only, wherever they tell the id, the time and the role. Then the few
interactions that are wanted are read as the reader reads them, with their results, their feedback and all copies.
"""

import heapq
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from agentlog._io.jsonl import Line, raw_lines, read_line
from agentlog.errors import LogError
from agentlog.schema.events import parse_event
from agentlog.schema.interaction import Interaction
from agentlog.store.first_bytes import OWN_INTERACTION, OWN_LATER
from agentlog.store.layout import log_files
from agentlog.store.reader import Interactions, opened

_TOO_MANY = 1000
_TEXT = rb'"(?:[^"\\]|\\.)*"'
_own_head = re.compile(
    re.escape(OWN_INTERACTION)
    + rb'([0-9a-f-]{36})","timestamp":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)","session_id":(?:null|%b),"parent_id":(?:null|%b),'
    rb'"agent_role":"([^"\\]+)",' % (_TEXT, _TEXT)
).match


class _Head(NamedTuple):
    """What finding needs to know of an interaction."""

    id: str
    timestamp: str
    role: str


def find_interaction(path: str | Path, interaction_id: str) -> Interaction:
    """The interaction with this id, or the only one whose id begins so.

    Raises:
        LogError: there is none, or several.
    """
    files, ids = log_files(Path(path)), set[str]()
    for head in _heads(files) if interaction_id else ():
        if head.id == interaction_id:
            ids = {interaction_id}
            break
        if head.id.startswith(interaction_id) and len(ids) < _TOO_MANY:
            ids.add(head.id)
    found = {each.id: each for each in Interactions(files, only=ids)} if len(ids) < _TOO_MANY else dict.fromkeys(ids)
    one = found.popitem()[1] if len(found) == 1 else None
    if one is not None:
        return one
    if found:
        count = f"{len(found)} interactions" if len(found) < _TOO_MANY else f"{_TOO_MANY} interactions and more"
        raise LogError(f"{count} have an id that begins with {interaction_id!r}: give more of it")
    raise LogError(f"no interaction in {path} has the id {interaction_id!r}: `agentlog log tail` shows the latest ids")


def latest_interactions(path: str | Path, count: int, role: str | None = None) -> list[Interaction]:
    """The last interactions by time, oldest first; of one role if named.

    Raises:
        LogError: there is nothing at ``path``.
    """
    files, look = log_files(Path(path)), count
    while True:
        newest = _newest(files, look, role)
        found = sorted(Interactions(files, role, only=newest), key=lambda each: (each.timestamp, each.id))
        # Of what looked like an interaction some may be unreadable: then there is more to look at.
        if len(found) >= count or len(newest) < look:
            return found[-count:]
        look *= 4


def _newest(files: list[Path], count: int, role: str | None) -> set[str]:
    """The ids of the newest interactions, as their heads tell."""
    times: dict[str, str] = {}
    oldest = ""
    for head in _heads(files):
        if head.timestamp >= oldest and role in (None, head.role):
            times[head.id] = max(head.timestamp, times.get(head.id, ""))
            if len(times) > 4 * count + 100:
                times = _latest(times, count)
                oldest = min(times.values())
    return set(_latest(times, count))


def _latest(times: dict[str, str], count: int) -> dict[str, str]:
    return dict(heapq.nlargest(count, times.items(), key=lambda item: (item[1], item[0])))


def _heads(files: list[Path]) -> Iterator[_Head]:
    for file in files:
        with opened(file) as stream:
            for number, raw in enumerate(raw_lines(stream, []), start=1):
                own = _own_head(raw)
                if own is not None:
                    yield _Head(*(part.decode(errors="replace") for part in own.groups()))
                elif not raw.startswith(OWN_LATER):
                    yield from _head_of(file, number, raw)


def _head_of(file: Path, number: int, raw: bytes) -> Iterator[_Head]:
    """The head of an interaction that does not begin in our way; none if the line is anything else."""
    line = read_line(file, number, raw)
    if isinstance(line, Line) and isinstance(line.value, dict) and line.value.get("event") == "interaction":
        try:
            event = parse_event(line.value)
        except ValueError:
            return
        if isinstance(event, Interaction):
            yield _Head(event.id, event.timestamp, event.agent_role)
