"""Leaders: of many texts those that stay, and for each other one the text that it nearly repeats.

In an order of precedence, each text follows an earlier leader whose exact Jaccard similarity reaches the threshold, or becomes a leader. So
leaders are unlike one another, everyone is near the leader it follows, and a chain of small changes does not end in one cluster.

Candidates agree in a whole band of their signatures, or, where more than `CROWD` texts do, share a rare shingle (how they are found,
`agentlog.stages.kernels.deciding` tells); either way they agree in enough permutations, and only then are their texts read and compared.
Nothing is compared with texts that follow others, no text is kept, and memory is bounded by signatures: some hundred bytes a text, and for
crowded ones at most sixteen more for each shingle in a fifth of theirs. One thread, and the same result in every process.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from agentlog._extras import require
from agentlog.stages.minhash import Cut, agreement, cut_for
from agentlog.stages.shingles import flat_shingle_sets

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CROWD = 128
"""Texts that agree in one band, from which on they are told apart by their rare shingles."""
_CHUNK, _MOST_SHINGLES = 4096, 1 << 23
_MISSED_IN_CROWDS = 1e-12
_LEAST_COUNTS, _MOST_COUNTS = 1 << 12, 1 << 26

TextsOf = Callable[[Sequence[int]], Sequence[str]]


class Leaders(NamedTuple):
    """Of n texts the place of each one's leader, its own if it leads; how similar they are (1 for a leader); how many stood in a crowd."""

    places: "NDArray[np.int32]"
    similarities: "NDArray[np.float64]"
    crowded: int


class Grouped(NamedTuple):
    """Which texts agree in which bands: the empty buckets for them, and how many each one agrees with, counted once per band."""

    buckets: Any
    company: "NDArray[np.int64]"


class Likeness(NamedTuple):
    """Of n texts the lowest bytes of their signatures, shape (n, 128), and the numbers of distinct shingles, shape (n,)."""

    values: "NDArray[np.uint8]"
    shingles: "NDArray[np.int64]"


def find_leaders(
    likeness: Likeness,
    order: "NDArray[np.int32]",
    texts_of: TextsOf,
    threshold: float,
    ngram: int,
    grouped: Grouped | None = None,
    told: Callable[[int], None] = lambda _: None,
) -> Leaders:
    """Decide for each text whom it follows.

    Args:
        likeness: what `agentlog.stages.minhash` says of the texts.
        order: the places of all texts, those first that take precedence.
        texts_of: reads the texts at some places, in that order; asked for those only that have a candidate.
        threshold: the least Jaccard similarity of near texts, (0 to 1].
        ngram: words per shingle, those that ``likeness`` was made with.
        grouped: what `group` gives, if it is known already.
        told: learns how many more texts are decided.

    Raises:
        MissingExtraError: numba or numpy is not installed.
    """
    cut = cut_for(threshold)
    run = _Run(likeness, order, texts_of, (threshold, ngram, cut), grouped or group(likeness, cut))
    for chunk in run.chunks():
        run.decide(chunk)
        told(len(chunk))
    return run.result()


def group(likeness: Likeness, cut: Cut) -> Grouped:
    """Find who agrees in which band, by sorting the contents of one band after the other."""
    numpy = require("numpy", "build")
    require("numba", "build")
    from agentlog.stages.kernels.deciding import ALONE, CROWDED, Buckets
    from agentlog.stages.kernels.orders import band_keys

    texts = len(likeness.values)
    groups = numpy.full((texts, cut.bands), ALONE, numpy.int32)
    company = numpy.zeros(texts, numpy.int64)
    keys, sizes, number = numpy.empty(texts, numpy.uint64), [], 0
    for band in range(cut.bands):
        band_keys(likeness.values, band * cut.rows, cut.rows, keys)
        sort = numpy.argsort(keys)
        ordered = keys[sort]
        edges = numpy.flatnonzero(numpy.concatenate(([True], ordered[1:] != ordered[:-1], [True]))) if texts else numpy.zeros(1, int)
        size = numpy.diff(edges)
        numbers = numpy.full(len(size), ALONE, numpy.int32)
        small = (size > 1) & (size <= CROWD)
        numbers[small] = number + numpy.arange(numpy.count_nonzero(small), dtype=numpy.int32)
        numbers[size > CROWD] = CROWDED
        groups[sort, band] = numpy.repeat(numbers, size)
        company[sort] += numpy.repeat(size - 1, size)
        number += int(numpy.count_nonzero(small))
        sizes.append(size[small])
    starts = numpy.concatenate([[0], *sizes]).astype(numpy.int64).cumsum()
    crowded = (groups == CROWDED).any(axis=1)
    buckets = Buckets(groups, crowded, starts, numpy.zeros(number, numpy.int32), numpy.empty(int(starts[-1]), numpy.int32))
    return Grouped(buckets, company)


