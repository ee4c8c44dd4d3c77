"""Writing a dataset: all files, their digests, the manifest and the card appear in one step, or nothing does.

Files are written as their lines come, so that a dataset may be larger than memory. The caller brings a draft of the manifest; what only
the bytes can tell (digests, row counts) is filled in here. An existing dataset is never touched.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import orjson

from agentlog._io.atomic import publish_folder, write_file
from agentlog._io.jsonl import dump_line
from agentlog.dataset.card import render_card
from agentlog.dataset.exports import find_export
from agentlog.dataset.layout import CARD, MANIFEST, REVIEW, datasets_folder, export_file, split_file
from agentlog.errors import DatasetError
from agentlog.schema.manifest import Manifest, SplitFacts
from agentlog.schema.sample import SPLITS, Sample, SplitName

_BUFFER = 1 << 20
_CHUNK = 1 << 20
_TAG = b"file\0"
Pages = Callable[[Manifest], Mapping[str, bytes]]
"""Makes files for people of a manifest in which the splits are filled in."""


class Published(NamedTuple):
    """Where a dataset lies, and its final manifest."""

    folder: Path
    manifest: Manifest


@contextmanager
def writing_dataset(data: Path, role: str, build_id: str, exports: Sequence[str] = ()) -> Iterator["DatasetWriter"]:
    """A writer whose dataset is published when the block ends well; when it raises, nothing is left.

    Raises:
        DatasetError: a dataset of that id is there already.
    """
    folder = datasets_folder(data, role) / build_id
    try:
        with publish_folder(folder) as staging, ExitStack() as files:
            yield DatasetWriter(staging, folder, role, exports, files)
    except FileExistsError as error:
        raise DatasetError(f"dataset {folder} is there already and is never overwritten") from error


class DatasetWriter:
    """Writes the files of one dataset that nobody can see yet."""

    def __init__(self, staging: Path, folder: Path, role: str, exports: Sequence[str], files: ExitStack) -> None:
        self.folder = folder
        self.staging = staging
        self._role = role
        self._exports = {name: find_export(name) for name in exports}
        self._stack = files
        self._files: dict[str, IO[bytes]] = {}
        self._held: dict[str, bytearray] = {}
        self._states: dict[str, Any] = {}
        self._rows = dict.fromkeys(SPLITS, 0)
        self._answers = dict.fromkeys(SPLITS, 0)
        self._exported = dict.fromkeys(exports, 0)
        for split in SPLITS:
            self.write(split_file(role, split), b"")
            for name in exports:
                self.write(export_file(role, split, name), b"")

    def write(self, name: str, *lines: bytes) -> None:
        """Append to a file, which comes into being with its first write."""
        if name not in self._files:
            self._files[name] = self._stack.enter_context((self.staging / name).open("xb", buffering=0))
            self._states[name] = hashlib.sha256(_TAG)
            self._held[name] = bytearray()
        held = self._held[name]
        for line in lines:
            held += line
        if len(held) >= _BUFFER:
            self._write_out(name)

    def _write_out(self, name: str) -> None:
        held = self._held[name]
        self._states[name].update(held)
        rest = memoryview(held)
        while rest:
            rest = rest[self._files[name].write(rest) :]
        self._held[name] = bytearray()

    def row(self, split: SplitName, line: bytes, answers: int, sample: Callable[[], Sample]) -> None:
        """Append a row, given as its line, to its split, and to that of every other format that has a word for it."""
        self.write(split_file(self._role, split), line)
        self._rows[split] += 1
        self._answers[split] += answers
        for name, export in self._exports.items():
            if (row := export(sample())) is not None:
                self.write(export_file(self._role, split, name), dump_line(row))
                self._exported[name] += 1

    def finish(self, draft: Manifest, pages: Pages) -> Manifest:
        """Write what the bytes can tell: the pages for people, the manifest and the card."""
        for name in self._files:
            self._write_out(name)
        splits = {split: self._facts(split) for split in SPLITS}
        manifest = draft.model_copy(update={"splits": splits, "exports": self._exported})
        for name, content in pages(manifest).items():
            self.write(name, content)
            self._write_out(name)
        rows = {facts.file for facts in splits.values()}
        # A form to be filled in is no part of what must stay as it was written.
        files = {name: f"sha256:{state.hexdigest()}" for name, state in sorted(self._states.items()) if name not in {*rows, REVIEW}}
        manifest = manifest.model_copy(update={"files": files})
        self._stack.close()
        write_file(self.staging / MANIFEST, orjson.dumps(manifest.model_dump(mode="json"), option=orjson.OPT_INDENT_2))
        write_file(self.staging / CARD, render_card(manifest).encode())
        return manifest

    def _facts(self, split: SplitName) -> SplitFacts:
        name = split_file(self._role, split)
        digest = f"sha256:{self._states[name].hexdigest()}"
        return SplitFacts(file=name, rows=self._rows[split], answers=self._answers[split], digest=digest)


def digest_of(file: Path) -> str:
    """The digest under which a file is kept in the manifest.

    Raises:
        OSError: it cannot be read.
    """
    state = hashlib.sha256(_TAG)
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            state.update(chunk)
    return f"sha256:{state.hexdigest()}"
