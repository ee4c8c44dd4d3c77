"""Gate: what an evaluation says about an adapter, in one word and with reasons. It judges; it never promotes.

The rule was fixed before any result was seen. The answers decide first: token F1 of greedy answers, or the share of successes where a
checker runs them. If their interval says nothing, target loss decides. A gain in one that comes with a certain loss in the other is no
gain. Where an interval holds zero, the honest word is "no difference", however the means look.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from trainer.evaluation.compare import Paired

Word = Literal["better", "no difference", "worse"]
Sign = Literal[-1, 0, 1]

LOWER_IS_BETTER = frozenset({"target loss"})


class Verdict(BaseModel):
    """The word and why."""

    model_config = ConfigDict(frozen=True)

    word: Word
    reasons: list[str]


def judge(metrics: Mapping[str, Paired]) -> Verdict:
    """The verdict on an adapter from the paired differences of its metrics."""
    answers = "success" if "success" in metrics else "token F1"
    decisive = [answers, "target loss"]
    signs = [sign(name, metrics[name]) for name in decisive]
    reasons = [_reason(name, metrics[name]) for name in decisive]
    if 1 in signs and -1 in signs:
        return Verdict(word="no difference", reasons=[*reasons, "one speaks for the adapter and one against it"])
    if 1 in signs:
        return Verdict(word="better", reasons=reasons)
    return Verdict(word="worse" if -1 in signs else "no difference", reasons=reasons)


def sign(name: str, result: Paired) -> Sign:
    """1 if the adapter is certainly better by this metric, -1 if certainly worse, 0 if nothing is certain."""
    if result.interval is None or result.interval.low <= 0 <= result.interval.high:
        return 0
    better = (result.interval.high < 0) == (name in LOWER_IS_BETTER)
    return 1 if better else -1


def _reason(name: str, result: Paired) -> str:
    words = {1: "better", 0: "no certain difference", -1: "worse"}
    interval = "no interval from so few rows" if result.interval is None else f"{result.interval.low:+.4f} to {result.interval.high:+.4f}"
    return (
        f"{name}: {words[sign(name, result)]} ({result.base:.4f} → {result.adapter:.4f}, difference {result.difference:+.4f} [{interval}])"
    )
