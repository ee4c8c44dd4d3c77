"""A duplicate that is gone still ties its session to the row that stands for it, as long as groups stay small."""

from typing import Any

from agentlog.schema.outcome import Drop, DropReason
from agentlog.schema.outline import Outline
from agentlog.stages.groups import group, most_rows
from agentlog.stages.split import SplitConfig, split
from agentlog.stages.ties import hand_on_ties, inherited_ties


def row(name: str, **fields: Any) -> Outline:
    return Outline(name, (f"i-{name}",), **fields)


def drop(name: str, winner: str | None) -> Drop:
    return Drop(stage="dedup_near", reason=DropReason.NEAR_DUPLICATE, source_ids=(f"i-{name}",), sample_id=name, winner=winner)


def test_the_winner_takes_over_session_and_task_and_what_the_duplicate_stood_for() -> None:
    batch = [row("a", session_id="s1"), row("b", session_id="s2", task_id="t2"), row("c", session_id="s1", ties=("session:s9",))]
    kept = hand_on_ties(batch, [batch[0]], [drop("b", "a"), drop("c", "a")])
    assert inherited_ties(kept[0]) == ("session:s2", "session:s9", "task:t2")
    assert inherited_ties(batch[0]) == ()


def test_what_is_dropped_for_another_reason_ties_nothing() -> None:
    batch = [row("a", session_id="s1"), row("b", session_id="s2")]
    assert hand_on_ties(batch, [batch[0]], [drop("b", None)]) == [batch[0]]
    assert hand_on_ties(batch, [batch[0]], [drop("b", "gone")]) == [batch[0]]


def test_rows_of_a_duplicates_session_stay_with_the_row_that_stands_for_it() -> None:
    rows = [row(f"a{n}", session_id=f"s{n}", ties=(f"session:z{n}",)) for n in range(40)]
    rows += [row(f"b{n}", session_id=f"z{n}") for n in range(40)]
    groups = group(rows)
    assert (len(groups.names), groups.tied, groups.untied) == (40, 40, 0)
    splits = [outline.split for outline in split(rows, SplitConfig()).kept]
    assert splits[:40] == splits[40:]
    assert len(set(splits)) == 3


def test_a_session_of_which_no_row_is_left_ties_nothing() -> None:
    rows = [row("a", session_id="s1", ties=("session:gone",)), row("b", session_id="s2", ties=("session:gone",))]
    assert len(group(rows).names) == 2


def test_greetings_that_recur_in_every_session_do_not_tie_all_of_them() -> None:
    everyone = tuple(f"session:s{n}" for n in range(1, 500))
    rows = [row("hello", session_id="s0", ties=everyone), *(row(f"r{n}", session_id=f"s{n}") for n in range(500))]
    groups = group(rows)
    largest = max(groups.of_row.count(number) for number in range(len(groups.names)))
    assert largest == most_rows(len(rows)) == 10
    outcome = split(rows, SplitConfig())
    assert (outcome.measures["tied_by_duplicates"], outcome.measures["not_tied_by_duplicates"]) == (groups.tied, groups.untied)
    assert groups.tied + groups.untied == 499
    assert "were not kept with them" in outcome.measures["notes"][0]
    assert outcome.measures["shares"]["train"] < 0.9


def test_sessions_and_tasks_tie_without_limit() -> None:
    rows = [row(f"r{n}", session_id=f"s{n}", task_id="one") for n in range(100)]
    assert group(rows).names == ["task:one"]
