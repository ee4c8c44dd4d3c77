"""Of equal and nearly equal rows the best one stays."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.errors import SettingError
from agentlog.schema.outcome import DropReason
from agentlog.schema.sample import Answer, Sample
from agentlog.stages.dedup_exact import DedupExactConfig, dedup_exact
from agentlog.stages.dedup_near import DedupNearConfig, SignaturesConfig, dedup_near, near_duplicates, shingles, signatures


def sample(name: str, text: str, **facts: object) -> Sample:
    answer = Answer(index=1, interaction_id=name, timestamp="2026-11-20T17:00:00.000000Z", **facts)  # type: ignore[arg-type]
    messages = [{"role": "user", "content": text}, {"role": "assistant", "content": "ok"}]
    return Sample.model_validate({"id": name, "messages": messages, "trained": (1,), "source_ids": (name,), "answers": (answer,)})


def jaccard(one: str, other: str, ngram: int = 5) -> float:
    a, b = shingles(one, ngram), shingles(other, ngram)
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
    plain, rated = sample("a", "same"), sample("b", "same", rating=5)
    outcome = dedup_exact([plain, rated], DedupExactConfig())
    assert [row.id for row in outcome.kept] == ["b"]
    assert outcome.dropped[0].reason is DropReason.EXACT_DUPLICATE
    assert outcome.dropped[0].detail == "same as b"


def test_stand_ins_of_different_sessions_do_not_hide_a_duplicate() -> None:
    rows = [sample("a", "write to user-0011aabb@example.com"), sample("b", "write to user-99ffee00@example.com")]
    assert len(dedup_exact(rows, DedupExactConfig()).kept) == 1


def test_near_rows_are_dropped_and_far_rows_stay() -> None:
    text = " ".join(f"word{n}" for n in range(80))
    rows = [sample("a", text), sample("b", text + " more"), sample("c", " ".join(f"other{n}" for n in range(80)))]
    outcome = dedup_near(signatures(rows, SignaturesConfig()).kept, DedupNearConfig())
    assert [row.id for row in outcome.kept] == ["a", "c"]


def test_labels_agree_with_brute_force() -> None:
    texts = varied_texts(120)
    labels = near_duplicates(texts)
    leaders = sorted(set(labels))
    for place, label in enumerate(labels):
        if label != place:
            assert jaccard(texts[place], texts[label]) >= 0.8
    assert all(jaccard(texts[a], texts[b]) < 0.8 for a in leaders for b in leaders if a < b)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text(max_size=30) | st.sampled_from(["", " ", "\0", "\ud800 lone", "one two"]), max_size=12))
def test_any_text_has_a_cluster_and_equal_texts_share_it(texts: list[str]) -> None:
    labels = near_duplicates(texts)
    assert len(labels) == len(texts)
    assert all(labels[label] == label <= place for place, label in enumerate(labels))
    for place, text in enumerate(texts):
        assert labels[place] == labels[texts.index(text)]


@pytest.mark.parametrize(("threshold", "ngram"), [(0, 5), (1.1, 5), (0.8, 0)])
def test_senseless_parameters_are_refused(threshold: float, ngram: int) -> None:
    with pytest.raises(SettingError):
        near_duplicates(["a"], threshold, ngram)


def test_of_rows_alike_in_all_else_the_newer_one_stays_to_the_microsecond() -> None:
    older, newer = sample("a", "same"), sample("b", "same")
    later = newer.answers[0].model_copy(update={"timestamp": "2026-11-20T17:00:00.000001Z"})
    assert [row.id for row in dedup_exact([older, newer.model_copy(update={"answers": (later,)})], DedupExactConfig()).kept] == ["b"]
