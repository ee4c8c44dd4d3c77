"""Deciding: which rows lead and whom the others follow, in the order of precedence.

A row follows an earlier leader whose exact Jaccard similarity reaches the threshold, or leads. Whoever may be near is found in two ways.

Buckets: rows that agree in a band are a group, known from the start. A group's bucket has a place for each of its rows, but only leaders
are put there; so rows are compared with leaders, however many follow one. A group of more than some hundred rows is a crowd and has none.

Postings, among rows of crowds: of two sets of sizes x and y whose similarity is at least t, at least t / (1 + t) · (x + y) elements are
shared. In any order of all elements, the same for all sets, the first shared element stands before place x - that + 1 in the one, and
y - that + 1 in the other (prefix and positional filter; Bayardo et al., 2007; Xiao et al., 2008). In the order from the rarest shingle to
the most frequent, what a boilerplate brings into all rows comes last, mostly behind that place. So leaders are posted under the shingles of
their prefix, and a row looks up those of its own. A shingle's leaders are a heap, with those on top that can be near the largest rows
(their reach): only those are visited that size and place allow. Where very many may be near, some are tried, and all if none is.

Rows are worked on in chunks: `foresee` finds whose sets of shingles a chunk needs, `decide` goes through it with these at hand, and stops
where one is missing. Arrays are made by the caller, who sees to it that there is room. These kernels share one file because numba takes
machine code from its cache as long as the file it was made of has not changed, whatever becomes of others.
"""

from typing import NamedTuple

import numpy as np

from agentlog.stages.kernels.compiled import Bytes, Flags, Hashes, Numbers, Places, Shares, Singles, compiled

ALONE, CROWDED = -1, -2
"""In place of the number of a group: nobody else agrees in this band; too many do."""

_NOBODY, _SOME = np.int32(-1), 64
"""An end of a heap; so many leaders that may be near are tried before all are."""


class Sketches(NamedTuple):
    """Of n rows the lowest bytes of their signatures, shape (n, 128), and the numbers of their shingles, shape (n,)."""

    values: Bytes
    shingles: Places


class Limits(NamedTuple):
    """What near means: the least similarity, and in how many permutations rows, or those of crowds, must agree before it is computed."""

    threshold: float
    agreeing: int
    crowded: int


class Buckets(NamedTuple):
    """Of each row and band the group, shape (n, bands), and if it stands in a crowd; of groups where buckets begin, and what is in them."""

    groups: Numbers
    crowded: Flags
    starts: Places
    filled: Numbers
    leaders: Numbers


class Postings(NamedTuple):
    """An open-addressed table from shingles (0: free) to heaps, and the nodes of the heaps. ``used``: numbers of shingles and of nodes."""

    shingles: Hashes
    tops: Numbers
    rows: Numbers
    reaches: Singles
    left: Numbers
    right: Numbers
    used: Places


class Sets(NamedTuple):
    """Sets of hashes at hand: that of row r is ``values[starts[s]:starts[s + 1]]`` with s = ``slots[r]``, which is -1 if it is not."""

    values: Hashes
    starts: Places
    slots: Numbers


class Scratch(NamedTuple):
    """Room for one number per row: the search that saw it last, rows found, rows to be visited. ``search``: the number of the last one."""

    seen: Places
    found: Numbers
    stack: Numbers
    search: Places


class Decision(NamedTuple):
    """Of each row its leader, itself if it leads, and how similar they are."""

    leaders: Numbers
    similarities: Shares


@compiled
def rehash(shingles: Hashes, tops: Numbers, larger: Hashes, larger_tops: Numbers) -> None:
    """Move a table of postings into a larger one."""
    for place in range(len(shingles)):
        if shingles[place] != 0:
            slot = _slot(shingles[place], larger)
            larger[slot] = shingles[place]
            larger_tops[slot] = tops[place]


@compiled
def foresee(
    chunk: Numbers,
    sketches: Sketches,
    limits: Limits,
    buckets: Buckets,
    postings: Postings,
    prefixes: Sets,
    scratch: Scratch,
    wanted: Flags,
) -> None:
    """Mark rows of a chunk, and leaders before it, that may be near one another; those with prefixes are the caller's concern."""
    for row in chunk:
        found = _candidates(row, _SOME, sketches, limits, buckets, postings, prefixes, scratch)
        for one in range(found):
            wanted[scratch.found[one]] = True
        if found:
            wanted[row] = True
        _put(row, buckets)
    for row in chunk:
        _take_back(row, buckets)


