"""Publishing a build: rows, ledgers, review sample, pages and manifest, written in one pass and checked before they show."""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson

from agentlog._io.jsonl import BadLine, dump_line
from agentlog.build.check import check_folder, proof
from agentlog.build.report import render_report
from agentlog.build.review import review_rows
from agentlog.build.rows import Rows
from agentlog.dataset.layout import CLUSTERS, DROPS, PREFERENCES, REPLACEMENTS, REPORT, REVIEW, split_file
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
        proofs = _write_sessions(writer, draft.role, done)
        writer.write(DROPS, done.drops)
        writer.write(CLUSTERS, done.clusters)
        for row in review_rows(done.kept, done.seed, done.review):
            writer.write(REVIEW, dump_line(row))
        manifest = writer.finish(draft, lambda so_far: {REPORT: render_report(so_far).encode()})
        check_folder(writer.staging, settings, proofs)
    return Published(writer.folder, manifest)


def _write_sessions(writer: DatasetWriter, role: str, done: Finished) -> dict[str, "array[int]"]:
    """The rows of each session and what is told beside them; returns the proofs of the lines that were verified."""
    proofs: dict[str, array[int]] = {}
    for ledger, outlines in _by_session(done):
        for drop in ledger.drops:
            writer.write(DROPS, dump_line(drop))
        for found in ledger.replacements:
            writer.write(REPLACEMENTS, dump_line(found))
        for outline in outlines:
            assert outline.split is not None
            text = done.rows.text(outline)
            line = text.line if outline.weight == 1.0 else _weighted(text.line, outline.weight)
            writer.row(outline.split, line, len(outline.source_ids), outline.sample)
            proofs.setdefault(split_file(role, outline.split), array("Q")).append(proof(text.line))
            if outline.split == "train":
                for pair in text.told["pairs"]:
                    writer.write(PREFERENCES, dump_line(pair))
    return proofs


def _by_session(done: Finished) -> Iterator[tuple[Any, list[Outline]]]:
    """Every session's ledger with its rows that are kept, in order."""
    groups = groupby(done.kept, key=done.rows.session_of)
    place, outlines = next(groups, (-1, iter(())))
    for session, ledger in enumerate(done.rows.ledgers()):
        if session == place:
            yield ledger, list(outlines)
            place, outlines = next(groups, (-1, iter(())))
        else:
            yield ledger, []


def _weighted(line: bytes, weight: float) -> bytes:
    return dump_line({**orjson.loads(line), "weight": weight})


def models_of(kept: Sequence[Outline]) -> dict[str, int]:
    """How many trained answers each model gave."""
    models: Counter[str] = Counter()
    for outline in kept:
        models.update(dict(outline.models))
    return dict(sorted(models.items()))
