"""Reading a dataset: found by role and build id, and trusted only if every file has the digest that the manifest names."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from pydantic import ValidationError

from agentlog._extras import require
from agentlog._io.atomic import STAGING_PREFIX
from agentlog._io.jsonl import BadLine, read_lines
from agentlog.dataset.layout import MANIFEST, datasets_folder
from agentlog.dataset.writer import digest_of
from agentlog.errors import DatasetError
from agentlog.schema.manifest import Manifest
from agentlog.schema.sample import SPLITS, Sample, SplitName

if TYPE_CHECKING:
    import datasets


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset whose files have been verified."""

    folder: Path
    manifest: Manifest

    def samples(self, split: SplitName) -> list[Sample]:
        """The rows of a split, in their order.

        Raises:
            DatasetError: a line is no row; the message names it.
        """
        return list(self._read(split))

    def as_hf(self) -> "datasets.DatasetDict":
        """The splits as Hugging Face datasets, made in memory; ``tools`` is a JSON string there, since tool schemas differ by row.

        Raises:
            MissingExtraError: the package datasets is not installed.
        """
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        hf = require("datasets", "build")
        rows = {split: [{**s.row(), "tools": orjson.dumps(s.tools).decode()} for s in self._read(split)] for split in SPLITS}
        made: datasets.DatasetDict = hf.DatasetDict({split: hf.Dataset.from_list(rows[split]) for split in SPLITS})
        return made

    def _read(self, split: SplitName) -> Iterator[Sample]:
        for line in read_lines(self.folder / self.manifest.splits[split].file):
            if isinstance(line, BadLine):
                raise DatasetError(f"dataset is damaged: {line}; remove it and build it again")
            try:
                sample = Sample.model_validate(line.value)
            except ValidationError as error:
                raise DatasetError(f"{line.file}:{line.number}: {_problem(error)}; build the dataset again") from error
            yield sample


def list_datasets(data: Path, role: str) -> list[Path]:
    """The folders of a role's datasets, oldest first."""
    folder = datasets_folder(data, role)
    found = [path for path in folder.glob("*") if (path / MANIFEST).is_file() and not path.name.startswith(STAGING_PREFIX)]
    return sorted(found, key=lambda path: ((path / MANIFEST).stat().st_mtime_ns, path.name))


def find_dataset(data: Path, role: str, build_id: str | None = None) -> Path:
    """The dataset of that id, or the newest one of the role.

    Raises:
        DatasetError: there is none, or it is another role's; the message says what there is and how to build one.
    """
    found = list_datasets(data, role)
    chosen = found[-1:] if build_id is None else [path for path in found if path.name == build_id]
    if not chosen:
        what = f"no dataset for role {role}" if build_id is None else f"no dataset {build_id} for role {role}"
        there = ", ".join(path.name for path in found) or "none"
        raise DatasetError(f"{what} in {data} (there are: {there}): run agentlog build --role {role}")
    of = read_manifest(chosen[0]).role
    if of != role:
        raise DatasetError(f"dataset {chosen[0]} is one of role {of}, not of {role}: put it back into its place, or name that role")
    return chosen[0]


def open_dataset(folder: Path) -> Dataset:
    """Open a dataset after verifying all of its files.

    Raises:
        DatasetError: it is missing or is not what was written; the message names the file.
    """
    manifest = read_manifest(folder)
    expected = {facts.file: facts.digest for facts in manifest.splits.values()} | manifest.files
    for name, wanted in expected.items():
        try:
            found = digest_of(folder / name)
        except OSError as error:
            raise DatasetError(f"dataset {folder} is damaged: {name} cannot be read; remove it and build it again") from error
        if found != wanted:
            raise DatasetError(f"dataset {folder} is damaged: {name} is not what was written; remove it and build it again")
    return Dataset(folder, manifest)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a dataset whose other files are not looked at.

    Raises:
        DatasetError: it is missing or damaged.
    """
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except OSError as error:
        raise DatasetError(f"no dataset in {folder}: it has no {MANIFEST}") from error
    except ValidationError as error:
        raise DatasetError(f"dataset {folder} is damaged: {MANIFEST}: {_problem(error)}") from error


def _problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False)[0]
    return f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
