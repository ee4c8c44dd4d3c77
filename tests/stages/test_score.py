"""Scores measure what they say: each falls as what it measures is spoilt, and says where it could not be measured."""

import math
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlog.errors import SettingError
from agentlog.schema.sample import Sample
from agentlog.stages.score import ScoreConfig, score
from agentlog.stages.scoring.chosen import answer_of, chosen_rows, request_of
from agentlog.stages.scoring.correctness import wilson_interval
from agentlog.stages.scoring.coverage import declared_coverage
from agentlog.stages.scoring.diversity import diversity
from agentlog.stages.scoring.task_kinds import task_kinds
from benchmarks.build.scores import CORRUPTIONS, TASKS, Corruption, curve, falls, make_rows, measures_of, outlined

DECLARED = ScoreConfig(task_types=tuple(TASKS))


@pytest.mark.parametrize(
    "corruption", [one for one in CORRUPTIONS if one.declared], ids=lambda one: f"{one.name}: {one.looked_at[-1]}".replace(" ", "-")
)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_more_rows_are_spoilt_the_lower_the_score(corruption: Corruption, seed: int) -> None:
    assert falls(curve(corruption._replace(rates=corruption.rates[::2]), seed, 48))


def test_where_no_types_are_declared_coverage_falls_as_a_kind_of_task_thins_out() -> None:
    undeclared = next(one for one in CORRUPTIONS if not one.declared)
    assert falls(curve(undeclared, 3, 160))


def test_the_kinds_of_task_are_discovered_as_they_were_made() -> None:
    rows = make_rows(5, 120)
    kinds = task_kinds([request_of(sample) for sample in rows])
    found = {(sample.task_type, label) for sample, label in zip(rows, kinds.labels, strict=True)}
    assert len(found) == len(TASKS)
    made_of = {word for words in TASKS.values() for word in words}
    assert all(set(name.split(": ")[1].split()) <= made_of for name in kinds.names)


def test_kinds_that_nothing_tells_apart_are_not_measured_and_the_reason_is_said() -> None:
    for requests in (["the same"] * 60, [""] * 60, ["\ud800 \0"] * 60, ["one two three"] * 49):
        kinds = task_kinds(requests)
        assert not kinds.labels
        assert kinds.why_none
    measures = measures_of(make_rows(0, 10), ScoreConfig())
    assert measures["coverage"] is None
    assert "too few" in measures["details"]["coverage"]["not_measured"]


def test_a_type_with_hardly_a_row_is_covered_in_part_and_undeclared_rows_do_not_count() -> None:
    covered = declared_coverage({"fix": 1000, "test": 5, None: 7, "other": 8}, ("fix", "test", "review", "fix"))
    assert covered.score == pytest.approx((1 + 5 / 20 + 0) / 3)
    assert covered.details["missing"] == ["review"]
    assert covered.details["thin"] == ["test"]
    assert covered.details["undeclared_rows"] == 15


def test_small_sets_are_covered_by_a_quarter_of_an_even_share() -> None:
    assert declared_coverage({"a": 4, "b": 1}, ("a", "b")).score == 1.0


def test_nothing_is_measured_of_nothing() -> None:
    measures = measures_of([], DECLARED)
    assert {name: measures[name] for name in ("coverage", "diversity", "correctness", "consistency")} == {
        "coverage": 0.0,
        "diversity": None,
        "correctness": None,
        "consistency": None,
    }


def test_answers_without_a_verdict_are_neither_right_nor_wrong_but_counted() -> None:
    rows = make_rows(0, 20)
    silent = [sample.model_copy(update={"answers": (sample.answers[0].model_copy(update={"tests_passed": None}),)}) for sample in rows[5:]]
    measures = measures_of([*rows[:5], *silent], DECLARED)
    told = measures["details"]["correctness"]
    assert measures["correctness"] == 1.0
    assert (told["judged"], told["unjudged"], told["share_judged"]) == (5, 15, 0.25)
    assert told["low"] < 0.6
    assert measures_of(silent, DECLARED)["correctness"] is None


def test_wilsons_interval_is_that_of_the_textbook() -> None:
    # Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for hits, of, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)):
        assert wilson_interval(hits, of) == pytest.approx((low, high), abs=1e-4)