class _Run:
    """One search: what grows while it goes through the texts."""

    def __init__(
        self, likeness: Likeness, order: "NDArray[np.int32]", texts_of: TextsOf, rule: tuple[float, int, Cut], grouped: Grouped
    ) -> None:
        numpy = self.numpy = require("numpy", "build")
        from agentlog.stages.kernels.deciding import Decision, Limits, Scratch, Sketches

        self.threshold, self.ngram, cut = rule
        texts = len(order)
        self.order, self.texts_of, self.grouped = order.astype(numpy.int32), texts_of, grouped
        self.ranks = numpy.empty(texts, numpy.int32)
        self.ranks[self.order] = numpy.arange(texts, dtype=numpy.int32)
        self.sketches = Sketches(likeness.values, likeness.shingles)
        self.limits = Limits(float(self.threshold), cut.agreeing, agreement(self.threshold, _MISSED_IN_CROWDS))
        room = [numpy.empty(texts, numpy.int32) for _ in range(2)]
        self.scratch = Scratch(numpy.zeros(texts, numpy.int64), room[0], room[1], numpy.zeros(1, numpy.int64))
        self.decision = Decision(numpy.empty(texts, numpy.int32), numpy.empty(texts, numpy.float64))
        self.slots, self.prefix_slots = numpy.full(texts, -1, numpy.int32), numpy.full(texts, -1, numpy.int32)
        self.wanted = numpy.zeros(texts, bool)
        self.postings = self._no_postings()
        self.counts = self._count_shingles()

    def chunks(self) -> "Iterator[NDArray[np.int32]]":
        """The texts in order, some at a time, so that a chunk's sets of shingles take little memory."""
        numpy = self.numpy
        ends = numpy.cumsum(self.sketches.shingles[self.order])
        begin = 0
        while begin < len(self.order):
            before = int(ends[begin - 1]) if begin else 0
            end = int(numpy.searchsorted(ends, before + _MOST_SHINGLES, side="right"))
            end = min(max(end, begin + 1), begin + _CHUNK)
            yield self.order[begin:end]
            begin = end

    def decide(self, chunk: "NDArray[np.int32]") -> None:
        """Go through one chunk; one whose candidates are too many to be held at once is halved."""
        from agentlog.stages.kernels.deciding import decide, foresee

        state = (self.sketches, self.limits, self.grouped.buckets)
        crowded = chunk[self.grouped.buckets.crowded[chunk]]
        sets = self._with(None, crowded)
        prefixes = self._prefixes(crowded, sets)
        self._make_room(len(prefixes.values))
        foresee(chunk, *state, self.postings, prefixes, self.scratch, self.wanted)
        wanted = self._take_wanted()
        if len(chunk) > 1 and int(self.sketches.shingles[wanted].sum()) > 4 * _MOST_SHINGLES:
            self._forget(crowded)
            middle = len(chunk) // 2
            self.decide(chunk[:middle])
            self.decide(chunk[middle:])
            return
        rows = [crowded, wanted]
        sets, place = self._with(sets, wanted), 0
        while True:
            place = decide(chunk, place, *state, self.postings, prefixes, self.scratch, sets, self.ranks, self.decision, self.wanted)
            if place == len(chunk):
                break
            rows.append(self._take_wanted())
            sets = self._with(sets, rows[-1])
        self._forget(self.numpy.concatenate(rows))

    def result(self) -> Leaders:
        """What was decided."""
        return Leaders(self.decision.leaders, self.decision.similarities, int(self.numpy.count_nonzero(self.grouped.buckets.crowded)))

    def _take_wanted(self) -> "NDArray[np.int64]":
        """The rows marked as wanted whose sets are not at hand; the marks are wiped out."""
        wanted: NDArray[np.int64] = self.numpy.flatnonzero(self.wanted)
        self.wanted[wanted] = False
        missing: NDArray[np.int64] = wanted[self.slots[wanted] < 0]
        return missing

    def _with(self, sets: Any, rows: "NDArray[Any]") -> Any:
        """The sets at hand and those of more rows."""
        from agentlog.stages.kernels.deciding import Sets

        numpy = self.numpy
        read = flat_shingle_sets(self.texts_of(rows.tolist()), self.ngram)
        known = 0 if sets is None else len(sets.starts) - 1
        self.slots[rows] = numpy.arange(known, known + len(rows), dtype=numpy.int32)
        if sets is None:
            return Sets(read.values, read.starts, self.slots)
        if not len(rows):
            return sets
        starts = numpy.concatenate((sets.starts, read.starts[1:] + sets.starts[-1]))
        return Sets(numpy.concatenate((sets.values, read.values)), starts, self.slots)

    def _forget(self, rows: "NDArray[Any]") -> None:
        self.slots[rows] = -1
        self.prefix_slots[rows] = -1

    def _count_shingles(self) -> "NDArray[np.uint16]":
        """How many crowded texts have each shingle: no fewer than are counted at the place of its hash."""
        from agentlog.stages.kernels.orders import count

        crowded = self.order[self.grouped.buckets.crowded[self.order]]
        places, total = _LEAST_COUNTS, int(self.sketches.shingles[crowded].sum())
        while places < 2 * total and places < _MOST_COUNTS:
            places *= 2
        counts: NDArray[np.uint16] = self.numpy.zeros(places if total else 1, self.numpy.uint16)
        for begin in range(0, len(crowded), _CHUNK):
            some = crowded[begin : begin + _CHUNK].tolist()
            count(flat_shingle_sets(self.texts_of(some), self.ngram).values, counts)
        return counts

    def _prefixes(self, crowded: "NDArray[np.int32]", known: Any) -> Any:
        """Of each crowded text the shingles to look up and to post, from the rarest on."""
        from agentlog.stages.kernels.deciding import Sets
        from agentlog.stages.kernels.orders import prefixes_of

        self.prefix_slots[crowded] = self.numpy.arange(len(crowded), dtype=self.numpy.int32)
        values, starts = prefixes_of(known.values, known.starts, self.counts, self.threshold)
        return Sets(values, starts, self.prefix_slots)

    def _no_postings(self) -> Any:
        from agentlog.stages.kernels.deciding import Postings

        numpy = self.numpy
        none, reaches = numpy.empty(0, numpy.int32), numpy.empty(0, numpy.float32)
        return Postings(
            numpy.zeros(2, numpy.uint64), numpy.full(2, -1, numpy.int32), none, reaches, none, none, numpy.zeros(2, numpy.int64)
        )

    def _make_room(self, more: int) -> None:
        """See to it that so many more shingles can be posted."""
        from agentlog.stages.kernels.deciding import rehash

        numpy, postings = self.numpy, self.postings
        shingles, nodes = (int(number) for number in postings.used)
        if 2 * (shingles + more) > len(postings.shingles):
            size = len(postings.shingles)
            while size < 3 * (shingles + more):
                size *= 2
            larger, tops = numpy.zeros(size, numpy.uint64), numpy.full(size, -1, numpy.int32)
            rehash(postings.shingles, postings.tops, larger, tops)
            postings = postings._replace(shingles=larger, tops=tops)
        if nodes + more > len(postings.rows):
            size = (nodes + more) * 3 // 2
            grown = {name: _grown(getattr(postings, name), size, numpy) for name in ("rows", "reaches", "left", "right")}
            postings = postings._replace(**grown)
        self.postings = postings


def _grown(values: Any, size: int, numpy: Any) -> Any:
    larger = numpy.empty(size, values.dtype)
    larger[: len(values)] = values
    return larger
