"""Of equal and nearly equal rows the best one stays, and texts that are near one of them share a label."""

import os
import random
import subprocess
import sys
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.errors import SettingError
from agentlog.schema.outcome import DropReason
from agentlog.schema.outline import Outline
from agentlog.schema.sample import Answer, Sample
from agentlog.stages.dedup_exact import DedupExactConfig, dedup_exact
from agentlog.stages.dedup_near import DedupNearConfig, dedup_near, first_leaders, near_duplicates
from agentlog.stages.shingles import shingle_sets
from tests.make import outline_of


def row(name: str, text: str, **facts: object) -> Outline:
    answer = Answer(index=1, interaction_id=name, timestamp="2026-11-20T17:00:00.000000Z", **facts)  # type: ignore[arg-type]
    messages = [{"role": "user", "content": text}, {"role": "assistant", "content": "ok"}]
    return outline_of(
        Sample.model_validate({"id": name, "messages": messages, "trained": (1,), "source_ids": (name,), "answers": (answer,)})
    )


def jaccard(one: str, other: str, ngram: int = 5) -> float:
    a, b = (set(found.tolist()) for found in shingle_sets([one, other], ngram))
    return len(a & b) / len(a | b)


def varied_texts(number: int) -> list[str]:
    """Texts in families whose members differ by a few words."""
    generator = random.Random(3)
    made = []
    for family in range(number // 6):
        words = [f"w{generator.randrange(400)}" for _ in range(60)]
        for _ in range(6):
            copy = list(words)
            for _ in range(generator.randrange(4)):
                copy[generator.randrange(60)] = f"x{family}"
            made.append(" ".join(copy))
    return made


def test_the_best_of_equal_rows_stays() -> None:
    plain, rated = row("a", "same"), row("b", "same", rating=5)
    outcome = dedup_exact([plain, rated], DedupExactConfig())
    assert [one.id for one in outcome.kept] == ["b"]
    [drop] = outcome.dropped
    assert (drop.reason, drop.detail, drop.winner, drop.similarity) == (DropReason.EXACT_DUPLICATE, "same as b", "b", 1.0)


def test_stand_ins_of_different_sessions_do_not_hide_a_duplicate() -> None:
    rows = [row("a", "write to user-0011aabb@example.com"), row("b", "write to user-99ffee00@example.com")]
    assert len(dedup_exact(rows, DedupExactConfig()).kept) == 1


def test_of_rows_alike_in_all_else_the_newer_one_stays_to_the_microsecond() -> None:
    older, newer = row("a", "same"), row("b", "same")
    rows = [older, replace(newer, newest="2026-11-20T17:00:00.000001Z")]
    assert [one.id for one in dedup_exact(rows, DedupExactConfig()).kept] == ["b"]


def test_near_rows_are_dropped_and_far_rows_stay() -> None:
    text = " ".join(f"word{n}" for n in range(80))
    rows = [row("a", text), row("b", text + " more"), row("c", " ".join(f"other{n}" for n in range(80)))]
    outcome = dedup_near(rows, DedupNearConfig())
    assert [one.id for one in outcome.kept] == ["a", "c"]
    [drop] = outcome.dropped
    assert (drop.reason, drop.sample_id, drop.winner, drop.detail) == (DropReason.NEAR_DUPLICATE, "b", "a", "near a")
    assert drop.similarity == round(jaccard(text + "\nok", text + " more\nok"), 4)
    assert outcome.measures == {"rows": 3, "clusters": 1, "in_clusters": 2, "largest_cluster": 2, "crowded": 0}


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"original": {"role": "assistant", "content": "no"}}, {"rating": 5}),
        ({"rating": 5}, {"rating": 3, "tests_passed": True}),
        ({"tests_passed": True}, {"tests_passed": False}),
        ({"status": "success"}, {}),
    ],
)
def test_of_near_rows_the_best_stays_wherever_it_stands(better: dict[str, object], worse: dict[str, object]) -> None:
    text = " ".join(f"word{n}" for n in range(80))
    for first, second in (("a", "z"), ("z", "a")):
        rows = [row(first, text, **better), row(second, text + " more", **worse)]
        assert [one.id for one in dedup_near(rows, DedupNearConfig()).kept] == [first]
        assert [one.id for one in dedup_near(rows[::-1], DedupNearConfig()).kept] == [first]


def test_what_a_row_is_near_to_depends_on_no_hash_seed() -> None:
    program = "import sys; sys.path.insert(0, '.'); from tests.stages.test_dedup import *; print(near_duplicates(varied_texts(300)))"
    runs = {
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_a_row_without_its_signature_is_refused() -> None:
    with pytest.raises(ValueError, match="row x has no signature"):
        dedup_near([Outline(id="x", source_ids=("x",))], DedupNearConfig())


def test_near_texts_share_a_label_and_texts_of_one_label_are_alike() -> None:
    texts = varied_texts(300)
    labels = near_duplicates(texts)
    pairs = list(combinations(range(len(texts)), 2))
    alike = {pair: jaccard(texts[pair[0]], texts[pair[1]]) for pair in pairs}
    near = [pair for pair in pairs if alike[pair] >= 0.8]
    together = {(one, other) for one, other in pairs if labels[one] == labels[other]}
    assert sum(pair in together for pair in near) >= 0.99 * len(near)
    assert all(alike[pair] >= 0.8**3 for pair in together)
    for place, label in enumerate(labels):
        others = [other for other, one in enumerate(labels) if one == label and other != place]
        assert not others or any(alike[min(place, other), max(place, other)] >= 0.8 for other in others)


@pytest.mark.parametrize("threshold", [0.5, 0.8, 0.95])
def test_a_chain_of_small_changes_is_no_cluster(threshold: float) -> None:
    words = [f"word{n}" for n in range(100)]
    steps = {0.5: 30, 0.8: 3, 0.95: 1}[threshold]
    chain = [" ".join(f"new{n}" if n < steps * step else word for n, word in enumerate(words)) for step in range(30)]
    labels = near_duplicates(chain, threshold)
    assert labels[0] != labels[-1] or threshold == 0.5
    for one, other in combinations(range(30), 2):
        assert labels[one] != labels[other] or jaccard(chain[one], chain[other]) >= threshold**3


def test_the_first_of_near_texts_can_lead() -> None:
    texts = varied_texts(120)
    leaders = first_leaders(texts, 0.8, 5).places.tolist()
    assert all(leader <= place for place, leader in enumerate(leaders))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text(max_size=30) | st.sampled_from(["", " ", "\0", "\ud800 lone", "one two"]), max_size=12))
def test_any_text_has_a_cluster_and_equal_texts_share_it(texts: list[str]) -> None:
    labels = near_duplicates(texts)
    assert len(labels) == len(texts)
    assert all(labels[label] == label <= place for place, label in enumerate(labels))
    for place, text in enumerate(texts):
        assert labels[place] == labels[texts.index(text)]


def test_texts_of_two_megabytes_are_ordinary() -> None:
    long = " ".join(f"word{n}" for n in range(180_000))
    assert near_duplicates([long, "short", long + " end", "", "\0"]) == [0, 1, 0, 3, 3]


def test_texts_may_come_from_a_generator() -> None:
    assert near_duplicates(text for text in ("one two", "three", "one two")) == [0, 1, 0]


@pytest.mark.parametrize(("threshold", "ngram"), [(0, 5), (1.1, 5), (0.8, 0)])
def test_senseless_parameters_are_refused(threshold: float, ngram: int) -> None:
    with pytest.raises(SettingError):
        near_duplicates(["a"], threshold, ngram)
