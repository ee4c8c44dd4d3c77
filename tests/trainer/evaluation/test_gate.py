"""The verdict: certain gains are gains, contradictions are not, and no interval means no word."""

import pytest

from trainer.evaluation.compare import Interval, Paired
from trainer.evaluation.gate import judge, sign


def result(low: float | None, high: float | None = None) -> Paired:
    interval = None if low is None or high is None else Interval(low=low, high=high)
    return Paired(answers=9, base=0.5, adapter=0.5, difference=0.0, interval=interval)


UP, DOWN, ZERO = result(0.1, 0.2), result(-0.2, -0.1), result(-0.1, 0.1)


@pytest.mark.parametrize(
    ("f1", "loss", "word"),
    [
        (UP, DOWN, "better"),
        (UP, ZERO, "better"),
        (ZERO, DOWN, "better"),
        (ZERO, ZERO, "no difference"),
        (UP, UP, "no difference"),
        (DOWN, DOWN, "no difference"),
        (ZERO, UP, "worse"),
        (DOWN, ZERO, "worse"),
        (DOWN, UP, "worse"),
        (result(None), result(None), "no difference"),
    ],
)
def test_answers_and_loss_together_give_the_word(f1, loss, word):
    verdict = judge({"target loss": loss, "exact match": UP, "token F1": f1})
    assert verdict.word == word
    assert len(verdict.reasons) >= 2


def test_what_really_ran_decides_before_what_looks_alike():
    assert judge({"target loss": ZERO, "token F1": UP, "success": DOWN}).word == "worse"


def test_a_lower_loss_is_the_better_one():
    assert sign("target loss", DOWN) == sign("token F1", UP) == 1
