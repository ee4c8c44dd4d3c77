"""Balance: how many rows a role and each of its task types may have, and what each choice costs.

Three means, alone or together. *Caps* are the most rows of the whole and of a type. *Target shares* drop rows of the types there are too
many of, until the shares are met: as many rows stay as can. *Up-weighting* drops none: rows of rare types weigh more, up to a limit, and
training multiplies their loss by the weight; with target shares it goes first, and only what is left is met by dropping.

Which rows of a type stay is a matter of a hash of seed and id, not of their order: a row stays when data is added, unless it is displaced
by one of a lower lot. The measures say per type what was there, what stayed and what a row weighs, and to how many rows of equal weight
the whole amounts: (Σw)² / Σw² (Kish, *Survey Sampling*, 1965), for uneven weights make noisier gradients.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor
from typing import Any

from pydantic import Field

from agentlog.schema.outcome import Drop, DropReason, Outcome
from agentlog.schema.outline import Outline
from agentlog.stages.lots import lots
from agentlog.stages.registry import StageConfig, stage

NO_TYPE = "none"
"""What rows without a task type are counted under."""


class BalanceConfig(StageConfig):
    """The most rows of the whole and of each task type; target shares by type; the most that a row may weigh; the seed of the hash."""

    max_rows: int | None = Field(None, ge=1)
    max_rows_per_task_type: int | None = Field(None, ge=1)
    shares: dict[str, float] = Field({})
    up_weight: float = Field(1.0, ge=1)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Quotas:
    """By task type how many rows stay and what each weighs, and what a person should know of it."""

    rows: dict[str, int]
    weights: dict[str, float]
    notes: list[str]


@stage("balance", config=BalanceConfig, scope="whole", version=3)
def balance(batch: Sequence[Outline], config: BalanceConfig) -> Outcome[Outline]:
    """Drop what is above the quotas, and weigh what stays."""
    before = Counter(map(_kind, batch))
    quotas = _quotas(before, config)
    chosen = _chosen(batch, quotas.rows, before, config)
    kept = [_weighed(outline, quotas.weights[_kind(outline)]) for outline, stays in zip(batch, chosen, strict=True) if stays]
    dropped = [
        Drop(stage="balance", reason=DropReason.BALANCE_CAP, source_ids=outline.source_ids, sample_id=outline.id)
        for outline, stays in zip(batch, chosen, strict=True)
        if not stays
    ]
    return Outcome(kept, dropped, measures=_measures(before, kept, quotas))


def _kind(outline: Outline) -> str:
    return outline.task_type or NO_TYPE


def _weighed(outline: Outline, weight: float) -> Outline:
    return outline if weight == 1.0 else replace(outline, weight=round(outline.weight * weight, 6))


def _quotas(before: Mapping[str, int], config: BalanceConfig) -> _Quotas:
    most = config.max_rows_per_task_type
    room = {kind: number if most is None else min(number, most) for kind, number in sorted(before.items())}
    if not room:
        return _Quotas({}, {}, [])
    if not config.shares:
        commonest = max(room.values())
        return _Quotas(room, {kind: min(config.up_weight, commonest / number) for kind, number in room.items()}, [])
    targets, notes = _targets(room, config.shares)
    rows, weights = _met(room, targets, config.up_weight)
    notes += _scarce(room, rows, targets, config.up_weight)
    if config.max_rows is not None and sum(rows.values()) > config.max_rows:
        rows = largest_remainder({kind: float(number) for kind, number in rows.items()}, config.max_rows)
    return _Quotas(rows, weights, notes)


def _targets(room: Mapping[str, int], shares: Mapping[str, float]) -> tuple[dict[str, float], list[str]]:
    """The shares of the types that there are, which add up to one; types that are not named share what is left by their rows."""
    notes = [f"there is no row of task type {kind}: its share goes to the others" for kind in sorted(shares) if kind not in room]
    unnamed = {kind: number for kind, number in room.items() if kind not in shares}
    left = max(0.0, 1 - sum(shares.values()))
    if len(unnamed) == len(room):
        return {kind: number / sum(room.values()) for kind, number in room.items()}, notes
    if left < 1e-9 and unnamed:
        notes.append(f"the shares leave nothing for {', '.join(unnamed)}: name a share for what should stay")
        left = 0.0
    targets = {kind: shares[kind] if kind in shares else left * number / sum(unnamed.values()) for kind, number in room.items()}
    return {kind: share / sum(targets.values()) for kind, share in targets.items()}, notes


def _met(room: Mapping[str, int], targets: Mapping[str, float], up_weight: float) -> tuple[dict[str, int], dict[str, float]]:
    """As many rows as can stay when every type has its share of the whole, which is counted by weight."""
    wanted = {kind: share for kind, share in targets.items() if share}
    whole = min(min(room[kind] * up_weight / share for kind, share in wanted.items()), max(room[kind] / wanted[kind] for kind in wanted))
    rows = {kind: min(number, max(floor(whole * targets[kind] + 1e-9), int(kind in wanted))) for kind, number in room.items()}
    weights = {kind: min(up_weight, max(1.0, whole * targets[kind] / rows[kind])) if rows[kind] else 1.0 for kind in room}
    # Where no row of a type was dropped for lack of others, what is left of a fraction of a row is no reason to weigh it.
    return rows, {kind: weight if rows[kind] == room[kind] else 1.0 for kind, weight in weights.items()}


def _scarce(room: Mapping[str, int], rows: Mapping[str, int], targets: Mapping[str, float], up_weight: float) -> list[str]:
    """Which type all others have to give way to, so that it has its share."""
    dropped = sum(room[kind] - rows[kind] for kind, share in targets.items() if share)
    if not dropped:
        return []
    scarce = min((kind for kind, share in targets.items() if share), key=lambda kind: (room[kind] * up_weight / targets[kind], kind))
    return [
        f"{dropped} rows are dropped so that the {room[scarce]} rows of task type {scarce} have {targets[scarce]:.0%}: "
        "log more of them, ask for a smaller share, or set up_weight"
    ]


def largest_remainder(parts: Mapping[str, float], total: int) -> dict[str, int]:
    """Whole numbers in the proportion of the parts that add up to ``total``: Hamilton's method; ties go to the first name."""
    whole = sum(parts.values())
    exact = {name: part * total / whole for name, part in parts.items()}
    given = {name: floor(value) for name, value in exact.items()}
    for name in sorted(exact, key=lambda name: (given[name] - exact[name], name))[: total - sum(given.values())]:
        given[name] += 1
    return given


