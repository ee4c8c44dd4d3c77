"""Lots: numbers drawn for names by a hash, so that a choice depends on nothing but a seed and the name itself.

A lot never changes when other rows come or go: what was chosen for its low lot stays chosen until something lower comes. Lots of
different purposes (``tag``) and seeds have nothing to do with each other. No random generator is involved, and no hash of Python's own.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import TYPE_CHECKING

from agentlog._extras import require

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def lots(tag: str, seed: int, names: Iterable[str]) -> "NDArray[np.uint64]":
    """For each name a number that is as good as drawn evenly from 0 to 2⁶⁴ - 1; an array of shape (names,).

    Raises:
        MissingExtraError: numpy is not installed.
    """
    numpy = require("numpy", "build")
    before = f"{tag}\0{seed}\0".encode()
    drawn = b"".join(blake2b(before + name.encode(errors="surrogatepass"), digest_size=8).digest() for name in names)
    made: NDArray[np.uint64] = numpy.frombuffer(drawn, dtype=">u8").astype(numpy.uint64)
    return made


def fractions(tag: str, seed: int, names: Iterable[str]) -> "NDArray[np.float64]":
    """The same as numbers in [0, 1)."""
    # 53 bits are all that a double has; with more, the greatest would be rounded up to 1.
    made: NDArray[np.float64] = (lots(tag, seed, names) >> 11) / float(1 << 53)
    return made
