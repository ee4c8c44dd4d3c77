"""Near index: a folder that remembers which texts were kept, so that later ones can be told to be near them.

It holds signatures and sets of hashed shingles, never a text. Candidates come from datasketch's ``MinHashLSH``, filled with the signatures
when the index is opened, and exact Jaccard similarity decides. ``index.json`` says with which scheme, permutations, seed, threshold and
words per shingle it was made; another one is refused, since signatures of different schemes cannot be compared. What one run adds is one
file, which counts only once ``index.json`` names it, and that is replaced in one step: an index is never half-written.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from agentlog._extras import require
from agentlog._io.atomic import write_file
from agentlog.errors import SettingError
from agentlog.stages.minhash import PERMUTATIONS, SCHEME, SEED, cut_for, signatures
from agentlog.stages.shingles import flat_shingle_sets

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_VERSION = 1
_NAME = "index.json"


class Remembered(NamedTuple):
    """A text of the index that another one is near to: the file and line it came from, and how similar they are."""

    file: str
    line: int
    similarity: float


class _Part(NamedTuple):
    """What one run added."""

    file: str
    lines: "NDArray[np.int64]"
    signatures: "NDArray[np.uint32]"
    values: "NDArray[np.uint64]"
    starts: "NDArray[np.int64]"


class NearIndex:
    """An open index; whoever adds to it holds a lock."""

    def __init__(self, folder: Path, threshold: float, ngram: int) -> None:
        """Open an index, or begin one.

        Raises:
            SettingError: the index was made in another way, or cannot be read.
            MissingExtraError: datasketch is not installed.
        """
        sketch = require("datasketch", "build")
        self._folder, self._threshold, self._ngram = folder, threshold, ngram
        self._rule = {
            "version": _VERSION,
            "scheme": SCHEME,
            "permutations": PERMUTATIONS,
            "seed": SEED,
            "threshold": threshold,
            "ngram": ngram,
        }
        cut = cut_for(threshold)
        self._agreeing = cut.agreeing
        self._lsh = sketch.MinHashLSH(num_perm=PERMUTATIONS, params=(cut.bands, cut.rows))
        self._parts: list[_Part] = []
        self._named: list[dict[str, Any]] = self._read_names()
        for named in self._named:
            self._take(self._read_part(named))

    @property
    def texts(self) -> int:
        """How many texts it holds."""
        return sum(len(part.lines) for part in self._parts)

    def near(self, texts: Sequence[str]) -> list[Remembered | None]:
        """For each text the nearest one of the index, if one is near enough; of equally near ones the oldest."""
        found: list[Remembered | None] = [None] * len(texts)
        for place, signature in enumerate(signatures(texts, self._ngram).values):
            keys = [key for key in self._lsh.query(self._of(signature)) if self._agree(key, signature)]
            if keys:
                own = flat_shingle_sets([texts[place]], self._ngram).values
                alike, (part, row) = max(((self._similarity(key, own), key) for key in keys), key=lambda one: (one[0], *_older(one[1])))
                if alike >= self._threshold:
                    found[place] = Remembered(self._parts[part].file, int(self._parts[part].lines[row]), alike)
        return found

    def add(self, file: str, lines: Sequence[int], texts: Sequence[str]) -> None:
        """Remember texts, which stood in these lines of a file of that name.

        Raises:
            OSError: the folder cannot be written.
        """
        if not texts:
            return
        numpy = require("numpy", "build")
        sets = flat_shingle_sets(texts, self._ngram)
        part = _Part(file, numpy.array(lines, numpy.int64), signatures(texts, self._ngram).values, sets.values, sets.starts)
        packed = io.BytesIO()
        numpy.savez(packed, lines=part.lines, signatures=part.signatures, values=part.values, starts=part.starts)
        name = f"part-{len(self._named) + 1:05d}.npz"
        write_file(self._folder / name, packed.getvalue())
        self._named.append({"name": name, "file": file, "texts": len(texts)})
        write_file(self._folder / _NAME, orjson.dumps({**self._rule, "parts": self._named}, option=orjson.OPT_INDENT_2))
        self._take(part)

    def _read_names(self) -> list[dict[str, Any]]:
        file = self._folder / _NAME
        if not file.exists():
            if any(not one.name.startswith(("part-", ".")) for one in (self._folder.iterdir() if self._folder.exists() else ())):
                raise SettingError(f"{self._folder} is no index of near-duplicates: choose a new folder")
            return []
        try:
            said = orjson.loads(file.read_bytes())
            parts: list[dict[str, Any]] = said.pop("parts")
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise SettingError(f"{file} cannot be read: {type(error).__name__}") from error
        for name, own in self._rule.items():
            if said.get(name) != own:
                raise SettingError(f"{self._folder} was made with {name} {said.get(name)}, not {own}: take that, or another folder")
        return parts

    def _read_part(self, named: dict[str, Any]) -> _Part:
        numpy = require("numpy", "build")
        file = self._folder / str(named["name"])
        try:
            with numpy.load(file, allow_pickle=False) as packed:
                part = _Part(str(named["file"]), packed["lines"], packed["signatures"], packed["values"], packed["starts"])
        except (OSError, ValueError, KeyError) as error:
            raise SettingError(f"{file} cannot be read: {type(error).__name__}") from error
        return part

    def _take(self, part: _Part) -> None:
        number = len(self._parts)
        self._parts.append(part)
        with self._lsh.insertion_session() as session:
            for row, signature in enumerate(part.signatures):
                session.insert((number, row), self._of(signature), check_duplication=False)

    def _of(self, signature: "NDArray[np.uint32]") -> Any:
        sketch = require("datasketch", "build")
        return sketch.LeanMinHash(seed=SEED, hashvalues=signature, scheme=SCHEME)

    def _agree(self, key: tuple[int, int], signature: "NDArray[np.uint32]") -> bool:
        part, row = key
        return int((self._parts[part].signatures[row] == signature).sum()) >= self._agreeing

    def _similarity(self, key: tuple[int, int], own: "NDArray[np.uint64]") -> float:
        numpy = require("numpy", "build")
        part, row = self._parts[key[0]], key[1]
        other = part.values[part.starts[row] : part.starts[row + 1]]
        shared = len(numpy.intersect1d(own, other, assume_unique=True))
        return shared / (len(own) + len(other) - shared)


def _older(key: tuple[int, int]) -> tuple[int, int]:
    return (-key[0], -key[1])
