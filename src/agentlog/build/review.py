"""The review sample: the rows that a person is asked to look at, and why each of them.

Half of it are the rows about which the signals disagree (`agentlog.build.doubt`), spread over the task types in proportion to their rows,
so that rare types are looked at as well. The other half are drawn by a hash from all rows: what a person says of those whose ``why`` names
``random`` is an estimate of the whole that no signal has biased. Only the texts of the chosen rows are read. The rows come in the order of
another hash, so that whoever stops half-way has looked at a fair part of both halves.

The same build asks for the same reviews. `agentlog.build.reviewed` takes the filled file back.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any

from agentlog.build.doubt import Doubt, doubts
from agentlog.project import ReviewSettings
from agentlog.schema.outline import Outline
from agentlog.stages.balance import NO_TYPE, largest_remainder
from agentlog.stages.lots import lots

RANDOM = "random"
_SAID_LATER: dict[str, None] = {"rating": None, "comments": None, "corrections": None}


def review_rows(outlines: Sequence[Outline], seed: int, settings: ReviewSettings | None = None) -> Iterator[dict[str, Any]]:
    """The rows to review, one at a time; a reviewer fills in ratings, comments and corrections, of the row or of its answers.

    Raises:
        MissingExtraError: numpy is not installed.
    """
    for place, why in chosen(outlines, seed, settings or ReviewSettings()):
        yield _row(outlines[place], why)


def chosen(outlines: Sequence[Outline], seed: int, settings: ReviewSettings) -> list[tuple[int, list[str]]]:
    """Which rows are to be reviewed, by their places, and the reasons of each."""
    size = sample_size(len(outlines), settings)
    if not size:
        return []
    doubt = doubts(outlines)
    drawn = lots("review", seed, (outline.id for outline in outlines))
    by_lot = drawn.argsort(kind="stable").tolist()
    at_random = set(by_lot[: size - size // 2])
    doubted = _doubted(outlines, doubt, drawn.tolist(), size // 2, at_random)
    # Where signals agree about nearly all, chance fills the rest: still the lowest lots of all rows, doubted or not.
    missing = size - len(at_random) - len(doubted)
    for place in by_lot[len(at_random) :]:
        if not missing:
            break
        missing -= place not in doubted
        at_random.add(place)
    order = lots("review order", seed, (outline.id for outline in outlines)).tolist()
    told = [(place, [*([RANDOM] if place in at_random else []), *doubt.reasons(place)]) for place in at_random | doubted]
    return sorted(told, key=lambda item: (order[item[0]], item[0]))


def sample_size(rows: int, settings: ReviewSettings) -> int:
    """How many of so many rows are reviewed: the share, within its limits, and all of few."""
    wanted = max(ceil(rows * settings.share - 1e-9), settings.least)
    return min(rows, wanted if settings.most is None else min(wanted, settings.most))


def _doubted(outlines: Sequence[Outline], doubt: Doubt, drawn: Sequence[int], size: int, taken: set[int]) -> set[int]:
    """The most doubtful rows that are not taken: each task type has its part, and what one has no use for goes to the others."""
    by_kind: dict[str, list[int]] = defaultdict(list)
    total = doubt.total.tolist()

    def rank(place: int) -> tuple[float, int, int]:
        return -total[place], drawn[place], place

    for place in doubt.total.nonzero()[0].tolist():
        if place not in taken:
            by_kind[outlines[place].task_type or NO_TYPE].append(place)
    if not by_kind:
        return set()
    rows = Counter(outline.task_type or NO_TYPE for outline in outlines)
    # One of each type first, as far as they go: those that are rarest would have no part otherwise.
    firsts = sorted(by_kind, key=lambda kind: (rows[kind], kind))[:size]
    quotas = largest_remainder({kind: float(rows[kind]) for kind in sorted(by_kind)}, size - len(firsts))
    found = {place for kind, places in by_kind.items() for place in sorted(places, key=rank)[: quotas[kind] + (kind in firsts)]}
    rest = sorted({place for places in by_kind.values() for place in places} - found, key=rank)
    return found | set(rest[: size - len(found)])


def _row(outline: Outline, why: list[str]) -> dict[str, Any]:
    sample = outline.sample()
    answers = [
        {
            "interaction_id": answer.interaction_id,
            "message": answer.index,
            "tests_passed": answer.tests_passed,
            "status": answer.status,
            **_SAID_LATER,
        }
        for answer in sample.trained_answers()
    ]
    told = {"id": outline.id, "split": outline.split, "task_type": outline.task_type, "why": why}
    return {**told, "answers": answers, "messages": sample.messages, **_SAID_LATER}
