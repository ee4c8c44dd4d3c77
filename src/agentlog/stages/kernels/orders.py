"""Orders: what rows are sorted by, the content of a band, and what the shingles of crowded rows are sorted by, their rarity."""

import math

import numpy as np

from agentlog.stages.kernels.compiled import Bytes, Hashes, Places, Shorts, compiled


@compiled
def band_keys(values: Bytes, first: int, rows: int, keys: Hashes) -> None:
    """Write a number for what each row has in a band; no two contents share one, but for a chance of 2⁻⁶⁴ in bands of more than 8 rows."""
    factor = np.uint64(256) if rows <= 8 else np.uint64(0x9FB21C651E98DF25)
    for row in range(len(values)):
        key = np.uint64(0)
        for place in range(first, first + rows):
            key = key * factor + np.uint64(values[row, place])
        keys[row] = key


@compiled
def count(values: Hashes, counts: Shorts) -> None:
    """Count each shingle at the place its hash gives; whoever shares that place counts along, so that a count is never too low."""
    mask = np.uint64(len(counts) - 1)
    for value in values:
        if counts[value & mask] < 65535:
            counts[value & mask] += 1


@compiled
def prefixes_of(values: Hashes, starts: Places, counts: Shorts, threshold: float) -> tuple[Hashes, Places]:
    """Of each set the first elements in the order that all sets share, as far as one of them must be shared by whoever is near.

    That order is from the rarest on: an element is written as its count in the upper 16 bits, and most of its hash below.
    """
    mask = np.uint64(len(counts) - 1)
    begins = np.zeros(len(starts), np.int64)
    for one in range(len(starts) - 1):
        size = starts[one + 1] - starts[one]
        begins[one + 1] = begins[one] + min(size, size - math.ceil(threshold * size - 1e-6) + 1)
    prefixes = np.empty(begins[len(starts) - 1], np.uint64)
    for one in range(len(starts) - 1):
        ordered = values[starts[one] : starts[one + 1]].copy()
        for place in range(len(ordered)):
            rarity = np.uint64(counts[ordered[place] & mask])
            ordered[place] = (rarity << np.uint64(48)) | (ordered[place] >> np.uint64(16))
        ordered.sort()
        prefixes[begins[one] : begins[one + 1]] = ordered[: begins[one + 1] - begins[one]]
    return prefixes, begins
