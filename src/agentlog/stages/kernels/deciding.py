"""Deciding: which rows lead and whom the others follow, chunk by chunk in the order of precedence.

A row follows an earlier leader whose exact Jaccard similarity reaches the threshold, or leads. `foresee` finds whose sets of shingles a
chunk needs, `decide` goes through it with these at hand. Arrays are never made here: the caller sees to it that there is room.
"""

from typing import NamedTuple

from agentlog.stages.kernels.buckets import Buckets, Limits, Sketches, companions, put, take_back
from agentlog.stages.kernels.compiled import Flags, Hashes, Numbers, Places, Shares, compiled
from agentlog.stages.kernels.postings import Postings, post, sharers


class Sets(NamedTuple):
    """Sets of hashes at hand: that of row r is ``values[starts[s]:starts[s + 1]]`` with s = ``slots[r]``, which is -1 if it is not."""

    values: Hashes
    starts: Places
    slots: Numbers


class Scratch(NamedTuple):
    """Room for one number per row: ``seen`` to remember by ticks, which never come twice; the others for lists of rows."""

    seen: Places
    found: Numbers
    stack: Numbers


class Decision(NamedTuple):
    """Of each row its leader, itself if it leads, and how similar they are."""

    leaders: Numbers
    similarities: Shares


@compiled
def foresee(
    chunk: Numbers,
    tick: int,
    sketches: Sketches,
    limits: Limits,
    buckets: Buckets,
    postings: Postings,
    prefixes: Sets,
    scratch: Scratch,
    wanted: Flags,
) -> None:
    """Mark rows of a chunk, and leaders before it, that may be near one another; those with prefixes are the caller's concern."""
    for place in range(len(chunk)):
        row = chunk[place]
        found = _candidates(row, tick + place, sketches, limits, buckets, postings, prefixes, scratch)
        for one in range(found):
            wanted[scratch.found[one]] = True
        if found:
            wanted[row] = True
        put(row, buckets)
    for row in chunk:
        take_back(row, buckets)


@compiled
def decide(
    chunk: Numbers,
    tick: int,
    sketches: Sketches,
    limits: Limits,
    buckets: Buckets,
    postings: Postings,
    prefixes: Sets,
    scratch: Scratch,
    sets: Sets,
    ranks: Numbers,
    decision: Decision,
) -> None:
    """Decide for each row of a chunk. A row follows the first leader, in the order that ``ranks`` tells, that is near."""
    for place in range(len(chunk)):
        row = chunk[place]
        found = _candidates(row, tick + place, sketches, limits, buckets, postings, prefixes, scratch)
        chief, best = row, 1.0
        for one in range(found):
            other = scratch.found[one]
            if chief == row or ranks[other] < ranks[chief]:
                alike = _similarity(row, other, sets)
                if alike >= limits.threshold:
                    chief, best = other, alike
        decision.leaders[row] = chief
        decision.similarities[row] = best
        if chief == row:
            put(row, buckets)
            slot = prefixes.slots[row]
            if slot >= 0:
                post(row, prefixes.values[prefixes.starts[slot] : prefixes.starts[slot + 1]], sketches, limits, postings)


@compiled
def _candidates(
    row: int, tick: int, sketches: Sketches, limits: Limits, buckets: Buckets, postings: Postings, prefixes: Sets, scratch: Scratch
) -> int:
    found = companions(row, tick, sketches, limits, buckets, scratch.seen, scratch.found)
    slot = prefixes.slots[row]
    if slot >= 0:
        prefix = prefixes.values[prefixes.starts[slot] : prefixes.starts[slot + 1]]
        found = sharers(row, prefix, tick, sketches, limits, postings, scratch.seen, scratch.found, found, scratch.stack)
    return found


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
