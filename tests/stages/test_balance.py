"""Caps are kept, shares are met, weights make up for what is rare, and the cost is told."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from agentlog.project import BalanceSettings
from agentlog.schema.outcome import Outcome
from agentlog.schema.outline import Outline
from agentlog.stages.balance import BalanceConfig, balance, largest_remainder


def rows_of(**kinds: int) -> list[Outline]:
    made = [kind for kind, number in kinds.items() for _ in range(number)]
    return [Outline(f"r{number}", (f"i{number}",), task_type=None if kind == "none" else kind) for number, kind in enumerate(made)]


def balanced(rows: list[Outline], **config: Any) -> Outcome[Outline]:
    return balance(rows, BalanceConfig(**config))


def kept(outcome: Outcome[Outline]) -> dict[str, int]:
    return dict(Counter(outline.task_type or "none" for outline in outcome.kept))


def weights(outcome: Outcome[Outline]) -> dict[str, float]:
    return {outline.task_type or "none": outline.weight for outline in outcome.kept}


def test_without_a_wish_every_row_stays_as_it_is() -> None:
    rows = rows_of(fix=3, test=90, none=4)
    outcome = balanced(rows)
    assert (outcome.kept, outcome.dropped) == (rows, [])
    assert outcome.measures["effective_rows"] == 97


def test_no_task_type_has_more_rows_than_asked_whatever_the_order() -> None:
    rows = rows_of(fix=20, test=10)
    config = BalanceConfig(max_rows_per_task_type=4)
    assert kept(balance(rows, config)) == {"fix": 4, "test": 4}
    assert {row.id for row in balance(rows[::-1], config).kept} == {row.id for row in balance(rows, config).kept}


def test_a_row_that_stays_goes_on_staying_unless_it_is_displaced() -> None:
    rows = rows_of(fix=400)
    before = {row.id for row in balanced(rows[:200], max_rows=50).kept}
    after = {row.id for row in balanced(rows, max_rows=50).kept}
    assert len(before - after) == len(after - before)
    assert after - before <= {row.id for row in rows[200:]}


def test_caps_of_a_type_and_of_all_hold_together() -> None:
    outcome = balanced(rows_of(fix=50, test=50, port=3), max_rows=30, max_rows_per_task_type=20)
    assert len(outcome.kept) == 30
    assert max(kept(outcome).values()) <= 20


def test_target_shares_are_met_with_as_many_rows_as_can_be() -> None:
    outcome = balanced(rows_of(implement=300, fix=100), shares={"implement": 0.5, "fix": 0.5})
    assert kept(outcome) == {"implement": 100, "fix": 100}
    assert outcome.measures["task_types"]["implement"] == {"rows": 300, "kept": 100, "dropped": 200, "weight": 1.0, "share": 0.5}
    assert outcome.measures["dropped"] == len(outcome.dropped) == 200


def test_types_without_a_share_have_what_is_left_in_proportion() -> None:
    assert kept(balanced(rows_of(fix=100, test=60, port=30), shares={"fix": 0.1})) == {"fix": 10, "test": 60, "port": 30}


def test_shares_that_leave_nothing_drop_the_other_types_and_say_so() -> None:
    outcome = balanced(rows_of(fix=10, test=10, port=5), shares={"fix": 0.5, "test": 0.5})
    assert kept(outcome) == {"fix": 10, "test": 10}
    assert "leave nothing for port" in outcome.measures["notes"][0]


def test_the_share_of_a_type_without_rows_goes_to_the_others_and_a_note_says_so() -> None:
    outcome = balanced(rows_of(fix=30, test=30), shares={"fix": 0.4, "test": 0.4, "port": 0.2})
    assert kept(outcome) == {"fix": 30, "test": 30}
    assert outcome.measures["notes"] == ["there is no row of task type port: its share goes to the others"]
    assert kept(balanced(rows_of(fix=30), shares={"port": 1.0})) == {"fix": 30}


def test_up_weighting_drops_nothing_and_makes_rare_types_count_as_much_as_they_may() -> None:
    outcome = balanced(rows_of(fix=100, test=50, port=2), up_weight=5)
    assert (outcome.dropped, weights(outcome)) == ([], {"fix": 1.0, "test": 2.0, "port": 5.0})
    whole, squares = 100 + 50 * 2 + 2 * 5, 100 + 50 * 4 + 2 * 25
    assert outcome.measures["effective_rows"] == pytest.approx(whole**2 / squares, abs=0.01)
    assert outcome.measures["mean_weight"] == pytest.approx(whole / 152, abs=1e-6)


def test_weights_go_first_and_only_what_they_cannot_do_is_met_by_dropping() -> None:
    shares = {"fix": 0.5, "test": 0.5}
    enough = balanced(rows_of(fix=300, test=100), shares=shares, up_weight=4)
    assert (kept(enough), weights(enough)) == ({"fix": 300, "test": 100}, {"fix": 1.0, "test": 3.0})
    not_enough = balanced(rows_of(fix=300, test=100), shares=shares, up_weight=2)
    assert (kept(not_enough), weights(not_enough)) == ({"fix": 200, "test": 100}, {"fix": 1.0, "test": 2.0})
    assert not_enough.measures["task_types"]["test"]["share"] == 0.5


def test_the_type_that_holds_the_others_down_is_named() -> None:
    notes = balanced(rows_of(fix=300, test=100, port=5), shares={"fix": 0.5, "test": 0.25}).measures["notes"]
    assert notes == [
        "385 rows are dropped so that the 5 rows of task type port have 25%: log more of them, ask for a smaller share, or set up_weight"
    ]
    assert balanced(rows_of(fix=100, test=100), shares={"fix": 0.5, "test": 0.5}).measures["notes"] == []


def test_the_most_rows_of_all_keeps_the_shares() -> None:
    assert kept(balanced(rows_of(fix=300, test=100), shares={"fix": 0.75, "test": 0.25}, max_rows=40)) == {"fix": 30, "test": 10}


kinds = st.dictionaries(st.sampled_from(["fix", "test", "port", "none"]), st.integers(1, 40), min_size=1)


@settings(deadline=None, max_examples=80)
@given(
    kinds,
    st.dictionaries(st.sampled_from(["fix", "test", "gone"]), st.floats(0.05, 0.33)),
    st.floats(1, 10),
    st.none() | st.integers(1, 50),
)
def test_every_wish_is_kept_within_its_limits(there: dict[str, int], shares: dict[str, float], most: float, cap: int | None) -> None:
    outcome = balanced(rows_of(**there), shares=shares, up_weight=most, max_rows=cap)
    assert len(outcome.kept) + len(outcome.dropped) == sum(there.values())
    assert cap is None or len(outcome.kept) <= cap
    assert all(1 <= outline.weight <= most + 1e-6 for outline in outcome.kept)
    assert outcome.kept
    told = outcome.measures["task_types"]
    assert {kind: one["kept"] for kind, one in told.items() if one["kept"]} == kept(outcome)
    assert sum(one["share"] for one in told.values()) == pytest.approx(1, abs=1e-4)
    if set(shares) & set(there) and cap is None and min(there.values()) > 20:
        present = {kind: share for kind, share in shares.items() if kind in there}
        rest = 1 - sum(shares.values()) if set(there) - set(shares) else 0
        whole = sum(present.values()) + rest
        assert all(told[kind]["share"] == pytest.approx(share / whole, abs=0.1) for kind, share in present.items())


@given(st.dictionaries(st.text(max_size=3), st.floats(0.1, 100), min_size=1), st.integers(0, 200))
def test_whole_parts_add_up_and_are_less_than_one_off(parts: dict[str, float], total: int) -> None:
    given_out = largest_remainder(parts, total)
    assert sum(given_out.values()) == total
    assert all(abs(given_out[name] - part * total / sum(parts.values())) < 1 + 1e-6 for name, part in parts.items())


@pytest.mark.parametrize("wrong", [{"shares": {"fix": 0.7, "test": 0.7}}, {"shares": {"fix": 0.0}}, {"up_weight": 0.5}, {"max_rows": 0}])
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        BalanceSettings(**wrong)
