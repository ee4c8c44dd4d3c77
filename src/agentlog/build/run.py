"""A build, from the log to a published dataset.

The first half of the plan is carried out session by session on an engine, and what comes of a session is kept; so a build that was stopped
goes on, and one with a little more data has little to do. The second half sees the outlines of all rows. After each stage the answers are
counted: what went in is what came out and what was dropped. Nothing is visible before everything is written and checked.
"""

import gc
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from operator import add
from pathlib import Path
from typing import Any, NamedTuple

from agentlog import __version__
from agentlog._hashing import digest, short
from agentlog._io.atomic import clear_abandoned
from agentlog._io.jsonl import dump_line
from agentlog._io.lock import locked
from agentlog.build.batch import TARGET, answers_in, check_answers
from agentlog.build.cache import OutcomeCache, cache_folder
from agentlog.build.key import build_key
from agentlog.build.plan import Plan, make_plan, privacy_settings
from agentlog.build.publish import Finished, models_of, publish
from agentlog.build.reading import read_sessions
from agentlog.build.rows import Rows
from agentlog.build.session_outcome import SessionOutcome, StageCount
from agentlog.build.sessions import Sessions
from agentlog.dataset.exports import find_export
from agentlog.dataset.layout import datasets_folder
from agentlog.dataset.reader import open_dataset
from agentlog.engines.base import Call, Engine
from agentlog.engines.registry import make_engine
from agentlog.engines.serial import SerialEngine
from agentlog.errors import BuildRefusedError, DatasetError
from agentlog.privacy.settings import names_note
from agentlog.project import Project, folder_name, load_project
from agentlog.schema.manifest import FunnelStep, Gate, InputFacts, Manifest, StageRef
from agentlog.schema.outcome import EXPLANATIONS, Drop, DropReason
from agentlog.schema.outline import Outline
from agentlog.schema.sample import SPLITS
from agentlog.stages.registry import make_ready
from agentlog.stages.ties import hand_on_ties
from agentlog.store.layout import log_files

