"""Splits part no group, keep their shares, stay where they are, and say what was moved."""

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.schema.outline import Outline
from agentlog.schema.sample import SPLITS
from agentlog.stages.split import SplitConfig, split
from tests.make import outline_lists


def row(number: int, **fields: Any) -> Outline:
    return Outline(f"r{number}", (f"i{number}",), **fields)


def where(rows: list[Outline], **settings: Any) -> dict[str, Any]:
    return {outline.id: outline.split for outline in split(rows, SplitConfig(**settings)).kept}


names = st.sampled_from(["a", "b", "c", "d", None])
tied_rows = st.lists(st.tuples(names, names, names), max_size=25).map(
    lambda made: [row(n, session_id=session, task_id=task, task_type=kind) for n, (session, task, kind) in enumerate(made)]
)


@settings(deadline=None, max_examples=100)
@given(tied_rows | outline_lists())
def test_nothing_of_a_session_or_a_task_is_in_two_splits(rows: list[Outline]) -> None:
    found: dict[object, set[object]] = defaultdict(set)
    outcome = split(rows, SplitConfig())
    for outline in outcome.kept:
        for kind, name in (("session", outline.session_id), ("task", outline.task_id)):
            if name is not None:
                found[kind, name].add(outline.split)
    assert all(len(splits) == 1 for splits in found.values())
    assert sum(outcome.measures["rows"].values()) == len(rows)


@pytest.mark.parametrize("seed", range(3))
def test_shares_are_about_right_for_all_rows_and_for_each_task_type(seed: int) -> None:
    rows = [row(number, session_id=f"s{number}", task_type=("fix", "test")[number % 2]) for number in range(4000)]
    told = split(rows, SplitConfig(seed=seed)).measures
    for counted, whole in [(told["rows"], 4000), (told["task_types"]["fix"], 2000), (told["task_types"]["test"], 2000)]:
        assert 0.77 < counted["train"] / whole < 0.83
        assert 0.08 < counted["val"] / whole < 0.12
        assert 0.08 < counted["test"] / whole < 0.12
    assert told["notes"] == []


def test_rows_stay_in_their_split_when_a_tenth_is_added_unless_something_ties_them_anew() -> None:
    kinds = ["fix"] * 50 + ["test"] * 40 + ["port"]
    rows = [row(n, session_id=f"s{n // 3:05d}", task_id=f"t{n // 6}" if n % 2 else None, task_type=kinds[n % 91]) for n in range(6000)]
    first = where(rows)
    added = [row(6000 + n, session_id=f"s{90_000 + n // 3}", task_id=f"t{5000 + n // 3}", task_type=kinds[n % 91]) for n in range(600)]
    assert {name: place for name, place in where([*rows, *added]).items() if name in first} == first
    tying = [row(7000 + n, session_id=f"s{n:05d}", task_id=f"t{900 + n}") for n in range(3)]
    later = where([*rows, *added, *tying])
    moved = {name for name, place in first.items() if later[name] != place}
    assert len(moved) < 0.01 * len(rows)
    tied = {f"s{n:05d}" for n in range(3)} | {f"t{900 + n}" for n in range(3)} | {f"t{n // 2}" for n in range(3)}
    groups = {outline.id: {outline.session_id, outline.task_id} for outline in rows}
    near = {outline.session_id for outline in rows if outline.task_id in tied} | tied
    assert all(groups[name] & near for name in moved)


def test_more_sessions_of_a_known_task_go_where_the_task_is() -> None:
    rows = [row(n, session_id=f"m{n}", task_id=f"t{n}") for n in range(50)]
    first = where(rows)
    later = where([*rows, *(row(100 + n, session_id=f"a{n}", task_id=f"t{n}") for n in range(50))])
    assert all(later[f"r{n}"] == later[f"r{100 + n}"] == first[f"r{n}"] for n in range(50))


@pytest.mark.parametrize("number", range(3, 12))
def test_three_independent_tasks_are_enough_for_three_splits(number: int) -> None:
    for seed in range(20):
        assert set(where([row(n, session_id=f"s{n}") for n in range(number)], seed=seed).values()) == set(SPLITS)


def test_a_task_type_with_groups_enough_is_in_every_split_and_the_moves_are_told() -> None:
    moved = 0
    for seed in range(30):
        rows = [row(n, session_id=f"s{n}", task_type="rare" if n < 10 else "common") for n in range(200)]
        told = split(rows, SplitConfig(seed=seed)).measures
        assert all(told["task_types"]["rare"].values())
        assert told["moved_groups"] == len(told["moves"])
        assert all(move["task_type"] == "rare" and move["rows"] == 1 for move in told["moves"])
        assert all("s" not in move["group"] for move in told["moves"])
        moved += told["moved_groups"]
    assert 10 < moved < 40


def test_a_type_of_few_groups_is_left_to_the_hash() -> None:
    moved = [split([row(n, session_id=f"s{n}", task_type=f"k{n // 9}") for n in range(90)], SplitConfig(seed=seed)) for seed in range(10)]
    assert sum(outcome.measures["moved_groups"] for outcome in moved) == 0


def test_a_group_of_more_than_half_of_the_rows_is_trained_and_a_note_says_so() -> None:
    for seed in range(12):
        rows = [row(n, session_id="giant" if n < 60 else f"s{n}") for n in range(100)]
        outcome = split(rows, SplitConfig(seed=seed))
        assert {outline.split for outline in outcome.kept[:60]} == {"train"}
        assert outcome.measures["largest_group"] == {"rows": 60, "share": 0.6}
        assert "one group of sessions and tasks holds 60 of 100 rows" in outcome.measures["notes"][0]


def test_the_order_of_rows_changes_nothing() -> None:
    rows = [row(n, session_id=f"s{n % 40}", task_id=f"t{n % 13}" if n % 5 == 0 else None, task_type=f"k{n % 3}") for n in range(200)]
    assert where(rows) == where(rows[::-1])
    assert split(rows, SplitConfig()).measures == split(rows[::-1], SplitConfig()).measures


def test_another_seed_splits_otherwise() -> None:
    rows = [row(n, session_id=f"s{n}") for n in range(200)]
    assert where(rows, seed=1) != where(rows, seed=2)
