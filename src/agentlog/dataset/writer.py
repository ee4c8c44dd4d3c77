"""Writing a dataset: all files, their digests, the manifest and the card appear in one step, or nothing does.

The caller brings a draft of the manifest; what only the bytes can tell (digests, row counts) is filled in here. An existing dataset is
never touched.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import orjson

from agentlog._hashing import digest
from agentlog._io.atomic import publish_folder, write_file
from agentlog._io.jsonl import dump_lines
from agentlog.dataset.card import render_card
from agentlog.dataset.exports import find_export
from agentlog.dataset.layout import CARD, MANIFEST, datasets_folder, export_file, split_file
from agentlog.errors import DatasetError
from agentlog.schema.manifest import Manifest, SplitFacts
from agentlog.schema.sample import SPLITS, Sample, SplitName


class Published(NamedTuple):
    """Where a dataset lies, and its final manifest."""

    folder: Path
    manifest: Manifest


def publish_dataset(
    data: Path,
    draft: Manifest,
    samples: Mapping[SplitName, Sequence[Sample]],
    side_files: Mapping[str, bytes],
    exports: Sequence[str] = (),
    check: Callable[[Path], None] | None = None,
) -> Published:
    """Write a dataset under the role and build id of its manifest.

    ``check`` is shown the folder with all its files before anyone else can see it; if it raises, nothing is published.

    Raises:
        DatasetError: a dataset of that id is there already.
    """
    folder = datasets_folder(data, draft.role) / draft.build_id
    splits = {split: dump_lines(sample.row() for sample in samples[split]) for split in SPLITS}
    others = {**side_files, **_exported(draft.role, samples, exports)}
    manifest = draft.model_copy(
        update={
            "splits": {split: _facts(draft.role, split, samples[split], splits[split]) for split in SPLITS},
            "files": {name: digest_of(content) for name, content in sorted(others.items())},
        }
    )
    try:
        with publish_folder(folder) as staging:
            for split, content in splits.items():
                write_file(staging / split_file(draft.role, split), content)
            for name, content in others.items():
                write_file(staging / name, content)
            write_file(staging / MANIFEST, orjson.dumps(manifest.model_dump(mode="json"), option=orjson.OPT_INDENT_2))
            write_file(staging / CARD, render_card(manifest).encode())
            if check:
                check(staging)
    except FileExistsError as error:
        raise DatasetError(f"dataset {folder} is there already and is never overwritten") from error
    return Published(folder, manifest)


def digest_of(content: bytes) -> str:
    """The digest under which a file's bytes are kept in the manifest."""
    return digest("file", content)


def _exported(role: str, samples: Mapping[SplitName, Sequence[Sample]], exports: Sequence[str]) -> dict[str, bytes]:
    files = {}
    for name in exports:
        export = find_export(name)
        for split in SPLITS:
            rows = [row for sample in samples[split] if (row := export(sample)) is not None]
            files[export_file(role, split, name)] = dump_lines(rows)
    return files


def _facts(role: str, split: SplitName, samples: Sequence[Sample], content: bytes) -> SplitFacts:
    answers = sum(len(sample.trained) for sample in samples)
    return SplitFacts(file=split_file(role, split), rows=len(samples), answers=answers, digest=digest_of(content))