@given(st.integers(1, 10**6).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_an_interval_holds_its_share_and_narrows_with_more(seen: tuple[int, int]) -> None:
    hits, of = seen
    low, high = wilson_interval(hits, of)
    assert 0 <= low <= hits / of <= high <= 1
    more = wilson_interval(hits * 4, of * 4)
    assert more[1] - more[0] < high - low


def test_the_vendi_score_counts_different_answers() -> None:
    three = ["alpha beta gamma", "delta epsilon zeta", "eta theta iota"]
    assert diversity({}, three)["vendi_score"] == pytest.approx(3.0, abs=0.1)
    assert diversity({}, three * 10)["vendi_score"] == pytest.approx(3.0, abs=0.1)
    assert diversity({}, ["same words"] * 9)["vendi_score"] == pytest.approx(1.0)


def test_the_parts_of_diversity_are_what_their_definitions_say() -> None:
    found = diversity({"a": 3, "b": 1}, ["a b a b", "a b"], ())
    assert found["distinct_1"] == pytest.approx(2 / 6)
    assert found["distinct_2"] == pytest.approx(2 / 4)
    assert found["distinct_3"] == pytest.approx(2 / 2)
    assert found["types"] == pytest.approx(-(0.75 * math.log(0.75) + 0.25 * math.log(0.25)) / math.log(2))
    assert diversity({"a": 3, "b": 1}, [], ("a", "b", "c", "d"))["types"] < found["types"]


@given(st.lists(st.text(max_size=30), max_size=8))
def test_diversity_of_any_texts_is_a_share(texts: list[str]) -> None:
    found = diversity({"a": 1, "b": 2}, texts)
    for name in ("score", "types", "distinct", "distance", "vendi"):
        assert found[name] is None or -1e-9 <= found[name] <= 1 + 1e-9


def test_the_histograms_count_every_row_once() -> None:
    rows = make_rows(0, 60)
    lengths = measures_of(rows, DECLARED)["details"]["lengths"]["characters"]
    for part in lengths.values():
        assert sum(part["counts"]) == 60
        assert len(part["edges"]) == len(part["counts"]) + 1
    whole = [sum(len(str(message["content"])) for message in sample.messages) for sample in rows]
    assert lengths["whole"]["longest"] == max(whole)
    assert lengths["whole"]["median"] == int(np.quantile(whole, 0.5, method="lower"))


def test_tokens_are_counted_with_the_tokenizer_of_the_base(shared_data: Path, tmp_path: Path) -> None:
    with tarfile.open(shared_data / "tokenizers" / "torchtune-tiny-bpe.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    file = next(tmp_path.rglob("tokenizer.json"))
    lengths = measures_of(make_rows(0, 30), ScoreConfig(task_types=("fix",), tokenizer=str(file)))["details"]["lengths"]
    assert sum(lengths["tokens"]["whole"]["counts"]) == lengths["tokens_sampled_rows"] == 30
    assert 1 < lengths["characters_per_token"] < 10
    assert lengths["tokens_in_all"] == pytest.approx(30 * lengths["tokens"]["whole"]["mean"], rel=0.01)


def test_a_file_that_is_no_tokenizer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text('{"no": "tokenizer"}')
    for name in ("tokenizer.json", "missing.json"):
        with pytest.raises(SettingError, match=name):
            measures_of(make_rows(0, 3), ScoreConfig(task_types=("fix",), tokenizer=str(tmp_path / name)))


def test_scores_are_the_same_for_any_order_of_the_rows_and_change_nothing() -> None:
    outlines = [outlined(sample) for sample in make_rows(0, 60)]
    one, other = score(outlines, DECLARED), score(outlines[::-1], DECLARED)
    assert one.kept == outlines
    assert not one.dropped
    assert one.measures == other.measures


def test_rows_are_chosen_by_their_ids_and_most_of_the_choice_stays_when_rows_are_added() -> None:
    outlines = [outlined(sample) for sample in make_rows(0, 200)]
    before = {outline.id for outline in chosen_rows(outlines[:180], 50)}
    after = {outline.id for outline in chosen_rows(outlines, 50)}
    assert len(before & after) >= 40
    assert after - before <= {outline.id for outline in outlines[180:]}


def test_what_a_row_asks_for_and_answers_is_found_in_any_shape_of_row() -> None:
    call: dict[str, Any] = {"function": {"name": "look", "arguments": '{"at": 1}'}}
    row = Sample(
        id="r",
        messages=[
            {"role": "system", "content": "rules"},
            {"role": "user", "content": [{"type": "text", "text": "please"}]},
            {"role": "assistant", "content": None, "tool_calls": [call]},
        ],
        trained=(2,),
        source_ids=("i",),
    )
    assert request_of(row) == "please"
    assert answer_of(row) == '\nlook {"at": 1}'
    assert request_of(Sample(id="r", messages=[{"role": "assistant", "content": "hello"}], trained=(0,), source_ids=("i",))) == "hello"
