"""Finding interactions in the log: one by its id, or the latest. Reads the whole log; nothing is indexed."""

import heapq
from pathlib import Path

from agentlog.errors import LogError
from agentlog.schema.interaction import Interaction
from agentlog.store.reader import read_interactions


def find_interaction(path: str | Path, interaction_id: str) -> Interaction:
    """The interaction with this id, or the only one whose id begins so.

    Raises:
        LogError: there is none, or several.
    """
    found = {each.id: each for each in read_interactions(path) if each.id.startswith(interaction_id)} if interaction_id else {}
    if interaction_id in found:
        return found[interaction_id]
    if len(found) > 1:
        raise LogError(f"{len(found)} interactions have an id that begins with {interaction_id!r}: give more of it")
    if not found:
        raise LogError(f"no interaction in {path} has the id {interaction_id!r}: `agentlog log tail` shows the latest ids")
    return found.popitem()[1]


def latest_interactions(path: str | Path, count: int, role: str | None = None) -> list[Interaction]:
    """The last interactions by time, oldest first; of one role if named.

    Raises:
        LogError: there is nothing at ``path``.
    """
    return heapq.nlargest(count, read_interactions(path, role=role), key=lambda each: (each.timestamp, each.id))[::-1]
