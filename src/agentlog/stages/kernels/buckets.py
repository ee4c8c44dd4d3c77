"""Buckets: who agrees with whom in a whole band, among those that lead so far.

Rows that agree in a band are a group, known from the start; a group's bucket has a place for each of its rows, but only leaders are put
there. So what a row is compared with are leaders, however many rows there are that follow one. A group of more than some hundred rows is
crowded: it has no bucket, and `agentlog.stages.kernels.postings` finds who is near in it.
"""

from typing import NamedTuple

import numpy as np

from agentlog.stages.kernels.compiled import Bytes, Hashes, Numbers, Places, compiled

ALONE, CROWDED = -1, -2
"""In place of the number of a group: nobody else agrees in this band; too many do."""


class Sketches(NamedTuple):
    """Of n rows the lowest bytes of their signatures, shape (n, 128), and the numbers of their shingles, shape (n,)."""

    values: Bytes
    shingles: Places


class Buckets(NamedTuple):
    """Of each row and band the group, shape (n, bands); of each group where its bucket begins, and how many leaders are in it."""

    groups: Numbers
    starts: Places
    filled: Numbers
    leaders: Numbers


class Limits(NamedTuple):
    """What near means: the least similarity, and in how many permutations rows have to agree before it is computed."""

    threshold: float
    agreeing: int


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
def may_be_near(one: int, other: int, sketches: Sketches, limits: Limits) -> bool:
    """Whether sizes and signatures leave it possible that two rows are near."""
    sizes = sketches.shingles
    less, more = min(sizes[one], sizes[other]), max(sizes[one], sizes[other])
    if less < limits.threshold * more - 1e-6:
        return False
    agreeing = np.int32(0)
    for place in range(sketches.values.shape[1]):
        agreeing += np.int32(sketches.values[one, place] == sketches.values[other, place])
    return bool(agreeing >= limits.agreeing)


@compiled
def companions(row: int, tick: int, sketches: Sketches, limits: Limits, buckets: Buckets, seen: Places, out: Numbers) -> int:
    """Write the leaders that share a bucket with a row and may be near into ``out``; return how many there are."""
    found = 0
    for band in range(buckets.groups.shape[1]):
        group = buckets.groups[row, band]
        if group < 0:
            continue
        start = buckets.starts[group]
        for place in range(start, start + buckets.filled[group]):
            other = buckets.leaders[place]
            if seen[other] != tick:
                seen[other] = tick
                if may_be_near(row, other, sketches, limits):
                    out[found] = other
                    found += 1
    return found


@compiled
def put(row: int, buckets: Buckets) -> None:
    """Put a row into its buckets."""
    for band in range(buckets.groups.shape[1]):
        group = buckets.groups[row, band]
        if group >= 0:
            buckets.leaders[buckets.starts[group] + buckets.filled[group]] = row
            buckets.filled[group] += 1


@compiled
def take_back(row: int, buckets: Buckets) -> None:
    """Take the row out of its buckets that was put there last."""
    for band in range(buckets.groups.shape[1]):
        group = buckets.groups[row, band]
        if group >= 0:
            buckets.filled[group] -= 1
