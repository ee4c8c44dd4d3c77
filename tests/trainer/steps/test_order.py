"""The order of a run: decided by seed and epoch, whole, and kind to what rows share."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tests.trainer.rows import row, rows_that_share
from trainer.steps.order import StepPlan


def steps(plan: StepPlan, epoch: int) -> list[list[str]]:
    return [[one.sample_id for one in plan.rows(epoch, step)] for step in range(plan.steps_per_epoch)]


@given(rows_that_share(), st.integers(1, 5), st.integers(0, 3))
def test_every_row_comes_exactly_once_an_epoch(rows, size, seed):
    plan = StepPlan(rows, size, seed)
    for epoch in (0, 1):
        found = steps(plan, epoch)
        assert Counter(name for step in found for name in step) == Counter(one.sample_id for one in rows)
        assert all(len(set(step)) == size for step in found[:-1])
        assert found[-1]


def test_seed_and_epoch_alone_decide_the_order():
    rows = [row([place, 9, 9], [2], str(place)) for place in range(40)]
    assert steps(StepPlan(rows, 4, 7), 2) == steps(StepPlan(rows, 4, 7), 2)
    assert steps(StepPlan(rows, 4, 7), 2) != steps(StepPlan(rows, 4, 7), 3)
    assert steps(StepPlan(rows, 4, 7), 2) != steps(StepPlan(rows, 4, 8), 2)


def test_the_order_does_not_depend_on_which_epoch_was_asked_for_before():
    rows = [row([place, 9, 9], [2], str(place)) for place in range(40)]
    plan = StepPlan(rows, 4, 0)
    first = steps(plan, 0)
    steps(plan, 1)
    assert steps(plan, 0) == first


def test_what_a_template_made_of_one_row_counts_as_one_row_and_stays_together():
    rows = [row([place, turn, 9], [2], f"sample {place}") for place in range(6) for turn in (7, 8)]
    plan = StepPlan(rows, 2, 0)
    assert plan.steps_per_epoch == 3
    assert all(Counter(step).most_common() == [(name, 2) for name in dict.fromkeys(step)] for step in steps(plan, 0))


def test_branches_of_a_session_come_in_one_step():
    sessions = [[row([session, 1, 2, 3, branch], [4], f"{session}-{branch}") for branch in (7, 8)] for session in range(8)]
    plan = StepPlan([one for session in sessions for one in session], 4, 3)
    for step in steps(plan, 0):
        assert Counter(name.split("-")[0] for name in step).most_common(1)[0][1] == 2


def test_a_common_prompt_makes_no_session_of_all_rows():
    """Every row begins with the same long prompt; if that kept neighbours together, each epoch would have the same steps."""
    rows = [row([5, 5, 5, 5, place], [4], str(place)) for place in range(40)]
    plan = StepPlan(rows, 4, 0)
    first, second = ({frozenset(step) for step in steps(plan, epoch)} for epoch in (0, 1))
    assert len(first & second) <= 2
