"""Split: train, validation and test, such that no session, no task and no cluster of near-duplicates is in two of them.

A hash of the seed and of a group's name (`agentlog.stages.groups`) decides its split. So a group stays where it is when data is added,
unless a new row ties it to another group: then one of the two follows the other. Corrections of the hash are few, listed in the measures,
and always the group that lies nearest:

- a group of more than half of the rows is trained: nothing is learned from a dataset that is mostly held out;
- a split that is empty gets a group, as long as there are three;
- a task type that has groups enough for a split's share to come to one of them, and none in it, gets one there, unless that would take the
  last group of some type out of another split, or is larger than the share.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import Field

from agentlog.schema.outcome import Outcome
from agentlog.schema.outline import Outline
from agentlog.schema.sample import SPLITS
from agentlog.stages.balance import NO_TYPE
from agentlog.stages.groups import Groups, group
from agentlog.stages.moves import Assignment
from agentlog.stages.registry import StageConfig, stage

_TYPES_SHOWN = 50
_MOVES_SHOWN = 50


class SplitConfig(StageConfig):
    """Shares of the splits (they add up to one) and the seed of the hash."""

    train: float = Field(0.8, gt=0, lt=1)
    val: float = Field(0.1, gt=0, lt=1)
    test: float = Field(0.1, gt=0, lt=1)
    seed: int = 0

    @property
    def shares(self) -> tuple[float, float, float]:
        """The shares in the order of `SPLITS`."""
        return (self.train, self.val, self.test)


@stage("split", config=SplitConfig, scope="whole", version=2)
def split(batch: Sequence[Outline], config: SplitConfig) -> Outcome[Outline]:
    """Give every row its split."""
    groups = group(batch)
    kinds = [outline.task_type or NO_TYPE for outline in batch]
    assignment = Assignment(groups, kinds, config.shares, config.seed)
    assignment.correct()
    places = list(map(assignment.split_of.__getitem__, groups.of_row))
    kept = [replace(outline, split=SPLITS[place]) for outline, place in zip(batch, places, strict=True)]
    return Outcome(kept, measures=_measures(groups, kinds, places, assignment, config))


def _measures(groups: Groups, kinds: list[str], places: list[int], assignment: Assignment, config: SplitConfig) -> dict[str, Any]:
    rows, largest = Counter(places), max(assignment.sizes, default=0)
    by_kind = Counter(zip(kinds, places, strict=True))
    common = [kind for kind, _ in sorted(Counter(kinds).items(), key=lambda item: (-item[1], item[0]))]
    return {
        "rows": {name: rows[place] for place, name in enumerate(SPLITS)},
        "shares": {name: _share(rows[place], len(kinds)) for place, name in enumerate(SPLITS)},
        "groups": len(groups.names),
        "groups_by_split": dict(zip(SPLITS, map(assignment.split_of.count, range(len(SPLITS))), strict=True)),
        "task_types": {kind: {name: by_kind[kind, place] for place, name in enumerate(SPLITS)} for kind in sorted(common[:_TYPES_SHOWN])},
        "task_types_not_shown": max(0, len(common) - _TYPES_SHOWN),
        "largest_group": {"rows": largest, "share": _share(largest, len(kinds))},
        "tied_by_duplicates": groups.tied,
        "not_tied_by_duplicates": groups.untied,
        "moved_groups": len(assignment.moves),
        "moves": assignment.moves[:_MOVES_SHOWN],
        "notes": _notes(groups, rows, largest, len(kinds), config),
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _notes(groups: Groups, rows: Counter[int], largest: int, whole: int, config: SplitConfig) -> list[str]:
    notes = []
    if 2 * largest > whole > 1:
        notes.append(
            f"one group of sessions and tasks holds {largest} of {whole} rows, and a group is never parted: it is in train. "
            "Give tasks ids of their own, so that the splits can have their shares"
        )
    for place, (name, share) in enumerate(zip(SPLITS, config.shares, strict=True)):
        # What chance does to a few hundred rows is no news.
        if rows[place] and not share / 2 <= rows[place] / whole <= max(2 * share, share + (1 - share) / 2):
            notes.append(f"{name} has {rows[place]} of {whole} rows where {share:g} of them were wanted: groups are too few or too uneven")
    if groups.untied:
        notes.append(f"{groups.untied} sessions that share a duplicate with others were not kept with them: the group would be too large")
    return notes
