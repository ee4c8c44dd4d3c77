"""What is in two splits is found, however it came there."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.errors import BuildRefusedError
from agentlog.schema.outline import InMemory, Outline
from agentlog.schema.sample import SPLITS, Sample, SplitName
from agentlog.stages.leaks import Budget, LeaksConfig, find_leaks, leaks
from agentlog.stages.shingle_index import ShingleIndex

vocabulary = st.sampled_from(["a", "b", "c", "d", "e", "f", "g"])
said = st.lists(vocabulary, max_size=30).map(" ".join)


def row(number: int, text: str, split: SplitName = "train", **fields: object) -> Outline:
    messages = [{"role": "user", "content": text}, {"role": "assistant", "content": ""}]
    sample = Sample.model_validate({"id": f"r{number}", "messages": messages, "trained": (1,), "source_ids": (f"i{number}",)})
    return replace(Outline(sample.id, sample.source_ids, split=split, texts=InMemory(sample)), **fields)  # type: ignore[arg-type]


def shingles(text: str, ngram: int) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + ngram]) for at in range(max(1, len(words) - ngram + 1))}


def jaccard(one: str, other: str, ngram: int) -> float:
    left, right = shingles(one, ngram), shingles(other, ngram)
    return len(left & right) / len(left | right)


@settings(deadline=None, max_examples=60)
@given(st.lists(said, min_size=1, max_size=12), st.integers(1, 3))
def test_shared_shingles_are_counted_as_by_hand(texts: list[str], ngram: int) -> None:
    index = ShingleIndex(texts, ngram)
    sets = [shingles(text, ngram) for text in texts]
    assert index.sizes.tolist() == list(map(len, sets))
    for number, one in enumerate(sets):
        assert index.shared_with(number).tolist() == [len(one & other) for other in sets]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(said, st.sampled_from(SPLITS)), max_size=12), st.sampled_from([0.3, 0.5, 0.8, 1.0]))
def test_a_pair_across_splits_is_found_exactly_if_there_is_one(made: list[tuple[str, SplitName]], threshold: float) -> None:
    rows = [row(number, text, split) for number, (text, split) in enumerate(made)]
    pairs = [
        jaccard(text + "\n", other + "\n", 2)
        for number, (text, split) in enumerate(made)
        for other, elsewhere in made[number + 1 :]
        if split != elsewhere
    ]
    told = leaks(rows, LeaksConfig(threshold=threshold, ngram=2))
    assert bool(told.dropped) == any(similarity >= threshold for similarity in pairs)
    assert all(drop.similarity is not None and drop.similarity >= threshold - 1e-4 for drop in told.dropped)
    left = [(one.split, one.sample().messages[0]["content"]) for one in told.kept]
    assert not any(
        split != elsewhere and jaccard(f"{text}\n", f"{other}\n", 2) >= threshold
        for number, (split, text) in enumerate(left)
        for elsewhere, other in left[number + 1 :]
    )
    if not told.dropped:
        assert told.measures["pairs"] == told.measures["pairs_compared"] == len(pairs)
        assert told.measures["nearest_pair"] == pytest.approx(max(pairs, default=0.0), abs=1e-4)


@pytest.mark.parametrize(("field", "what"), [("session_id", "1 sessions are"), ("task_id", "1 tasks are"), ("key", "1 equal rows are")])
def test_whatever_is_in_two_splits_is_refused(field: str, what: str) -> None:
    rows = [row(1, "alpha beta gamma"), row(2, "delta epsilon zeta", "test"), row(3, "eta theta iota", "val")]
    assert leaks(rows, LeaksConfig()).measures["straddling"] == 0
    with pytest.raises(BuildRefusedError, match=what):
        leaks([replace(one, **{field: "same"}) for one in rows], LeaksConfig())


def test_what_rows_lack_ties_none_of_them() -> None:
    rows = [row(number, f"only {number}", SPLITS[number % 3]) for number in range(6)]
    assert leaks(rows, LeaksConfig(ngram=1)).measures["sessions"] == 0


def test_beyond_the_budget_some_are_compared_and_it_is_said_how_many() -> None:
    texts = [" ".join(f"w{number}x{place}" for place in range(20)) for number in range(60)]
    rows = [row(number, text, SPLITS[number % 3], shingles=16) for number, text in enumerate(texts)]
    told = find_leaks(rows, LeaksConfig(), Budget(held_out=160, trained=80)).measures
    assert told["held_out_rows_compared"] == [10, 40]
    assert told["trained_rows_compared"] == [5, 20]
    assert told["pairs"] == 3 * 20 * 20
    assert 50 <= told["pairs_compared"] <= 10 * 5 + 45
    few_steps = find_leaks(rows, LeaksConfig(), Budget(steps=0)).measures
    assert few_steps["held_out_rows_compared"][0] == 1


def test_boilerplate_is_counted_by_who_lacks_it() -> None:
    boilerplate = " ".join(f"b{place}" for place in range(200))
    index = ShingleIndex([f"{boilerplate} {number} own words here" for number in range(50)], 5)
    assert index.steps(7) <= 10
    assert index.shared_with(7)[8] == 196