BATCH_INTERACTIONS = 256
BATCH_BYTES = 1 << 20
_PYTHON = ".".join(map(str, sys.version_info[:2]))
_MADE_BY = f"{__version__} {_PYTHON}"
"""What may change outcomes beside the plan: Python's own parser judges code."""
OnStage = Callable[[str, int, int], None]
"""Called with what is going on, how much of it is done and how much there is (0: not known)."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """A dataset, and whether this very build had been made before. ``reused`` sessions had been worked on by an earlier build."""

    folder: Path
    manifest: Manifest
    already_there: bool
    reused: int = 0


class _Order(NamedTuple):
    """Who wants what: the settings of one build."""

    project: Project
    data: Path
    plan: Plan
    exports: tuple[str, ...]
    tell: OnStage


@dataclass(slots=True)
class _Work:
    """What a build has in hand while it runs."""

    items: list[Outline] = field(default_factory=list)
    funnel: list[FunnelStep] = field(default_factory=list)
    measures: dict[str, dict[str, Any]] = field(default_factory=dict)
    drops: bytearray = field(default_factory=bytearray)
    clusters: bytearray = field(default_factory=bytearray)


def build_dataset(
    role: str,
    *,
    data: Path | str | None = None,
    project: Project | None = None,
    seed: int = 0,
    engine: str = "serial",
    workers: int | None = None,
    address: str | None = None,
    exports: Sequence[str] = (),
    on_stage: OnStage | None = None,
) -> BuildResult:
    """Build the dataset of a role from the log, and publish it.

    Args:
        role: whose answers to train.
        data: the data folder; by default the project's.
        project: settings; by default those of the agentlog.yaml that the current folder belongs to.
        seed: chooses the splits, the review sample and what balance keeps.
        engine: where batches run: ``serial``, ``process`` or ``ray``.
        workers: how many processes the engine has; by default one for each core.
        address: of a Ray cluster; by default a Ray of this machine is started.
        exports: further formats to write, e.g. ``alpaca``.
        on_stage: is told of the progress.

    Returns:
        The dataset's folder and manifest. The same input and settings give the same dataset, which is then not written again.

    Raises:
        BuildRefusedError: nothing is left to train, or too little for three splits; the message names what took most.
        EngineError: a worker of the engine came to an end.
        LogError: there is no log.
        SettingError: a setting is wrong.
    """
    project = project or load_project(data=Path(data) if data else None)
    place = Path(data) if data else project.data
    tell = on_stage or _tell_nobody
    for name in exports:
        find_export(name)
    log_files(place)
    plan = make_plan(project, role, seed=seed, key=build_key(place))
    order = _Order(project, place, plan, tuple(exports), tell)
    lock = place / "cache" / "builds" / f"{folder_name(role)}.lock"
    with make_engine(engine, workers=workers, address=address) as runner, locked(lock, lambda: tell("wait", 0, 0)):
        return _build(order, runner)


def _build(order: _Order, runner: Engine) -> BuildResult:
    """The whole story, for whoever holds the lock."""
    role, place = order.plan.role, order.data
    caches = place / "cache" / "builds"
    with ExitStack() as held:
        cache = held.enter_context(OutcomeCache(cache_folder(place, folder_name(role), order.plan.session_stages(), _MADE_BY)))
        index = caches / f"{folder_name(role)}.index"
        reading = read_sessions(place, role, index=index, have=cache.__contains__, on_read=lambda number: order.tell("read", number, 0))
        sessions = held.enter_context(reading)
        build_id = _build_id(order, sessions)
        folder = datasets_folder(place, role) / build_id
        clear_abandoned(folder.parent)
        if folder.exists():
            return BuildResult(folder, open_dataset(folder).manifest, already_there=True)
        reused = _carry_out(order, sessions, cache, runner)
        held.enter_context(_without_collection())
        rows, work = Rows(cache, sessions.keys), _Work()
        _take_stock(order, rows, work)
        for ref in order.plan.whole_stages():
            _run_whole(ref, work, order.tell)
        _require_three_splits(role, sessions.facts, work)
        draft = _manifest(build_id, order, sessions.facts, work)
        order.tell("write", 0, 0)
        review = order.project.build.review
        done = Finished(work.items, rows, sessions.set_aside, bytes(work.drops), bytes(work.clusters), order.plan.seed, review)
        try:
            published = publish(place, draft, done, order.exports, privacy_settings(order.project))
        except DatasetError:
            # Another machine made the same build meanwhile, and equal builds are equal in every byte.
            return BuildResult(folder, open_dataset(folder).manifest, already_there=True)
        cache.give_up_unused(sessions.keys)
    return BuildResult(published.folder, published.manifest, already_there=False, reused=reused)


@contextmanager
def _without_collection() -> Iterator[None]:
    """Outlines are many and form no cycles: looking for some among them again and again would take a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _tell_nobody(stage: str, done: int, total: int) -> None:
    """Nobody watches."""


def _build_id(order: _Order, sessions: Sessions) -> str:
    unread = [(line.file.name, line.number, line.reason) for line in sessions.set_aside]
    made_of = [order.plan.digest, sessions.facts.digest, unread, order.project.build.gates, sorted(order.exports), _MADE_BY]
    made_of.append(order.project.build.review.model_dump())
    return short(digest("build", made_of))


def _carry_out(order: _Order, sessions: Sessions, cache: OutcomeCache, engine: Engine) -> int:
    """Have every session worked on that has not been yet; returns how many had been."""
    missing = [place for place, key in enumerate(sessions.keys) if key not in cache]
    call = Call(TARGET, {"stages": [ref.model_dump(mode="json") for ref in order.plan.session_stages(private=True)]})
    done = 0
    if sum(map(sessions.interactions_of, missing)) <= BATCH_INTERACTIONS:
        engine = SerialEngine()  # for so little, starting others takes longer than the work
    for outcomes in engine.map(call, _batches(sessions, missing)):
        for outcome in outcomes:
            cache.add(SessionOutcome(*outcome))
        done += len(outcomes)
        order.tell("clean", done, len(missing))
    cache.flush()
    return len(sessions) - len(missing)


def _batches(sessions: Sessions, places: Sequence[int]) -> Iterator[list[tuple[bytes, bytes]]]:
    """The sessions at these places, as many at a time as make a batch worth sending."""
    batch: list[tuple[bytes, bytes]] = []
    interactions = size = 0
    for place in places:
        content = sessions.content(place)
        batch.append((sessions.keys[place], content))
        interactions += sessions.interactions_of(place)
        size += len(content)
        if interactions >= BATCH_INTERACTIONS or size >= BATCH_BYTES:
            yield batch
            batch, interactions, size = [], 0, 0
    if batch:
        yield batch


