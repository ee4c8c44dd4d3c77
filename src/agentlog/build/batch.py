"""The first half of a build, for a batch of sessions: from what was logged to rows that are finished and outlined.

This is what an engine calls, wherever it runs. What comes out for a session depends on that session alone, so that it can be kept and used
again; stages that look at rows one by one are given those of all sessions at once, because that is faster. After each stage the answers
are counted: what went in is what was kept and what was dropped, or the build stops, for then the stage is wrong.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from agentlog.build.session_outcome import SessionOutcome, StageCount, packed
from agentlog.build.sessions import session_of
from agentlog.schema.outcome import Drop, Outcome, Replacement
from agentlog.stages.registry import ReadyStage, make_ready

TARGET = "agentlog.build.batch:carry_out"


@dataclass(slots=True)
class _Work:
    """What is in hand of one session."""

    key: bytes
    items: list[Any]
    steps: list[StageCount] = field(default_factory=list)
    drops: list[Drop] = field(default_factory=list)
    replacements: list[Replacement] = field(default_factory=list)


def carry_out(batch: Sequence[tuple[bytes, bytes]], *, stages: Sequence[Mapping[str, Any]]) -> list[SessionOutcome]:
    """Run the stages of a plan's first half on sessions, each given by its key and content.

    Raises:
        AgentlogError: a stage cannot be run as the plan has it.
    """
    works = [_Work(key, [session_of(content)]) for key, content in batch]
    for stage in _ready(json.dumps(stages)):
        if stage.scope == "session":
            for work in works:
                _take_in(work, stage.name, work.items, stage.run(work.items))
        else:
            _run_together(works, stage)
    return [packed(work.key, work.steps, work.items, work.drops, work.replacements) for work in works]


@lru_cache(maxsize=4)
def _ready(written: str) -> tuple[ReadyStage, ...]:
    return tuple(make_ready(**ref) for ref in json.loads(written))


def _run_together(works: list[_Work], stage: ReadyStage) -> None:
    owner = {source: place for place, work in enumerate(works) for item in work.items for source in item.source_ids}
    outcome = stage.run([item for work in works for item in work.items])
    if outcome.counts:
        raise AssertionError(f"stage {stage.name} counts over a whole batch, where nothing says whose the counts are")
    parts: list[Outcome[Any]] = [Outcome([]) for _ in works]
    for item in outcome.kept:
        parts[owner[item.source_ids[0]]].kept.append(item)
    for drop in outcome.dropped:
        parts[owner[drop.source_ids[0]]].dropped.append(drop)
    for work, part in zip(works, parts, strict=True):
        _take_in(work, stage.name, work.items, part)


def _take_in(work: _Work, name: str, before: Sequence[Any], outcome: Outcome[Any]) -> None:
    check_answers(name, before, outcome)
    reasons: Counter[str] = Counter()
    for drop in outcome.dropped:
        reasons[drop.reason.value] += len(drop.source_ids)
    step = StageCount(answers_in(before), dict(reasons), answers_in(outcome.kept), len(outcome.kept), outcome.counts)
    work.steps.append(step)
    work.items = list(outcome.kept)
    work.drops += outcome.dropped
    work.replacements += outcome.replacements


def answers_in(items: Sequence[Any]) -> int:
    """How many logged answers these items stand for."""
    return sum(len(item.source_ids) for item in items)


def check_answers(stage: str, before: Sequence[Any], outcome: Outcome[Any]) -> None:
    """Every answer of the batch is kept or dropped, once: a stage that loses or doubles one is a bug."""
    given = sorted(source for item in before for source in item.source_ids)
    left = sorted(source for item in [*outcome.kept, *outcome.dropped] for source in item.source_ids)
    if given != left:
        lost, made_up = Counter(given) - Counter(left), Counter(left) - Counter(given)
        raise AssertionError(f"stage {stage} lost {lost.total()} answers and made up {made_up.total()}")
