"""A build, from the log to a published dataset.

The plan's stages run one after the other on an engine, batch stages over batches of the items, whole stages over all of them. After each
stage the answers are counted: what went in is what came out and what was dropped, or the build stops, for then a stage is wrong. Nothing
is visible before everything is written.
"""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from agentlog import __version__
from agentlog._hashing import digest, short
from agentlog._io.jsonl import dump_lines
from agentlog.build.check import check_folder
from agentlog.build.input import BuildInput, read_input
from agentlog.build.key import build_key
from agentlog.build.plan import Plan, make_plan, privacy_settings
from agentlog.build.report import render_report
from agentlog.build.review import preference_rows, review_rows
from agentlog.dataset.exports import find_export
from agentlog.dataset.layout import DROPS, PREFERENCES, REPLACEMENTS, REPORT, REVIEW, datasets_folder
from agentlog.dataset.reader import open_dataset
from agentlog.dataset.writer import publish_dataset
from agentlog.engines.base import Call, Engine
from agentlog.engines.registry import make_engine
from agentlog.errors import BuildRefusedError, DatasetError
from agentlog.privacy.settings import names_note
from agentlog.project import Project, load_project
from agentlog.schema.manifest import FunnelStep, Gate, Manifest, StageRef
from agentlog.schema.outcome import EXPLANATIONS, Drop, DropReason, Outcome, Replacement
from agentlog.schema.sample import SPLITS, Sample
from agentlog.stages.registry import Scope, find_stage

