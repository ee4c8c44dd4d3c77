"""Split: train, validation and test, such that nothing of a session or a task is in two of them.

Near-duplicates are gone by then. Rows that share a session or a task form one group, and a hash of the group decides its split; so a
group stays where it is when data is added, as long as no new row ties it to another. If that leaves a split empty, the group whose hash
lies nearest to its share of the range moves there.
"""

from collections.abc import Iterable, Sequence

from pydantic import Field

from agentlog._hashing import digest
from agentlog.schema.outcome import Outcome
from agentlog.schema.sample import Sample, SplitName
from agentlog.stages.registry import StageConfig, stage


class SplitConfig(StageConfig):
    """Shares of the splits (they add up to one) and the seed of the hash."""

    train: float = Field(0.8, gt=0, lt=1)
    val: float = Field(0.1, gt=0, lt=1)
    test: float = Field(0.1, gt=0, lt=1)
    seed: int = 0


@stage("split", config=SplitConfig, scope="whole", version=1)
def split(batch: Sequence[Sample], config: SplitConfig) -> Outcome[Sample]:
    """Give every sample its split."""
    group_of = _groups(batch)
    position = {group: _position(group, config.seed) for group in set(group_of)}
    assigned = _assign(position, config)
    kept = [sample.model_copy(update={"split": assigned[group]}) for sample, group in zip(batch, group_of, strict=True)]
    return Outcome(kept, measures={"groups": len(position)})


def _groups(batch: Sequence[Sample]) -> list[str]:
    """For each sample the name of its group: the smallest of the ties that hold it together."""
    parent: dict[str, str] = {}

    def root(tie: str) -> str:
        while parent.setdefault(tie, tie) != tie:
            parent[tie] = parent[parent[tie]]
            tie = parent[tie]
        return tie

    for sample in batch:
        first, *others = map(root, _ties(sample))
        for other in others:
            small, large = sorted((root(first), root(other)))
            parent[large] = small
    return [root(next(iter(_ties(sample)))) for sample in batch]


def _ties(sample: Sample) -> Iterable[str]:
    named = {"session": sample.session_id, "task": sample.task_id}
    return [f"{kind}:{name}" for kind, name in named.items() if name is not None] or [f"sample:{sample.id}"]


def _position(group: str, seed: int) -> float:
    """Where a group lies in [0, 1)."""
    return int(digest("split", [seed, group]).removeprefix("sha256:")[:13], 16) / 16**13


def _assign(position: dict[str, float], config: SplitConfig) -> dict[str, SplitName]:
    ranges: dict[SplitName, tuple[float, float]] = {
        "train": (0.0, config.train),
        "val": (config.train, config.train + config.val),
        "test": (config.train + config.val, 1.0),
    }
    assigned = {group: next(name for name, (_, end) in ranges.items() if place < end or end == 1.0) for group, place in position.items()}
    for name in ("test", "val", "train"):
        sizes = [other for other in ranges if other != name and sum(split == other for split in assigned.values()) > 1]
        if name not in assigned.values() and sizes:
            start, end = ranges[name]
            movable = [group for group in assigned if assigned[group] in sizes]
            nearest = min(movable, key=lambda group: (max(start - position[group], position[group] - end), group))
            assigned[nearest] = name
    return assigned
