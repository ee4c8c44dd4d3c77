"""MinHash: what of a text suffices to estimate how alike it is to others (Broder, 1997), and which of it must agree in near-duplicates.

A signature is the least value that each of 128 permutations gives a text's shingles; two texts agree in a permutation as often as their
shingles' Jaccard similarity says. Scheme, permutations and therefore estimates are datasketch 2's ``affine32``. A build keeps the lowest
byte of each value only (b-bit minwise hashing; Li and König, 2010), which agrees by chance once in 256 and takes a quarter of the space.

Neighbouring permutations are taken together as bands: texts that agree in a whole band are candidates, and of these only those that agree
in enough permutations are compared exactly. `Cut` chooses both for recall: a pair whose similarity is just the threshold is missed with a
probability of at most 10⁻⁴, a more similar one far more rarely.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from agentlog._extras import require
from agentlog.stages.shingles import encoded, lots_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PERMUTATIONS = 128
SEED = 1
SCHEME = "affine32"
MISSED = 1e-4
"""The greatest probability of missing a pair whose similarity is just the threshold."""


class Signatures(NamedTuple):
    """Of n texts the numbers of distinct shingles, shape (n,), and the signatures, shape (n, 128)."""

    shingles: "NDArray[np.int64]"
    values: "NDArray[np.uint32]"


class Cut(NamedTuple):
    """``rows`` permutations form a band; candidates agree in a whole band and in ``agreeing`` of the 128 permutations at least."""

    rows: int
    agreeing: int

    @property
    def bands(self) -> int:
        """How many bands there are; permutations that are left over belong to none."""
        return PERMUTATIONS // self.rows


def likeness(texts: Sequence[str], ngram: int) -> list[tuple[int, bytes]]:
    """Of each text the number of distinct shingles, and the 128 lowest bytes of its signature.

    Bands of any width are slices of these bytes, so that they serve every threshold.

    Raises:
        MissingExtraError: numba or numpy is not installed.
    """
    numpy = require("numpy", "build")
    found = signatures(texts, ngram)
    rows = found.values.astype(numpy.uint8).tobytes()
    return [(size, rows[PERMUTATIONS * place : PERMUTATIONS * (place + 1)]) for place, size in enumerate(found.shingles.tolist())]


def signatures(texts: Sequence[str], ngram: int) -> Signatures:
    """The signatures of texts; equal to those that datasketch gives their shingles' 32-bit hashes.

    Raises:
        MissingExtraError: numba or numpy is not installed.
    """
    numpy = require("numpy", "build")
    require("numba", "build")
    from agentlog.stages.kernels.texts import signatures_of

    multipliers, addends = permutations()
    sizes, values = numpy.empty(len(texts), numpy.int64), numpy.empty((len(texts), PERMUTATIONS), numpy.uint32)
    for lot in lots_of(texts):
        sizes[lot], values[lot] = signatures_of(*encoded(texts[lot]), ngram, multipliers, addends)
    return Signatures(sizes, values)


@lru_cache(maxsize=1)
def permutations() -> "tuple[NDArray[np.uint32], NDArray[np.uint32]]":
    """Multipliers and addends of datasketch's ``MinHash(num_perm=128, seed=1, scheme="affine32")``, which draws them in this way."""
    numpy = require("numpy", "build")
    drawn = numpy.random.RandomState(SEED)
    multipliers = drawn.randint(0, 1 << 31, PERMUTATIONS, dtype=numpy.uint32) * numpy.uint32(2) + numpy.uint32(1)
    return multipliers, drawn.randint(0, 1 << 32, PERMUTATIONS, dtype=numpy.uint32)


@lru_cache
def cut_for(threshold: float) -> Cut:
    """The longest bands and the most agreement that together miss a pair at the threshold with a probability of at most `MISSED`."""
    fitting = [rows for rows in range(1, 17) if (1 - threshold**rows) ** (PERMUTATIONS // rows) <= MISSED / 2]
    return Cut(max(fitting, default=1), agreement(threshold, MISSED / 2))


@lru_cache
def agreement(threshold: float, missed: float) -> int:
    """In how many permutations two texts agree at least whose similarity is the threshold, but for a chance of at most ``missed``."""
    agreeing = 1
    while _at_most(agreeing, threshold) <= missed:
        agreeing += 1
    return agreeing


def _at_most(agreeing: int, threshold: float) -> float:
    """The probability that of 128 permutations at most so many agree, if each does so with this probability."""
    return sum(
        math.comb(PERMUTATIONS, number) * threshold**number * (1 - threshold) ** (PERMUTATIONS - number) for number in range(agreeing + 1)
    )