BATCH_SIZE = 256
OnStage = Callable[[str, int, int], None]
"""Called after each batch with the stage's name, the items done and the items in all."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """A dataset, and whether this very build had been made before."""

    folder: Path
    manifest: Manifest
    already_there: bool


@dataclass(slots=True)
class _Work:
    """What a build has in hand while it runs."""

    items: list[Any]
    drops: list[Drop] = field(default_factory=list)
    funnel: list[FunnelStep] = field(default_factory=list)
    measures: dict[str, dict[str, Any]] = field(default_factory=dict)
    replacements: list[Replacement] = field(default_factory=list)


def build_dataset(
    role: str,
    *,
    data: Path | str | None = None,
    project: Project | None = None,
    seed: int = 0,
    engine: str = "serial",
    exports: Sequence[str] = (),
    on_stage: OnStage | None = None,
) -> BuildResult:
    """Build the dataset of a role from the log, and publish it.

    Args:
        role: whose answers to train.
        data: the data folder; by default the project's.
        project: settings; by default those of the agentlog.yaml that the current folder belongs to.
        seed: chooses the splits, the review sample and what balance keeps.
        engine: where batches run.
        exports: further formats to write, e.g. ``alpaca``.
        on_stage: is told of the progress.

    Returns:
        The dataset's folder and manifest. The same input and settings give the same dataset, which is then not written again.

    Raises:
        BuildRefusedError: nothing is left to train, or too little for three splits; the message names what took most.
        LogError: there is no log.
        SettingError: a setting is wrong.
    """
    project = project or load_project(data=Path(data) if data else None)
    place = Path(data) if data else project.data
    runner = make_engine(engine)
    for name in exports:
        find_export(name)
    source = read_input(place, role)
    plan = make_plan(project, role, seed=seed, key=build_key(place))
    build_id = short(digest("build", [plan.digest, source.facts.digest, project.build.gates, sorted(exports), __version__]))
    folder = datasets_folder(place, role) / build_id
    if folder.exists():
        return BuildResult(folder, open_dataset(folder).manifest, already_there=True)
    work = _Work(list(source.sessions))
    for ref in plan.stages:
        _run_stage(ref, work, runner, on_stage)
    _require_three_splits(role, source, work)
    draft = _manifest(build_id, plan, project, source, work)
    samples: list[Sample] = work.items
    check = partial(check_folder, settings=privacy_settings(project))
    by_split = {split: [sample for sample in samples if sample.split == split] for split in SPLITS}
    try:
        published = publish_dataset(place, draft, by_split, _side_files(draft, source, work, seed), exports, check)
    except DatasetError:
        # Another process made the same build meanwhile, and equal builds are equal in every byte.
        return BuildResult(folder, open_dataset(folder).manifest, already_there=True)
    return BuildResult(published.folder, published.manifest, already_there=False)


def _run_stage(ref: StageRef, work: _Work, engine: Engine, on_stage: OnStage | None) -> None:
    batches = _batches(work.items, find_stage(ref.name).scope)
    call = Call("agentlog.stages.registry:run_stage", ref.model_dump())
    before = _answers(work.items)
    kept: list[Any] = []
    counts: Counter[str] = Counter()
    dropped: list[Drop] = []
    done = 0
    for batch, outcome in zip(batches, engine.map(call, batches), strict=True):
        _check(ref.name, batch, outcome)
        kept += outcome.kept
        dropped += outcome.dropped
        work.replacements += outcome.replacements
        counts += Counter(outcome.counts)
        if outcome.measures:
            work.measures[ref.name] = outcome.measures
        done += len(batch)
        if on_stage:
            on_stage(ref.name, done, len(work.items))
    reasons = Counter(dict.fromkeys(DropReason, 0))
    for drop in dropped:
        reasons[drop.reason] += len(drop.source_ids)
    work.items = kept
    work.drops += dropped
    work.funnel.append(
        FunnelStep(
            stage=ref.name,
            answers_in=before,
            dropped={reason.value: number for reason, number in reasons.items() if number},
            answers_out=_answers(kept),
            rows_out=len(kept),
            counts=dict(sorted(counts.items())),
        )
    )


def _batches(items: Sequence[Any], scope: Scope) -> list[Sequence[Any]]:
    """The items in order, cut where the scope of a stage allows it."""
    if scope == "whole":
        return [items] if items else []
    if scope == "batch":
        return [items[start : start + BATCH_SIZE] for start in range(0, len(items), BATCH_SIZE)]
    sessions: dict[str, list[Any]] = {}
    for item in items:
        sessions.setdefault(item.session_id or item.id, []).append(item)
    batches: list[list[Any]] = []
    for session in sessions.values():
        if not batches or len(batches[-1]) + len(session) > BATCH_SIZE:
            batches.append([])
        batches[-1] += session
    return list(batches)


def _answers(items: Sequence[Any]) -> int:
    return sum(len(item.source_ids) for item in items)


def _check(stage: str, batch: Sequence[Any], outcome: Outcome[Any]) -> None:
    """Every answer of the batch is kept or dropped, once: a stage that loses or doubles one is a bug."""
    before = Counter(source for item in batch for source in item.source_ids)
    after = Counter(source for item in [*outcome.kept, *outcome.dropped] for source in item.source_ids)
    if before != after:
        raise AssertionError(f"stage {stage} lost {len(before - after)} answers and made up {len(after - before)}")


def _require_three_splits(role: str, source: BuildInput, work: _Work) -> None:
    rows = Counter(sample.split for sample in work.items)
    if all(rows[split] for split in SPLITS):
        return
    read = source.facts.interactions
    taken = [(number, step.stage, reason) for step in work.funnel for reason, number in step.dropped.items()]
    number, stage, reason = max(taken, default=(0, "", ""))
    most = f"{stage} took most: {number} ({reason}: {EXPLANATIONS[DropReason(reason)]})" if taken else "nothing was dropped"
    if not work.items:
        raise BuildRefusedError(f"role {role}: none of {read} answers is left to train; {most}. See select in agentlog.yaml")
    groups = work.measures.get("split", {}).get("groups", 0)
    raise BuildRefusedError(
        f"role {role}: {len(work.items)} rows of {groups} independent tasks are too few for train, val and test, which need three; "
        f"of {read} answers read, {most}. Log more tasks"
    )


def _manifest(build_id: str, plan: Plan, project: Project, source: BuildInput, work: _Work) -> Manifest:
    scores = work.measures.get("score", {})
    models = Counter(answer.model or "unknown" for sample in work.items for answer in sample.trained_answers())
    kinds = Counter(sample.task_type or "none" for sample in work.items)
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
        input=source.facts,
        funnel=work.funnel,
        splits={},
        files={},
        models=dict(sorted(models.items())),
        task_types=dict(sorted(kinds.items())),
        scores=scores,
        gates={name: _gate(scores.get(name), least) for name, least in sorted(project.build.gates.items())},
        privacy={"replaced": dict(sorted(replaced.items())), "names": names_note(project.scrub.ner)},
        versions={"agentlog": __version__, "python": ".".join(map(str, sys.version_info[:2]))},
    )


def _gate(score: float | None, least: float) -> Gate:
    return Gate(score=score, least=least, passed=score is not None and score >= least)


def _side_files(draft: Manifest, source: BuildInput, work: _Work, seed: int) -> dict[str, bytes]:
    unread = [{"stage": "read", "file": line.file.name, "line": line.number, "reason": line.reason} for line in source.set_aside]
    return {
        DROPS: dump_lines([*unread, *(drop.model_dump(mode="json") for drop in work.drops)]),
        REPLACEMENTS: dump_lines(found.model_dump(mode="json") for found in work.replacements),
        REVIEW: dump_lines(review_rows(work.items, seed)),
        PREFERENCES: dump_lines(preference_rows(work.items)),
        REPORT: render_report(draft).encode(),
    }