def _take_stock(order: _Order, rows: Rows, work: _Work) -> None:
    """The outlines of all rows, and what the first half did to all sessions together."""
    totals = [StageCount() for _ in order.plan.session_stages()]
    numbers = [0] * (3 * len(totals))
    for session in rows.outlines():
        numbers = list(map(add, numbers, session.numbers))
        for place, dropped, counts in session.told:
            totals[place].add(dropped, counts)
        work.items += session.rows
    for place, total in enumerate(totals):
        total.answers_in, total.answers_out, total.rows_out = numbers[3 * place : 3 * place + 3]
    work.funnel += [total.as_step(ref.name) for total, ref in zip(totals, order.plan.session_stages(), strict=True)]


def _run_whole(ref: StageRef, work: _Work, tell: OnStage) -> None:
    tell(ref.name, 0, 0)
    before = work.items
    outcome = make_ready(**ref.model_dump()).run(before)
    check_answers(ref.name, before, outcome)
    if outcome.measures:
        work.measures[ref.name] = outcome.measures
    step = StageCount(answers_in(before), {}, answers_in(outcome.kept), len(outcome.kept), outcome.counts)
    for drop in outcome.dropped:
        step.dropped[drop.reason.value] = step.dropped.get(drop.reason.value, 0) + len(drop.source_ids)
        work.drops += dump_line(drop.model_dump(mode="json", exclude_none=True))
        if drop.winner:
            work.clusters += dump_line(_membership(drop))
    work.items = hand_on_ties(before, outcome.kept, outcome.dropped)
    work.funnel.append(step.as_step(ref.name))
    tell(ref.name, len(before), len(before))


def _membership(drop: Drop) -> dict[str, Any]:
    """A line of the cluster map: a row that is not kept, and the row that is kept in its place."""
    return {"row": drop.sample_id, "winner": drop.winner, "similarity": drop.similarity, "stage": drop.stage}


def _require_three_splits(role: str, facts: InputFacts, work: _Work) -> None:
    rows = Counter(outline.split for outline in work.items)
    if all(rows[split] for split in SPLITS):
        return
    taken = [(number, step.stage, reason) for step in work.funnel for reason, number in step.dropped.items()]
    number, stage, reason = max(taken, default=(0, "", ""))
    most = f"{stage} took most: {number} ({reason}: {EXPLANATIONS[DropReason(reason)]})" if taken else "nothing was dropped"
    read = facts.interactions
    if not work.items:
        setting = f". See build.{stage} in agentlog.yaml" if stage in ("select", "decontaminate") and reason != DropReason.FAILED else ""
        raise BuildRefusedError(f"role {role}: none of {read} answers is left to train; {most}{setting}")
    groups = work.measures.get("split", {}).get("groups", 0)
    raise BuildRefusedError(
        f"role {role}: {len(work.items)} rows of {groups} independent tasks are too few for train, val and test, which need three; "
        f"of {read} answers read, {most}. Log more tasks"
    )


def _manifest(build_id: str, order: _Order, facts: InputFacts, work: _Work) -> Manifest:
    project, plan = order.project, order.plan
    scores, checks = work.measures.pop("score", {}), work.measures.pop("leaks", {})
    kinds = Counter(outline.task_type or "none" for outline in work.items)
    replaced: Counter[str] = Counter()
    for step in work.funnel:
        if step.stage in ("secrets", "redact"):
            replaced += Counter(step.counts)
    return Manifest(
        role=plan.role,
        build_id=build_id,
        seed=plan.seed,
        plan=plan.public(),
        plan_digest=plan.digest,
        input=facts,
        funnel=work.funnel,
        splits={},
        files={},
        models=models_of(work.items),
        task_types=dict(sorted(kinds.items())),
        scores=scores,
        gates={name: _gate(scores.get(name), least) for name, least in sorted(project.build.gates.items())},
        measures=work.measures,
        checks=checks,
        privacy={"replaced": dict(sorted(replaced.items())), "names": names_note(project.scrub.ner)},
        versions={"agentlog": __version__, "python": _PYTHON},
    )


def _gate(score: float | None, least: float) -> Gate:
    return Gate(score=score, least=least, passed=score is not None and score >= least)
