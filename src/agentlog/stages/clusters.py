"""Clusters: texts under labels, such that near ones share theirs and a chain of small changes does not end under one label.

A leader and its followers are a cluster to begin with. Where many texts are near one another, but not all, some near pairs then have
different leaders; so clusters that a near pair connects are joined, the nearest first, as long as any two texts of the joined cluster have
a similarity of at least t³, where t is that of near texts: what is left after three changes that are independent of one another and each
just small enough. Joining never decides what is dropped: that is the leaders' part alone.

This is done with a measure: pairs are looked for among texts that agree in a band with no more than `agentlog.stages.leaders.CROWD`
others, some for each text, and connected clusters of more than `MOST` texts together stay apart.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from agentlog._extras import require
from agentlog.stages.leaders import Grouped, Leaders, Likeness, TextsOf
from agentlog.stages.minhash import cut_for
from agentlog.stages.shingles import flat_shingle_sets

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 200
"""So many texts are compared each with each other, to join their clusters."""
_CHUNK, _STRANGERS, _MOST_SHINGLES = 2048, 64, 1 << 26


class Material(NamedTuple):
    """What texts are compared by: their signatures, their words per shingle, who agrees with whom, and how the texts are read."""

    likeness: Likeness
    ngram: int
    grouped: Grouped
    texts_of: TextsOf


class Pair(NamedTuple):
    """Two near texts of different leaders; the nearest are the least."""

    distance: float
    one: int
    other: int


def join_clusters(material: Material, found: Leaders, threshold: float) -> list[int]:
    """A cluster per text, named by one of its leaders. The buckets that led to the leaders are used up.

    Raises:
        MissingExtraError: numba or numpy is not installed.
    """
    clusters: list[int] = found.places.tolist()
    pairs = sorted(_near_strangers(material, found, threshold))
    names = _connected(pairs, clusters)
    members: dict[int, list[int]] = {}
    for place, cluster in enumerate(clusters):
        if cluster in names:
            members.setdefault(names[cluster], []).append(place)
    own: dict[int, list[Pair]] = {name: [] for name, texts in members.items() if len(texts) <= MOST}
    for pair in pairs:
        if (name := names[clusters[pair.one]]) in own:
            own[name].append(pair)
    for name, within in own.items():
        _join(within, clusters, members[name], material, threshold**3)
    return clusters


def _near_strangers(material: Material, found: Leaders, threshold: float) -> Iterator[Pair]:
    numpy = require("numpy", "build")
    from agentlog.stages.kernels.deciding import Limits, Scratch, Sketches, fill, strangers

    likeness, _, grouped, _ = material
    texts = len(found.places)
    fill(texts, grouped.buckets)
    limits, sketches = Limits(float(threshold), cut_for(threshold).agreeing, 0), Sketches(likeness.values, likeness.shingles)
    room = [numpy.empty(texts, numpy.int32) for _ in range(2)]
    scratch = Scratch(numpy.zeros(texts, numpy.int64), room[0], room[1], numpy.zeros(1, numpy.int64))
    ones, others = (numpy.empty(_CHUNK * _STRANGERS, numpy.int32) for _ in range(2))
    held, marked = [numpy.empty((2, 0), numpy.int32)], numpy.zeros(texts, bool)
    for begin in range(0, texts, _CHUNK):
        number = strangers(begin, min(begin + _CHUNK, texts), sketches, limits, grouped.buckets, scratch, found.places, ones, others)
        held.append(numpy.stack((ones[:number], others[:number])))
        marked[held[-1]] = True
        if begin + _CHUNK >= texts or int(likeness.shingles[marked].sum()) > _MOST_SHINGLES:
            first, second = numpy.concatenate(held, axis=1)
            alike = _similarities(first, second, material)
            near = numpy.flatnonzero(alike >= threshold)
            yield from _nearest(alike[near], first[near], second[near], found)
            held, marked = [numpy.empty((2, 0), numpy.int32)], numpy.zeros(texts, bool)


def _nearest(alike: "NDArray[np.float64]", first: "NDArray[np.int32]", second: "NDArray[np.int32]", found: Leaders) -> Iterator[Pair]:
    """Of the pairs of each two clusters the nearest one."""
    numpy = require("numpy", "build")
    chiefs = numpy.stack((found.places[first], found.places[second]))
    sort = numpy.lexsort((second, first, -alike, chiefs.max(axis=0), chiefs.min(axis=0)))
    chiefs = numpy.sort(chiefs[:, sort], axis=0)
    best = sort[numpy.concatenate(([True], (chiefs[:, 1:] != chiefs[:, :-1]).any(axis=0)))] if len(sort) else sort
    for same, one, other in zip(*(part[best].tolist() for part in (alike, first, second)), strict=True):
        yield Pair(1 - same, one, other)


def _similarities(ones: "NDArray[np.int32]", others: "NDArray[np.int32]", material: Material) -> "NDArray[np.float64]":
    """The Jaccard similarity of the texts of each pair."""
    numpy = require("numpy", "build")
    from agentlog.stages.kernels.deciding import Sets, similarities

    texts, slots = numpy.unique(numpy.concatenate((ones, others)), return_inverse=True)
    read = flat_shingle_sets(material.texts_of(texts.tolist()), material.ngram)
    sets = Sets(read.values, read.starts, numpy.arange(len(texts), dtype=numpy.int32))
    alike: NDArray[np.float64] = numpy.empty(len(ones), numpy.float64)
    slots = slots.astype(numpy.int32)
    similarities(slots[: len(ones)], slots[len(ones) :], sets, alike)
    return alike


def _connected(pairs: Sequence[Pair], clusters: Sequence[int]) -> dict[int, int]:
    """For each cluster that a pair connects with another one, the name of their connected component."""
    parents: dict[int, int] = {}

    def root(cluster: int) -> int:
        while parents.setdefault(cluster, cluster) != cluster:
            parents[cluster] = cluster = parents[parents[cluster]]
        return cluster

    for pair in pairs:
        one, other = sorted((root(clusters[pair.one]), root(clusters[pair.other])))
        parents[other] = one
    return {cluster: root(cluster) for cluster in list(parents)}


def _join(pairs: Sequence[Pair], clusters: list[int], members: Sequence[int], material: Material, least: float) -> None:
    """Join clusters that near pairs connect, as long as any two texts of the joined one are so alike."""
    numpy = require("numpy", "build")
    index = {place: number for number, place in enumerate(members)}
    first, second = numpy.triu_indices(len(members), 1)
    places = numpy.array(members, numpy.int32)
    alike = numpy.ones((len(members), len(members)))
    alike[first, second] = alike[second, first] = _similarities(places[first], places[second], material)
    texts: dict[int, list[int]] = {}
    for place in members:
        texts.setdefault(clusters[place], []).append(index[place])
    for pair in pairs:
        one, other = sorted((clusters[pair.one], clusters[pair.other]))
        if one != other and alike[numpy.ix_(texts[one], texts[other])].min() >= least:
            for number in texts[other]:
                clusters[members[number]] = one
            texts[one] += texts.pop(other)
