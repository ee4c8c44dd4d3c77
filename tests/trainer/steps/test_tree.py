"""Rows laid out flat: nothing is lost, nothing is computed twice, and every token sees its own row."""

from hypothesis import given
from hypothesis import strategies as st

from tests.trainer.rows import row, rows_that_share
from trainer.render import NO_LOSS
from trainer.steps.tree import Chain, flat_tokens, flatten, packed, shared


def seen(flat, position: int) -> list[int]:
    """The tokens that a flat position sees, in order, itself included."""
    chain = next(chain for chain in flat.chains if chain.start <= position < chain.stop)
    spans = [*chain.path, (chain.start, position + 1)]
    return [token for start, stop in spans for token in flat.ids[start:stop]]


@given(rows_that_share())
def test_every_target_is_predicted_from_exactly_what_comes_before_it_in_its_row(rows):
    flat = flatten(rows)
    told = {place: [] for place in range(len(rows))}
    for source, label, weight, place in zip(flat.sources, flat.labels, flat.weights, flat.rows, strict=True):
        told[place].append((seen(flat, source), label, weight))
    for place, one in enumerate(rows):
        wanted = [(one.input_ids[:at], label, one.weight) for at, label in enumerate(one.labels) if label != NO_LOSS]
        assert told[place] == wanted


@given(rows_that_share())
def test_a_token_stands_where_it_stands_in_its_row(rows):
    flat = flatten(rows)
    assert flat.positions == [len(seen(flat, position)) - 1 for position in range(len(flat.ids))]
    assert flat.longest == max(len(one.input_ids) for one in rows)


@given(rows_that_share())
def test_what_rows_have_in_common_is_laid_out_once(rows):
    beginnings = {tuple(one.input_ids[:length]) for one in rows for length in range(1, len(one.input_ids) + 1)}
    assert len(flatten(rows).ids) == flat_tokens(rows) == len(beginnings)


@given(rows_that_share())
def test_chains_cover_the_flat_order_and_see_only_what_stands_before_them(rows):
    flat = flatten(rows)
    assert [chain.start for chain in flat.chains] == [0, *(chain.stop for chain in flat.chains[:-1])]
    assert flat.chains[-1].stop == len(flat.ids)
    begins = {chain.start for chain in flat.chains}
    for chain in flat.chains:
        assert all(start in begins and stop <= chain.start for start, stop in chain.path)


@given(rows_that_share(), st.integers(1, 60))
def test_packing_takes_every_row_once_and_keeps_to_the_limit_where_it_can(rows, most):
    groups = list(packed(rows, most))
    assert sorted(place for group in groups for place in group) == list(range(len(rows)))
    for group in groups:
        assert len(group) == 1 or flat_tokens([rows[place] for place in group]) <= most


def test_a_row_that_goes_on_where_another_ended_makes_one_chain():
    flat = flatten([row([1, 2, 3], [2]), row([1, 2, 3, 4, 5], [4])])
    assert flat.chains == (Chain(0, 5),)
    assert (flat.sources, flat.labels) == ([1, 3], [3, 5])


def test_branches_hang_on_what_they_share():
    flat = flatten([row([1, 2, 7, 8], [3]), row([1, 2, 3, 4], [3])])
    assert flat.ids == [1, 2, 3, 4, 7, 8]
    assert flat.chains == (Chain(0, 4), Chain(4, 6, ((0, 2),)))
    assert flat.chains[1].depth == 2


@given(st.lists(st.integers(0, 2), max_size=12), st.lists(st.integers(0, 2), max_size=12))
def test_shared_counts_equal_tokens_from_the_beginning(one, other):
    count = shared(one, other)
    assert one[:count] == other[:count]
    assert count == min(len(one), len(other)) or one[count] != other[count]
