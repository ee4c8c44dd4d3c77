"""Leaders are unlike one another, the others are near theirs, and none of it depends on how rows are found."""

import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.stages import leaders as module
from agentlog.stages.leaders import Leaders, Likeness, find_leaders, group
from agentlog.stages.minhash import cut_for, likeness
from agentlog.stages.shingles import shingle_sets

VOCABULARY = [f"{letter}{number}" for letter in "abcdefgh" for number in range(250)]


def found_in(texts: Sequence[str], threshold: float = 0.8, order: Sequence[int] | None = None) -> Leaders:
    rows = likeness(texts, 5)
    values = np.frombuffer(b"".join(bands for _, bands in rows), np.uint8).reshape(len(texts), 128)
    alike = Likeness(values, np.array([size for size, _ in rows], np.int64))
    places = np.array(range(len(texts)) if order is None else order, np.int32)
    return find_leaders(alike, places, lambda wanted: [texts[place] for place in wanted], threshold, 5)


def by_brute_force(texts: Sequence[str], threshold: float, order: Sequence[int]) -> list[int]:
    sets = [set(one.tolist()) for one in shingle_sets(texts, 5)]
    chiefs: list[int] = []
    found = [0] * len(texts)
    for place in order:
        near = (chief for chief in chiefs if similarity(sets[chief], sets[place]) >= threshold)
        found[place] = next(near, place)
        if found[place] == place:
            chiefs.append(place)
    return found


def similarity(one: set[int], other: set[int]) -> float:
    return len(one & other) / len(one | other)


def families(rng: random.Random, number: int, boilerplate: int = 0) -> list[str]:
    """Texts in families whose members differ by some words, behind words that all of them share."""
    before = rng.choices(VOCABULARY, k=boilerplate)
    made = []
    while len(made) < number:
        words = rng.choices(VOCABULARY, k=rng.randrange(5, 120))
        for _ in range(rng.randrange(1, 6)):
            copy = list(words)
            for _ in range(rng.randrange(6)):
                copy[rng.randrange(len(copy))] = rng.choice(VOCABULARY)
            made.append(" ".join(before + copy))
    rng.shuffle(made)
    return made[:number]


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.8, 0.95, 1.0])
@pytest.mark.parametrize("boilerplate", [0, 60, 250])
def test_rows_follow_whom_brute_force_says(threshold: float, boilerplate: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CROWD", 20)
    rng = random.Random(boilerplate)
    texts = families(rng, 240, boilerplate)
    order = rng.sample(range(240), 240)
    found = found_in(texts, threshold, order)
    expected = by_brute_force(texts, threshold, order)
    assert_sound(texts, found, threshold)
    # One that is near many leaders may follow another one of them than the first; at low thresholds, few words decide.
    differing = sum(a != b for a, b in zip(found.places.tolist(), expected, strict=True))
    assert differing == 0 if threshold >= 0.8 else differing <= 12


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.sampled_from([0.4, 0.7, 0.8, 0.9]), st.integers(0, 3))
def test_in_crowds_no_near_pair_is_missed(seed: int, threshold: float, crowd: int) -> None:
    rng = random.Random(seed)
    texts = families(rng, 60, rng.randrange(0, 300))
    usual, module.CROWD = module.CROWD, crowd
    try:
        found = found_in(texts, threshold)
    finally:
        module.CROWD = usual
    assert_sound(texts, found, threshold)


def assert_sound(texts: Sequence[str], found: Leaders, threshold: float) -> None:
    """Leaders are pairwise unlike, and each other text is as near its leader as is said."""
    sets = [set(one.tolist()) for one in shingle_sets(texts, 5)]
    chiefs = sorted(set(found.places.tolist()))
    for place, chief in enumerate(found.places.tolist()):
        assert found.places[chief] == chief
        assert found.similarities[place] == similarity(sets[place], sets[chief]) >= threshold
    assert all(similarity(sets[a], sets[b]) < threshold for a in chiefs for b in chiefs if a < b)


def test_a_chunk_whose_candidates_are_too_many_is_worked_on_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = families(random.Random(7), 500, 40)
    whole = found_in(texts)
    monkeypatch.setattr(module, "_CHUNK", 64)
    monkeypatch.setattr(module, "_MOST_SHINGLES", 200)
    parts = found_in(texts)
    assert whole.places.tolist() == parts.places.tolist()
    assert whole.similarities.tolist() == parts.similarities.tolist()


def test_one_near_very_many_leaders_follows_one_of_them() -> None:
    rng = random.Random(3)
    base = rng.sample(VOCABULARY, 250)
    long = [" ".join(base + rng.sample(VOCABULARY, 42)) for _ in range(300)]
    texts = [*long, *(" ".join([*base, f"end{number}"]) for number in range(20))]
    found = found_in(texts)
    assert_sound(texts, found, 0.8)
    assert found.crowded == 320
    assert len(set(found.places.tolist())) == 300
    assert found.places.tolist() == found_in(texts).places.tolist()


def test_texts_are_asked_for_only_where_there_is_a_candidate() -> None:
    rng = random.Random(5)
    texts = [" ".join(rng.choices(VOCABULARY, k=80)) for _ in range(300)]
    texts.append(texts[10] + " more")
    asked: list[int] = []
    rows = likeness(texts, 5)
    values = np.frombuffer(b"".join(bands for _, bands in rows), np.uint8).reshape(len(texts), 128)
    alike = Likeness(values, np.array([size for size, _ in rows], np.int64))

    def texts_of(places: Sequence[int]) -> list[str]:
        asked.extend(places)
        return [texts[place] for place in places]

    found = find_leaders(alike, np.arange(301, dtype=np.int32), texts_of, 0.8, 5)
    assert sorted(asked) == [10, 300]
    assert found.places[300] == 10


def test_company_counts_in_how_many_bands_others_agree() -> None:
    texts = ["one two three four five six", "one two three four five six", "quite another text without anything in common"]
    rows = likeness(texts, 5)
    values = np.frombuffer(b"".join(bands for _, bands in rows), np.uint8).reshape(3, 128)
    cut = cut_for(0.8)
    assert group(Likeness(values, np.array([2, 2, 3])), cut).company.tolist() == [cut.bands, cut.bands, 0]


def test_no_texts_have_no_leaders() -> None:
    found = find_leaders(Likeness(np.empty((0, 128), np.uint8), np.empty(0, np.int64)), np.empty(0, np.int32), lambda _: [], 0.8, 5)
    assert found.places.tolist() == []
