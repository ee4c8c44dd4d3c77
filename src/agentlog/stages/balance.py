"""Balance: no task type, and no role, may have more rows than asked. Which rows stay is a matter of their ids, not of their order."""

from collections import Counter
from collections.abc import Sequence

from pydantic import Field

from agentlog._hashing import digest
from agentlog.schema.outcome import Drop, DropReason, Outcome
from agentlog.schema.sample import Sample
from agentlog.stages.registry import StageConfig, stage


class BalanceConfig(StageConfig):
    """The most rows of the whole and of each task type; nothing means no limit."""

    max_rows: int | None = Field(None, ge=1)
    max_rows_per_task_type: int | None = Field(None, ge=1)
    seed: int = 0


@stage("balance", config=BalanceConfig, scope="whole", version=1)
def balance(batch: Sequence[Sample], config: BalanceConfig) -> Outcome[Sample]:
    """Drop what is above the limits, chosen by a hash of seed and row id."""
    ranked = sorted(batch, key=lambda sample: digest("balance", [config.seed, sample.id]))
    seen: Counter[str | None] = Counter()
    chosen: set[str] = set()
    for sample in ranked:
        within_type = config.max_rows_per_task_type is None or seen[sample.task_type] < config.max_rows_per_task_type
        within_all = config.max_rows is None or len(chosen) < config.max_rows
        if within_type and within_all:
            seen[sample.task_type] += 1
            chosen.add(sample.id)
    dropped = [
        Drop(stage="balance", reason=DropReason.BALANCE_CAP, source_ids=sample.source_ids, sample_id=sample.id)
        for sample in batch
        if sample.id not in chosen
    ]
    return Outcome([sample for sample in batch if sample.id in chosen], dropped)