def _chosen(batch: Sequence[Outline], rows: Mapping[str, int], before: Mapping[str, int], config: BalanceConfig) -> list[bool]:
    """For each row whether it stays: those with the lowest lots do."""
    most = config.max_rows if config.max_rows is not None else len(batch)
    if rows == before and len(batch) <= most:
        return [True] * len(batch)
    drawn = lots("balance", config.seed, (outline.id for outline in batch))
    left, stays = Counter(rows), [False] * len(batch)
    for place in drawn.argsort(kind="stable").tolist():
        kind = _kind(batch[place])
        if left[kind] > 0 and most > 0:
            stays[place] = True
            left[kind] -= 1
            most -= 1
    return stays


def _measures(before: Mapping[str, int], kept: Sequence[Outline], quotas: _Quotas) -> dict[str, Any]:
    after: Counter[str] = Counter()
    weights: Counter[str] = Counter()
    squares = 0.0
    for outline in kept:
        after[_kind(outline)] += 1
        weights[_kind(outline)] += outline.weight  # type: ignore[assignment]
        squares += outline.weight**2
    whole = float(sum(weights.values()))
    by_type = {
        kind: {
            "rows": number,
            "kept": after[kind],
            "dropped": number - after[kind],
            "weight": round(quotas.weights[kind], 6),
            "share": round(weights[kind] / whole, 6) if whole else 0.0,
        }
        for kind, number in sorted(before.items())
    }
    return {
        "rows": sum(before.values()),
        "kept": len(kept),
        "dropped": sum(before.values()) - len(kept),
        "effective_rows": round(whole**2 / squares, 2) if squares else 0.0,
        "mean_weight": round(whole / len(kept), 6) if kept else None,
        "task_types": by_type,
        "notes": quotas.notes,
    }
