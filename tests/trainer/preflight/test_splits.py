"""Splits: an answer that is trained cannot be held out as well."""

import pytest

from agentlog.dataset.reader import open_dataset
from tests.trainer.tiny import make_dataset, make_sample
from trainer.checklist import Checklist
from trainer.preflight.splits import check_held_out


def found(data, train) -> Checklist:
    checklist = Checklist()
    check_held_out(checklist, open_dataset(make_dataset(data, train=train)))
    return checklist


@pytest.mark.parametrize(("number", "split"), [(20, "val"), (41, "test")])
def test_an_answer_in_two_splits_is_refused_with_both_named(tmp_path, number, split):
    refusals = found(tmp_path, [make_sample(0), make_sample(number)]).refusals
    assert [item.name for item in refusals] == ["held-out answers"]
    assert refusals[0].value == "2 of 14 stand in two splits"
    assert f"a-{number} is in train and in {split}" in refusals[0].advice


def test_an_answer_that_stands_twice_in_one_split_is_no_leak(tmp_path):
    """A window or a repeated row may train it twice; nothing held out is touched by that."""
    assert found(tmp_path, [make_sample(0), make_sample(0)]).items == []


def test_clean_splits_are_not_mentioned(tmp_path):
    assert found(tmp_path, [make_sample(0), make_sample(1)]).items == []
