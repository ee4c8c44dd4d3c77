"""Ties: what else a row stands for, once its duplicates are gone.

A duplicate that is dropped leaves its session behind, and the other rows of that session are about what the winner says. So the winner
takes over the session and the task of every duplicate it stands for, and `split` keeps all of them together as far as it can. A tie is
written ``session:NAME`` or ``task:NAME``. A winner that is dropped later takes its ties along: what is not in the dataset leaks nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from agentlog.schema.outcome import Drop
from agentlog.schema.outline import Outline


def own_ties(outline: Outline) -> list[str]:
    """The session and the task that a row is of."""
    named = (("session", outline.session_id), ("task", outline.task_id))
    return [f"{kind}:{name}" for kind, name in named if name is not None]


def inherited_ties(outline: Outline) -> tuple[str, ...]:
    """The sessions and tasks of the duplicates that a row stands for."""
    return outline.ties


def hand_on_ties(batch: Sequence[Outline], kept: Sequence[Outline], dropped: Sequence[Drop]) -> list[Outline]:
    """The kept rows of a stage, with the ties of the dropped rows whose `Drop.winner` they are; no row is changed, some are copied.

    A drop whose winner is no kept row, or which has none, is passed over.
    """
    won = {drop.sample_id: drop.winner for drop in dropped if drop.sample_id and drop.winner}
    if not won:
        return list(kept)
    inherited: defaultdict[str, list[str]] = defaultdict(list)
    for outline in batch:
        if outline.id in won:
            inherited[str(won[outline.id])] += [*own_ties(outline), *inherited_ties(outline)]
    return [_tied(outline, inherited[outline.id]) if outline.id in inherited else outline for outline in kept]


def _tied(outline: Outline, more: list[str]) -> Outline:
    known = inherited_ties(outline)
    change: dict[str, Any] = {"ties": tuple(sorted({*known, *more} - set(own_ties(outline))))}
    return outline if change["ties"] == known else replace(outline, **change)
