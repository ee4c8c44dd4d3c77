"""ShingleIndex: how many shingles a text shares with every other, counted exactly.

An inverted index leads from a shingle to the texts that have it, so that a text is compared with all others at once, and only what is
shared costs anything. What more than half of the texts have (the boilerplate of an agent) leads to the texts that lack it instead: the
more it is the same everywhere, the less it costs. Memory is some 20 bytes for each shingle of each text, and the texts themselves are not
kept.
"""

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Any

from agentlog._extras import require
from agentlog.stages.shingles import flat_shingle_sets

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TEXTS_AT_ONCE = 1000


class ShingleIndex:
    """``sizes`` is the number of distinct shingles of each text, shape (texts,).

    Raises:
        MissingExtraError: numpy or numba is not installed.
    """

    def __init__(self, texts: Iterable[str], ngram: int) -> None:
        self._numpy: Any = require("numpy", "build")
        values, self.sizes = self._shingles(texts, ngram)
        self._count = len(self.sizes)
        owners = self._numpy.repeat(self._numpy.arange(self._count, dtype=self._numpy.int32), self.sizes)
        order = values.argsort(kind="stable")
        self._texts: NDArray[np.int32] = owners[order]
        del owners
        by_shingle = values[order]
        fresh = self._numpy.ones(len(values), bool)
        fresh[1:] = by_shingle[1:] != by_shingle[:-1]
        del by_shingle
        self._starts: NDArray[np.int64] = self._numpy.append(fresh.nonzero()[0], len(values))
        # Of each text the numbers of its shingles, in the order that the texts came in.
        self._shingles_of: NDArray[np.int32] = self._numpy.empty(len(values), self._numpy.int32)
        self._shingles_of[order] = self._numpy.cumsum(fresh, dtype=self._numpy.int32) - 1
        self._begins: NDArray[np.int64] = self._numpy.concatenate([[0], self.sizes.cumsum()])
        self._lacking: dict[int, NDArray[np.int32]] = {}

    def steps(self, text: int) -> int:
        """How many entries `shared_with` looks at."""
        held = self._held(text)
        return int(self._numpy.minimum(held, self._count - held).sum())

    def shared_with(self, text: int) -> "NDArray[np.int64]":
        """How many shingles a text shares with each, itself included; shape (texts,)."""
        numbers = self._of(text)
        common = 2 * self._held(text) > self._count
        rare = [self._texts[start:end] for start, end in zip(*self._bounds(numbers[~common]), strict=True)]
        lacking = [self._lacking_texts(number) for number in numbers[common].tolist()]
        shared: NDArray[np.int64] = self._counted(rare) - self._counted(lacking) + len(lacking)
        return shared

    def _of(self, text: int) -> Any:
        return self._shingles_of[self._begins[text] : self._begins[text + 1]]

    def _bounds(self, numbers: Any) -> tuple[list[int], list[int]]:
        return self._starts[numbers].tolist(), self._starts[numbers + 1].tolist()

    def _held(self, text: int) -> Any:
        """Of each shingle of a text, how many texts have it."""
        numbers = self._of(text)
        return self._starts[numbers + 1] - self._starts[numbers]

    def _lacking_texts(self, number: int) -> "NDArray[np.int32]":
        if number not in self._lacking:
            lacks = self._numpy.ones(self._count, bool)
            lacks[self._texts[self._starts[number] : self._starts[number + 1]]] = False
            self._lacking[number] = lacks.nonzero()[0].astype(self._numpy.int32)
        return self._lacking[number]

    def _counted(self, lists: "list[NDArray[np.int32]]") -> Any:
        if not lists:
            return self._numpy.zeros(self._count, self._numpy.int64)
        return self._numpy.bincount(self._numpy.concatenate(lists), minlength=self._count)

    def _shingles(self, texts: Iterable[str], ngram: int) -> tuple[Any, Any]:
        parts, sizes = [], []
        waiting = iter(texts)
        while lot := list(islice(waiting, _TEXTS_AT_ONCE)):
            found = flat_shingle_sets(lot, ngram)
            parts.append(found.values)
            sizes.append(self._numpy.diff(found.starts))
        if not parts:
            return self._numpy.empty(0, self._numpy.uint64), self._numpy.empty(0, self._numpy.int64)
        return self._numpy.concatenate(parts), self._numpy.concatenate(sizes)
