"""Tree: rendered rows laid out flat, one after another without padding, with what they share laid out once.

Rows that begin alike (a role's system prompt and tools, the branches of one session, the answers of a conversation whose history a
template rewrites) form a tree of tokens. In the order of their ids, each row begins as its predecessor does, up to a depth; what lies
deeper is a chain of its own, and all before it is found on the predecessor's path. A token sees its own chain up to itself and its path
up to its depth, which is exactly what it would see in a row of its own: one forward pass over the tree gives every row's loss and gradient.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trainer.render import NO_LOSS, RenderedRow

Span = tuple[int, int]
"""Where a stretch of tokens begins and ends in the flat order."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Tokens that follow one another in the flat order, and the spans of earlier tokens that come before them in their row."""

    start: int
    stop: int
    path: tuple[Span, ...] = ()

    @property
    def depth(self) -> int:
        """How many tokens come before the first."""
        return sum(stop - start for start, stop in self.path)


@dataclass(frozen=True, slots=True)
class Flat:
    """Rows as one sequence of tokens.

    ``ids`` and ``positions`` (the place of each token in its row) have one entry per token; ``sources``, ``labels``, ``weights`` and
    ``rows`` one per target: the flat position whose hidden state predicts it, its id, its row's weight, and which row it belongs to.
    """

    ids: list[int]
    positions: list[int]
    chains: tuple[Chain, ...]
    sources: list[int]
    labels: list[int]
    weights: list[float]
    rows: list[int]

    @property
    def longest(self) -> int:
        """The most tokens that one token sees, itself included."""
        return max(self.positions) + 1


def flatten(rows: Sequence[RenderedRow]) -> Flat:
    """Rows as a tree in flat order; a target's row is its position in ``rows``. The order of the rows changes nothing else."""
    flat = Flat([], [], (), [], [], [], [])
    chains: list[Chain] = []
    path: tuple[Span, ...] = ()
    before: list[int] = []
    for place in sorted(range(len(rows)), key=lambda place: rows[place].input_ids):
        row = rows[place]
        depth = shared(before, row.input_ids)
        path = _cut(path, depth)
        if depth < len(row.input_ids):
            start = len(flat.ids)
            flat.ids.extend(row.input_ids[depth:])
            flat.positions.extend(range(depth, len(row.input_ids)))
            path = _grown(chains, path, start, len(flat.ids))
        _add_targets(flat, row, place, path)
        before = row.input_ids
    return Flat(flat.ids, flat.positions, tuple(chains), flat.sources, flat.labels, flat.weights, flat.rows)


def packed(rows: Sequence[RenderedRow], most: int) -> Iterator[list[int]]:
    """The rows in groups, by position, so that each group has at most so many tokens when it is laid out flat; a longer row goes alone.

    Rows that begin alike stand side by side, so that what they share is mostly counted once.
    """
    group: list[int] = []
    tokens = 0
    for place in sorted(range(len(rows)), key=lambda place: rows[place].input_ids):
        ids = rows[place].input_ids
        new = len(ids) - (shared(rows[group[-1]].input_ids, ids) if group else 0)
        if group and tokens + new > most:
            yield group
            group, tokens, new = [], 0, len(ids)
        group.append(place)
        tokens += new
    if group:
        yield group


def flat_tokens(rows: Sequence[RenderedRow]) -> int:
    """How many tokens the rows have when they are laid out flat."""
    ordered = sorted(row.input_ids for row in rows)
    return sum(len(ids) - shared(before, ids) for before, ids in zip([[], *ordered], ordered, strict=False))


def shared(one: list[int], other: list[int]) -> int:
    """How many tokens two rows have in common from the beginning."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low


def _grown(chains: list[Chain], path: tuple[Span, ...], start: int, stop: int) -> tuple[Span, ...]:
    if path and path[-1][1] == start:
        # The row goes on where its predecessor ended: that chain is simply longer.
        last = chains[-1]
        chains[-1] = Chain(last.start, stop, last.path)
        return (*path[:-1], (last.start, stop))
    chains.append(Chain(start, stop, path))
    return (*path, (start, stop))


def _cut(path: tuple[Span, ...], depth: int) -> tuple[Span, ...]:
    kept: list[Span] = []
    for start, stop in path:
        if depth <= 0:
            break
        kept.append((start, min(stop, start + depth)))
        depth -= stop - start
    return tuple(kept)


def _add_targets(flat: Flat, row: RenderedRow, place: int, path: tuple[Span, ...]) -> None:
    wanted = [at for at, label in enumerate(row.labels) if label != NO_LOSS]
    spans = iter(path)
    begins, (start, stop) = 0, next(spans)
    for at in wanted:
        while at - 1 >= begins + stop - start:
            begins += stop - start
            start, stop = next(spans)
        flat.sources.append(start + at - 1 - begins)
        flat.labels.append(row.labels[at])
        flat.weights.append(row.weight)
        flat.rows.append(place)
