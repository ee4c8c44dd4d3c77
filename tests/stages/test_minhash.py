"""Signatures are datasketch's, bit by bit, and cuts are as sure as they say."""

import random
from itertools import pairwise

import datasketch
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.stages.minhash import MISSED, PERMUTATIONS, SCHEME, SEED, cut_for, likeness, permutations, signatures
from agentlog.stages.shingles import shingle_sets


def theirs(text: str, ngram: int) -> datasketch.MinHash:
    """datasketch's signature of the same shingles."""
    made = datasketch.MinHash(PERMUTATIONS, seed=SEED, scheme=SCHEME, hashfunc=lambda shingle: int(shingle) & 0xFFFFFFFF)
    for shingle in shingle_sets([text], ngram)[0]:
        made.update(shingle)
    return made


def test_permutations_are_datasketchs() -> None:
    assert np.array_equal(permutations(), datasketch.MinHash(PERMUTATIONS, seed=SEED, scheme=SCHEME).permutations)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text(max_size=60), max_size=4), st.integers(1, 6))
def test_signatures_equal_datasketchs(texts: list[str], ngram: int) -> None:
    found = signatures(texts, ngram)
    assert found.values.shape == (len(texts), PERMUTATIONS)
    for text, size, values in zip(texts, found.shingles, found.values, strict=True):
        assert np.array_equal(values, theirs(text, ngram).hashvalues)
        assert size == len(shingle_sets([text], ngram)[0])


def test_estimates_equal_datasketchs_for_texts_of_any_length() -> None:
    rng = random.Random(5)
    some = [" ".join(f"w{rng.randrange(50)}" for _ in range(rng.randrange(1, 3000))) for _ in range(12)]
    found = signatures(some, 2).values
    sketches = [theirs(text, 2) for text in some]
    for one, other in pairwise(range(len(some))):
        assert float((found[one] == found[other]).mean()) == sketches[one].jaccard(sketches[other])


def test_likeness_is_the_lowest_byte_of_each_value_however_texts_are_batched() -> None:
    some = ["one two three four five six", "", "日本語のテキスト", "one two three four five seven"]
    values = signatures(some, 3)
    together = likeness(some, 3)
    assert together == [(int(size), bytes(int(value) & 0xFF for value in row)) for size, row in zip(*values, strict=True)]
    assert together == [likeness([text], 3)[0] for text in some]
    assert likeness([], 3) == []


@pytest.mark.parametrize("threshold", [0.1, 0.3, 0.5, 0.7, 0.8, 0.85, 0.9, 0.99, 1.0])
def test_a_pair_at_the_threshold_is_missed_less_often_than_promised(threshold: float) -> None:
    cut = cut_for(threshold)
    rng = np.random.default_rng(1)
    agree = rng.random((40_000, PERMUTATIONS)) < threshold
    banded = agree[:, : cut.bands * cut.rows].reshape(len(agree), cut.bands, cut.rows).all(axis=2).any(axis=1)
    missed = len(agree) - np.count_nonzero(banded & (agree.sum(axis=1) >= cut.agreeing))
    assert missed <= 40_000 * MISSED * 4 + (threshold < 0.2) * 40, "the mean is at most 4; one permutation is the least a band can have"


def test_higher_thresholds_ask_for_longer_bands_and_more_agreement() -> None:
    cuts = [cut_for(step / 100) for step in range(5, 101)]
    assert all(low.rows <= high.rows and low.agreeing <= high.agreeing for low, high in pairwise(cuts))
    assert cut_for(0.8) == (5, 84)