@compiled
def decide(
    chunk: Numbers,
    begin: int,
    sketches: Sketches,
    limits: Limits,
    buckets: Buckets,
    postings: Postings,
    prefixes: Sets,
    scratch: Scratch,
    sets: Sets,
    ranks: Numbers,
    decision: Decision,
    wanted: Flags,
) -> int:
    """Decide for each row of a chunk from ``begin`` on: it follows the first near leader, in the order of ``ranks``, that was found.

    Returns the place of the first row that is not decided; whose sets it needs is marked as wanted.
    """
    for place in range(begin, len(chunk)):
        row = chunk[place]
        chief = row
        for most in (_SOME, len(ranks)):
            found = _candidates(row, most, sketches, limits, buckets, postings, prefixes, scratch)
            chief, best, missing = _nearest(row, found, limits, scratch, sets, ranks, wanted)
            if chief != row:
                break
            if missing:
                return place
            if found < most:
                break
        decision.leaders[row] = chief
        decision.similarities[row] = best
        if chief == row:
            _put(row, buckets)
            slot = prefixes.slots[row]
            if slot >= 0:
                prefix = prefixes.values[prefixes.starts[slot] : prefixes.starts[slot + 1]]
                _post(row, prefix, sketches, limits, postings)
    return len(chunk)


@compiled
def fill(rows: int, buckets: Buckets) -> None:
    """Put all rows into their buckets, where only leaders have been."""
    buckets.filled[:] = 0
    for row in range(rows):
        _put(row, buckets)


@compiled
def strangers(
    begin: int,
    end: int,
    sketches: Sketches,
    limits: Limits,
    buckets: Buckets,
    scratch: Scratch,
    leaders: Numbers,
    ones: Numbers,
    others: Numbers,
) -> int:
    """Write pairs of rows from ``begin`` to ``end`` with others that may be near but have another leader; return how many.

    Leaders are not near one another, so that one of the two follows; each row is paired with some others at most.
    """
    pairs = 0
    for row in range(begin, end):
        scratch.search[0] += 1
        most = pairs + len(ones) // (end - begin)
        for band in range(buckets.groups.shape[1]):
            group = buckets.groups[row, band]
            if group < 0 or leaders[row] == row:
                continue
            for place in range(buckets.starts[group], buckets.starts[group] + buckets.filled[group]):
                other = buckets.leaders[place]
                if pairs < most and leaders[other] != leaders[row] and scratch.seen[other] != scratch.search[0]:
                    scratch.seen[other] = scratch.search[0]
                    if _may_be_near(row, other, sketches, limits.threshold, limits.agreeing):
                        ones[pairs], others[pairs] = row, other
                        pairs += 1
    return pairs


@compiled
def similarities(ones: Numbers, others: Numbers, sets: Sets, out: Shares) -> None:
    """Write how similar the rows of each pair are."""
    for pair in range(len(ones)):
        out[pair] = _similarity(ones[pair], others[pair], sets)


@compiled
def _nearest(row: int, found: int, limits: Limits, scratch: Scratch, sets: Sets, ranks: Numbers, wanted: Flags) -> tuple[int, float, bool]:
    """Of the candidates found the first that is near, or the row itself; how similar; and whether none is near, but sets are missing."""
    chief, best, missing = row, 1.0, False
    for one in range(found):
        other = scratch.found[one]
        if chief != row and ranks[other] > ranks[chief]:
            continue
        if sets.slots[row] < 0 or sets.slots[other] < 0:
            missing = True
            continue
        alike = _similarity(row, other, sets)
        if alike >= limits.threshold:
            chief, best = other, alike
    if chief == row and missing:
        for one in range(found):
            wanted[scratch.found[one]] = sets.slots[scratch.found[one]] < 0
        wanted[row] = sets.slots[row] < 0
    return chief, best, chief == row and missing


@compiled
def _candidates(
    row: int, most: int, sketches: Sketches, limits: Limits, buckets: Buckets, postings: Postings, prefixes: Sets, scratch: Scratch
) -> int:
    """Write the leaders that may be near a row into ``scratch.found``, and return how many there are; not all if there are so many."""
    scratch.search[0] += 1
    found = _companions(row, sketches, limits, buckets, scratch)
    slot = prefixes.slots[row]
    if slot >= 0:
        prefix = prefixes.values[prefixes.starts[slot] : prefixes.starts[slot + 1]]
        found = _sharers(row, prefix, most, sketches, limits, postings, scratch, found)
    return found


@compiled
def _companions(row: int, sketches: Sketches, limits: Limits, buckets: Buckets, scratch: Scratch) -> int:
    found, search = 0, scratch.search[0]
    for band in range(buckets.groups.shape[1]):
        group = buckets.groups[row, band]
        if group < 0:
            continue
        start = buckets.starts[group]
        for place in range(start, start + buckets.filled[group]):
            other = buckets.leaders[place]
            if scratch.seen[other] != search and not (buckets.crowded[row] and buckets.crowded[other]):
                scratch.seen[other] = search
                if _may_be_near(row, other, sketches, limits.threshold, limits.agreeing):
                    scratch.found[found] = other
                    found += 1
    return found


