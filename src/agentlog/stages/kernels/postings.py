"""Postings: who shares a rare shingle, which among rows of one boilerplate is the only thing that can make two of them near.

Of two sets of sizes x and y whose Jaccard similarity is at least t, at least t / (1 + t) · (x + y) elements are shared. In any order of all
elements, the same for all sets, the first shared element stands before place x - that + 1 in the one, and y - that + 1 in the other (prefix
and positional filter; Bayardo et al., 2007; Xiao et al., 2008). In the order from the rarest shingle to the most frequent, what all rows
share comes last, mostly behind that place. So leaders are posted under the shingles of their prefix, and a row looks up those of its own.

The leaders of a shingle are a heap, with those at its top that can be near rows of the greatest size (its reach): looking up visits only
those that size and place allow, and nobody visits the hundred thousand others that have the same boilerplate. No near pair is missed.
"""

import math
from typing import NamedTuple

import numpy as np

from agentlog.stages.kernels.buckets import Limits, Sketches, may_be_near
from agentlog.stages.kernels.compiled import Hashes, Numbers, Places, Shorts, compiled
from agentlog.stages.kernels.shingling import mixed

_NOBODY = np.int32(-1)


class Postings(NamedTuple):
    """An open-addressed table from shingles (0: free) to heaps, and the nodes of the heaps. ``used``: numbers of shingles and of nodes."""

    shingles: Hashes
    tops: Numbers
    rows: Numbers
    reaches: Numbers
    left: Numbers
    right: Numbers
    used: Places


@compiled
def count(values: Hashes, counts: Shorts) -> None:
    """Count each shingle at the place its hash gives; whoever shares that place counts along, so that a count is never too low."""
    mask = np.uint64(len(counts) - 1)
    for value in values:
        place = mixed(value) & mask
        if counts[place] < 65535:
            counts[place] += 1


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
            rarity = np.uint64(counts[mixed(ordered[place]) & mask])
            ordered[place] = (rarity << np.uint64(48)) | (ordered[place] >> np.uint64(16))
        ordered.sort()
        prefixes[begins[one] : begins[one + 1]] = ordered[: begins[one + 1] - begins[one]]
    return prefixes, begins


@compiled
def sharers(
    row: int,
    prefix: Hashes,
    tick: int,
    sketches: Sketches,
    limits: Limits,
    postings: Postings,
    seen: Places,
    out: Numbers,
    found: int,
    stack: Numbers,
) -> int:
    """Add the leaders to ``out`` that share a shingle of a row's prefix with it and may be near; return how many there are then."""
    share = limits.threshold / (1 + limits.threshold)
    size = sketches.shingles[row]
    least = math.ceil(share * size - 1e-6) - 1
    for place in range(len(prefix)):
        if prefix[place] >> np.uint64(48) < 2:
            continue
        node = postings.tops[slot_of(prefix[place], postings.shingles)]
        most = ((1 - share) * size - place) / share + 1e-6
        depth = 0
        while node >= 0 or depth > 0:
            if node < 0:
                depth -= 1
                node = stack[depth]
            if postings.reaches[node] < least:
                node = _NOBODY
                continue
            other = postings.rows[node]
            if seen[other] != tick and sketches.shingles[other] <= most:
                seen[other] = tick
                if may_be_near(row, other, sketches, limits):
                    out[found] = other
                    found += 1
            if postings.right[node] >= 0:
                stack[depth] = postings.right[node]
                depth += 1
            node = postings.left[node]
    return found


@compiled
def post(row: int, prefix: Hashes, sketches: Sketches, limits: Limits, postings: Postings) -> None:
    """Post a leader under each shingle of its prefix that another row may have; there is room for all of them."""
    share = limits.threshold / (1 + limits.threshold)
    for place in range(len(prefix)):
        if prefix[place] >> np.uint64(48) < 2:
            continue
        slot = slot_of(prefix[place], postings.shingles)
        if postings.shingles[slot] == 0:
            postings.shingles[slot] = prefix[place]
            postings.used[0] += 1
        node = postings.used[1]
        postings.used[1] += 1
        postings.rows[node] = row
        postings.reaches[node] = math.floor((1 - share) * sketches.shingles[row] - place + 1e-6)
        postings.left[node] = _NOBODY
        postings.right[node] = _NOBODY
        postings.tops[slot] = _raised(node, postings.tops[slot], postings)


@compiled
def _raised(node: int, top: int, postings: Postings) -> int:
    """Put a node into a skew heap (Sleator and Tarjan, 1986), at a cost that is logarithmic on average; return the heap's top."""
    reach = postings.reaches[node]
    if top < 0 or reach > postings.reaches[top]:
        postings.left[node] = top
        return node
    above = top
    while True:
        below = postings.right[above]
        postings.right[above] = postings.left[above]
        if below < 0 or reach > postings.reaches[below]:
            postings.left[node] = below
            postings.left[above] = node
            return top
        postings.left[above] = below
        above = below


@compiled
def slot_of(shingle: np.uint64, shingles: Hashes) -> np.uint64:
    """Where a shingle stands in the table, or would."""
    mask = np.uint64(len(shingles) - 1)
    slot = mixed(shingle) & mask
    while shingles[slot] != 0 and shingles[slot] != shingle:
        slot = (slot + np.uint64(1)) & mask
    return slot


@compiled
def rehash(shingles: Hashes, tops: Numbers, larger: Hashes, larger_tops: Numbers) -> None:
    """Move a table into a larger one."""
    for place in range(len(shingles)):
        if shingles[place] != 0:
            slot = slot_of(shingles[place], larger)
            larger[slot] = shingles[place]
            larger_tops[slot] = tops[place]
