"""Publishing a build: rows, ledgers, review sample, pages and manifest, written in one pass and checked before they show."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import orjson

from agentlog._io.jsonl import BadLine, dump_line
from agentlog.build.check import check_folder
from agentlog.build.report import render_report
from agentlog.build.review import review_rows
from agentlog.build.rows import Rows, place_of
from agentlog.dataset.layout import CLUSTERS, DROPS, PREFERENCES, REPLACEMENTS, REPORT, REVIEW
from agentlog.dataset.writer import DatasetWriter, Published, writing_dataset
from agentlog.privacy.settings import PrivacySettings
from agentlog.project import ReviewSettings
from agentlog.schema.manifest import Manifest
from agentlog.schema.outline import Outline

_LEDGERS = (DROPS, REPLACEMENTS, PREFERENCES, CLUSTERS, REVIEW)


@dataclass(frozen=True, slots=True)
class Finished:
    """What a build has come to: the rows that are kept, in order, with where their texts lie, and what is told beside them."""

    kept: Sequence[Outline]
    rows: Rows
    set_aside: Sequence[BadLine]
    drops: bytes
    """The drops of the stages that saw the whole, as lines."""
    clusters: bytes
    seed: int
    review: ReviewSettings


def publish(data: Path, draft: Manifest, done: Finished, exports: Sequence[str], settings: PrivacySettings) -> Published:
    """Write a dataset under the role and build id of its manifest.

    Raises:
        BuildRefusedError: something private is left in a file; nothing is published.
        DatasetError: a dataset of that id is there already.
    """
    with writing_dataset(data, draft.role, draft.build_id, exports) as writer:
        for name in _LEDGERS:
            writer.write(name, b"")
        for line in done.set_aside:
            writer.write(DROPS, dump_line({"stage": "read", "file": line.file.name, "line": line.number, "reason": line.reason}))
        as_verified = _write_sessions(writer, done)
        writer.write(DROPS, done.drops)
        writer.write(CLUSTERS, done.clusters)
        for row in review_rows(done.kept, done.seed, done.review):
            writer.write(REVIEW, dump_line(row))
        manifest = writer.finish(draft, lambda so_far: {REPORT: render_report(so_far).encode()})
        verified = {facts.file: facts.digest for facts in manifest.splits.values()} if as_verified else {}
        check_folder(writer.staging, settings, verified)
    return Published(writer.folder, manifest)


def _write_sessions(writer: DatasetWriter, done: Finished) -> bool:
    """The rows of each session and what is told beside them; says whether all rows went out just as they were verified."""
    as_verified = True
    groups = groupby(done.kept, key=lambda outline: place_of(outline).session)
    place, outlines = next(groups, (-1, iter(())))
    for session in range(len(done.rows)):
        texts = done.rows.texts(session)
        writer.write(DROPS, *texts.drops)
        writer.write(REPLACEMENTS, *texts.replacements)
        if session != place:
            continue
        for outline in outlines:
            number = place_of(outline).number
            line = texts.rows[number]
            if outline.weight != 1.0:
                line, as_verified = dump_line({**orjson.loads(line), "weight": outline.weight}), False
            assert outline.split is not None
            writer.row(outline.split, line, len(outline.source_ids), outline.sample)
            if outline.split == "train":
                writer.write(PREFERENCES, *texts.pairs[number])
        place, outlines = next(groups, (-1, iter(())))
    return as_verified


def models_of(kept: Sequence[Outline]) -> dict[str, int]:
    """How many trained answers each model gave."""
    models: Counter[str] = Counter()
    for outline in kept:
        models.update(dict(outline.models))
    return dict(sorted(models.items()))
