"""Splits do not leak, stay where they are, and limits are kept."""

from collections import Counter, defaultdict
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings

from agentlog.errors import SettingError
from agentlog.schema.sample import SPLITS, Answer, Sample
from agentlog.stages.balance import BalanceConfig, balance
from agentlog.stages.decontaminate import DecontaminateConfig, benchmark_file, decontaminate
from agentlog.stages.score import ScoreConfig, score
from agentlog.stages.split import SplitConfig, split
from tests.make import sample_lists


def row(number: int, **fields: object) -> Sample:
    messages = [{"role": "user", "content": f"q{number}"}, {"role": "assistant", "content": f"a{number}"}]
    return Sample.model_validate({"id": f"r{number}", "messages": messages, "trained": (1,), "source_ids": (f"r{number}",), **fields})


@settings(deadline=None, max_examples=60)
@given(sample_lists())
def test_nothing_of_a_session_or_a_task_is_in_two_splits(samples: list[Sample]) -> None:
    where: dict[object, set[object]] = defaultdict(set)
    for sample in split(samples, SplitConfig()).kept:
        for kind, name in (("session", sample.session_id), ("task", sample.task_id)):
            if name is not None:
                where[kind, name].add(sample.split)
    assert all(len(splits) == 1 for splits in where.values())


def test_shares_are_about_right_and_stay_when_data_is_added() -> None:
    rows = [row(number, session_id=f"s{number}") for number in range(2000)]
    first = {sample.id: sample.split for sample in split(rows[:1000], SplitConfig()).kept}
    more = {sample.id: sample.split for sample in split(rows, SplitConfig()).kept}
    assert all(more[name] == where for name, where in first.items())
    shares = Counter(more.values())
    assert 1500 < shares["train"] < 1700
    assert 150 < shares["val"] < 250


@pytest.mark.parametrize("number", range(3, 12))
def test_three_independent_tasks_are_enough_for_three_splits(number: int) -> None:
    for seed in range(20):
        kept = split([row(place, session_id=f"s{place}") for place in range(number)], SplitConfig(seed=seed)).kept
        assert {sample.split for sample in kept} == set(SPLITS)


def test_no_task_type_has_more_rows_than_asked_whatever_the_order() -> None:
    rows = [row(number, task_type="fix" if number % 3 else "test") for number in range(30)]
    config = BalanceConfig(max_rows_per_task_type=4)
    kept = balance(rows, config).kept
    assert Counter(sample.task_type for sample in kept) == {"fix": 4, "test": 4}
    assert {sample.id for sample in balance(rows[::-1], config).kept} == {sample.id for sample in kept}


def test_a_row_that_overlaps_a_benchmark_is_dropped(tmp_path: Path) -> None:
    secret_test = " ".join(f"term{number}" for number in range(20))
    file = tmp_path / "bench.jsonl"
    file.write_bytes(orjson.dumps({"prompt": secret_test}) + b"\n" + orjson.dumps({"prompt": "a1"}) + b"\n")
    hit = Sample.model_validate(
        {"id": "x", "messages": [{"role": "assistant", "content": f"so: {secret_test}!"}], "trained": (0,), "source_ids": ("x",)}
    )
    outcome = decontaminate([hit, row(1)], DecontaminateConfig(files=(benchmark_file(file),)))
    assert [sample.id for sample in outcome.kept] == ["r1"]
    assert "bench.jsonl" in outcome.dropped[0].detail


def test_a_missing_benchmark_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"nothing\.jsonl"):
        benchmark_file(tmp_path / "nothing.jsonl")


def code(number: int, text: str, passed: bool | None, task_type: str) -> Sample:
    answer = {"index": 1, "interaction_id": f"c{number}", "timestamp": "2026-11-20T00:00:00.000000Z", "tests_passed": passed}
    messages = [{"role": "user", "content": "q"}, {"role": "assistant", "content": text}]
    return row(number).model_copy(
        update={"messages": messages, "task_type": task_type, "answers": (Answer.model_validate(answer),), "source_ids": (f"c{number}",)}
    )


def measures(samples: list[Sample]) -> dict[str, float]:
    return score(samples, ScoreConfig(task_types=("fix", "test"))).measures


def test_each_score_falls_when_what_it_measures_is_spoilt() -> None:
    good = [code(n, f"```python\ndef f{n}(): return {n}\n```", True, ("fix", "test")[n % 2]) for n in range(20)]
    before = measures(good)
    assert before["coverage"] == before["correctness"] == before["consistency"] == 1.0
    assert measures([sample for sample in good if sample.task_type == "fix"])["coverage"] == 0.5
    assert measures([good[0]] * 20)["diversity"] < before["diversity"]
    unverified = [code(n, f"```python\ndef f{n}(): return {n}\n```", None, ("fix", "test")[n % 2]) for n in range(20)]
    assert measures([*good[:10], *unverified[10:]])["correctness"] == 0.5
    assert measures(unverified)["correctness"] is None
    mixed = [*good[:10], *(code(n, "def broken(:", True, "fix") for n in range(10))]
    assert measures(mixed)["consistency"] < before["consistency"]


def test_an_empty_set_has_no_scores_but_coverage() -> None:
    assert measures([]) == {"coverage": 0.0, "diversity": None, "correctness": None, "consistency": None}
