"""Paired differences: right means, intervals that hold what they promise, the same for the same seed."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.evaluation.compare import fewest_rows, paired

SCORES = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=30)


@given(SCORES)
def test_the_difference_is_that_of_the_means_and_turns_with_the_sides(scores):
    base, adapter = zip(*scores, strict=True)
    groups = [str(number) for number in range(len(scores))]
    there, back = paired(base, adapter, groups, rounds=100), paired(adapter, base, groups, rounds=100)
    assert there.difference == pytest.approx(there.adapter - there.base, abs=1e-9)
    assert there.difference == pytest.approx(-back.difference, abs=1e-9)


def test_sides_that_agree_differ_by_nothing():
    result = paired([0.3] * 8, [0.3] * 8, list("abcdefgh"))
    assert (result.interval.low, result.interval.high, result.difference) == (0, 0, 0)


def test_weights_count_in_the_means():
    assert paired([1, 2], [1, 5], ["a", "b"], weights=[3, 1]).adapter == pytest.approx(2)


def test_answers_of_one_row_are_drawn_together():
    """Twelve answers that are but six independent ones, twice each, are no surer than the six."""
    rng = random.Random(0)
    base, adapter = [rng.random() for _ in range(6)], [rng.random() for _ in range(6)]
    six = paired(base, adapter, list("abcdef"))
    twelve = paired(base * 2, adapter * 2, list("abcdef") * 2)
    assert twelve.interval.low == pytest.approx(six.interval.low)
    assert twelve.interval.high == pytest.approx(six.interval.high)


def test_too_few_rows_have_no_interval():
    assert fewest_rows(0.95) == 6
    assert paired([0] * 5, [1] * 5, list("abcde")).interval is None
    assert paired([0] * 6, [1] * 6, list("abcdef")).interval is not None


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    """400 draws from a known difference of 0.1: a 95% interval misses it in about one of twenty."""
    rng = random.Random(1)
    hits = 0
    for _ in range(400):
        base = [rng.gauss(0, 1) for _ in range(40)]
        adapter = [value + 0.1 + rng.gauss(0, 0.5) for value in base]
        interval = paired(base, adapter, [str(n) for n in range(40)], rounds=400).interval
        hits += interval.low <= 0.1 <= interval.high
    assert 0.90 <= hits / 400 <= 0.98


def test_what_cannot_be_paired_is_refused():
    with pytest.raises(ValueError, match="cannot be paired"):
        paired([1], [1, 2], ["a"])
    with pytest.raises(ValueError, match="cannot be paired"):
        paired([], [], [])