@compiled
def _sharers(
    row: int, prefix: Hashes, most: int, sketches: Sketches, limits: Limits, postings: Postings, scratch: Scratch, found: int
) -> int:
    share, size = limits.threshold / (1 + limits.threshold), sketches.shingles[row]
    least, search = share * size - _slack(size), scratch.search[0]
    for place in range(len(prefix)):
        if prefix[place] >> np.uint64(48) < 2:
            continue
        largest = ((1 - share) * size - place) / share + _slack(size)
        node, depth = postings.tops[_slot(prefix[place], postings.shingles)], 0
        while node >= 0 or depth > 0:
            if node < 0:
                depth -= 1
                node = scratch.stack[depth]
            if postings.reaches[node] < least:
                node = _NOBODY
                continue
            other = postings.rows[node]
            if scratch.seen[other] != search and sketches.shingles[other] <= largest:
                scratch.seen[other] = search
                if _may_be_near(row, other, sketches, limits.threshold, limits.crowded):
                    scratch.found[found] = other
                    found += 1
                    if found >= most:
                        return found
            if postings.right[node] >= 0:
                scratch.stack[depth] = postings.right[node]
                depth += 1
            node = postings.left[node]
    return found


@compiled
def _may_be_near(one: int, other: int, sketches: Sketches, threshold: float, least: int) -> bool:
    """Whether sizes and signatures leave it possible that two rows are near."""
    sizes = sketches.shingles
    less, more = min(sizes[one], sizes[other]), max(sizes[one], sizes[other])
    if less < threshold * more - 1e-6:
        return False
    agreeing = np.int32(0)
    for place in range(sketches.values.shape[1]):
        agreeing += np.int32(sketches.values[one, place] == sketches.values[other, place])
    return bool(agreeing >= least)


@compiled
def _similarity(one: int, other: int, sets: Sets) -> float:
    """The Jaccard similarity of two rows' sets."""
    first, first_end = sets.starts[sets.slots[one]], sets.starts[sets.slots[one] + 1]
    second, second_end = sets.starts[sets.slots[other]], sets.starts[sets.slots[other] + 1]
    together = first_end - first + second_end - second
    shared = 0
    while first < first_end and second < second_end:
        value, against = sets.values[first], sets.values[second]
        shared += value == against
        first += value <= against
        second += against <= value
    return float(shared / (together - shared))


@compiled
def _put(row: int, buckets: Buckets) -> None:
    for band in range(buckets.groups.shape[1]):
        group = buckets.groups[row, band]
        if group >= 0:
            buckets.leaders[buckets.starts[group] + buckets.filled[group]] = row
            buckets.filled[group] += 1


@compiled
def _take_back(row: int, buckets: Buckets) -> None:
    for band in range(buckets.groups.shape[1]):
        group = buckets.groups[row, band]
        if group >= 0:
            buckets.filled[group] -= 1


@compiled
def _post(row: int, prefix: Hashes, sketches: Sketches, limits: Limits, postings: Postings) -> None:
    """Post a leader under each shingle of its prefix that another row may have."""
    share = limits.threshold / (1 + limits.threshold)
    for place in range(len(prefix)):
        if prefix[place] >> np.uint64(48) < 2:
            continue
        slot = _slot(prefix[place], postings.shingles)
        if postings.shingles[slot] == 0:
            postings.shingles[slot] = prefix[place]
            postings.used[0] += 1
        node = postings.used[1]
        postings.used[1] += 1
        postings.rows[node] = row
        postings.reaches[node] = (1 - share) * sketches.shingles[row] - place
        postings.tops[slot] = _raised(node, postings.tops[slot], postings)


@compiled
def _raised(node: int, top: int, postings: Postings) -> int:
    """Put a node into a skew heap (Sleator and Tarjan, 1986), at a cost that is logarithmic on average; return the heap's top."""
    reach = postings.reaches[node]
    postings.right[node] = _NOBODY
    if top < 0 or reach >= postings.reaches[top]:
        postings.left[node] = top
        return node
    above = top
    while True:
        below = postings.right[above]
        postings.right[above] = postings.left[above]
        postings.left[above] = node
        if below < 0 or reach >= postings.reaches[below]:
            postings.left[node] = below
            return top
        postings.left[above] = below
        above = below


@compiled
def _slot(shingle: np.uint64, shingles: Hashes) -> np.uint64:
    """Where a shingle stands in the table, or would."""
    mask = np.uint64(len(shingles) - 1)
    slot = shingle & mask
    while shingles[slot] != 0 and shingles[slot] != shingle:
        slot = (slot + np.uint64(1)) & mask
    return slot


@compiled
def _slack(size: int) -> float:
    """More than what 32-bit floats lose of numbers as large as a set's size."""
    return 1e-3 + 1e-6 * size
