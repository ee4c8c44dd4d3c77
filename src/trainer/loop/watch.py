"""Watch: judges how a run's loss goes, from its numbers alone, and says what a person should hear.

A guard speaks when its sign has been there for long enough to be no accident, and asks for a stop only where its policy says so and the
sign lasts. Every threshold is relative to the run's own curve, because no loss is high or low as such, and sits far outside of what a
healthy noisy curve does: a guard that cries at good runs is switched off, and then it guards nothing.

It holds no more than the losses it was told, so a resumed run that tells them again judges as the unbroken one would. It knows no model.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from trainer.config import GuardConfig, Policy

_WINDOW = 50
"""Steps that say what is usual."""
_BEGINNING = 5
"""Steps whose median is where a run began. Nothing that learns is twice as high again for many steps, whatever is usual by then."""
_ENOUGH = 10
"""Steps from which on there is something usual to leap above."""
_DEVIATIONS = 6.0
"""A leap is so many robust standard deviations (1.4826 times the median absolute deviation) above the median. Normal noise does that once
in a thousand million steps; the step losses of mixed rows have heavier tails, hence the two conditions that follow."""
_LEAP = 0.5
"""And half as high again as the median: where the loss is smooth, six deviations are next to nothing."""
_SPIKE_WARNS, _SPIKE_STOPS = 5, 15
"""And so many steps in a row: clipping lets a run get over one bad batch, and rows are shuffled, so even where every tenth step is of a
much harder kind five in a row come once in a hundred thousand. Fewer than half of the window, or the leap would become the usual."""
_NEAR_ZERO = 0.005
"""Nats per target token, where each token is foretold with 99.5 %. An answer of a person or a model has more choice in it than that;
rows that were learnt by heart, and targets that the prompt gives away, have not."""
_ZERO_WARNS, _ZERO_STOPS = 10, 30
_UNCHANGED = 1e-6
"""Two validation losses of a model that nothing has changed differ by rounding at most."""
_LEARNS = 1e-3
"""A share of the validation loss. The same rows are measured without dropout each time, so less than this is no learning."""
_STEPS_TO_LEARN = 20
_STEPS_WITHOUT_VAL = 100
_RISES = 0.02
"""A share of the best validation loss. Once it is flat, a validation loss wanders by well under a hundredth; overfitting goes on rising."""
_RISES_WARN, _RISES_STOP = 2, 3
_CYCLES, _CYCLE_TOKENS = 4, 16
"""An answer repeats itself when it ends in so many rounds of the same tokens, and in so many tokens of them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a run. ``kind`` is the name of the guard in `GuardConfig`; ``stop`` says whether the run must not go on."""

    kind: str
    text: str
    stop: bool


@dataclass(slots=True)
class _Sign:
    """One guard: how long what it looks for has been there."""

    kind: str
    policy: Policy
    warns: int
    stops: int
    seen: int = 0

    def judge(self, present: bool, text: str) -> list[Finding]:
        self.seen = self.seen + 1 if present else 0
        if self.policy == "off" or self.seen not in (self.warns, self.stops):
            return []
        last = self.policy == "stop" and self.seen == self.stops
        return [] if self.seen == self.stops and not last else [Finding(self.kind, text, last)]


@dataclass(slots=True)
class Watch:
    """Hears each step and each check-up of a run in order, and answers with what it found; mostly nothing."""

    guards: GuardConfig = field(default_factory=GuardConfig)
    _losses: list[float] = field(default_factory=list)
    _vals: list[tuple[int, float]] = field(default_factory=list)
    _signs: dict[str, _Sign] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lengths = {
            "spikes": (_SPIKE_WARNS, _SPIKE_STOPS),
            "near_zero": (_ZERO_WARNS, _ZERO_STOPS),
            "no_learning": (1, 2),
            "overfitting": (_RISES_WARN, _RISES_STOP),
            "answers": (1, 2),
        }
        self._signs = {kind: _Sign(kind, getattr(self.guards, kind), *length) for kind, length in lengths.items()}

    def step(self, step: int, loss: float) -> list[Finding]:
        """Hear of a step that was taken."""
        usual = _usual(self._losses)
        self._losses.append(loss)
        found = self._signs["spikes"].judge(
            usual is not None and loss > usual,
            f"the loss leapt up and stays there: {loss:.3g} in step {step}, above {usual or 0:.3g} for {_SPIKE_WARNS} steps and more. "
            "Lower the learning rate, or look at the rows of these steps",
        )
        return found + self._signs["near_zero"].judge(
            loss < _NEAR_ZERO,
            f"the training loss is next to nothing ({loss:.2g} in step {step}): the rows are learnt by heart, or their answers stand in "
            "the prompts. Fewer epochs, more data, or a look at the rows",
        )

    def checkup(self, step: int, val_loss: float | None) -> list[Finding]:
        """Hear of a check-up; ``val_loss`` is none where there is no validation split."""
        if val_loss is not None and math.isfinite(val_loss):
            self._vals.append((step, val_loss))
        if step == 0:
            return []
        found = self._signs["no_learning"].judge(
            self._learns_nothing(step),
            f"the loss has not fallen in {step} steps: raise the learning rate, or look whether the rows can be learnt at all",
        )
        if val_loss is None:
            return found
        best, lowest = min(self._vals, key=lambda at: at[1], default=(0, val_loss))
        rising = val_loss > lowest * (1 + _RISES) and self._falls_since(best)
        return found + self._signs["overfitting"].judge(
            rising,
            f"the training loss falls and the validation loss rises: {lowest:.4f} in step {best}, {val_loss:.4f} in step {step}. The "
            "adapter learns the rows by heart: fewer epochs, more data, or a lower rank",
        )

    def answer(self, step: int, problem: str | None, of_base: str | None) -> list[Finding]:
        """Hear what `answer_problem` said of a check-up's answer, and of the answer that the base gave before the first step.

        What the base itself cannot do is said, but never stops a run: it may still be learning it.
        """
        if step == 0:
            return []
        sign = self._signs["answers"]
        found = sign.judge(problem is not None, f"the sample generation in step {step} {problem}")
        if of_base is None:
            return found
        return [
            Finding(one.kind, f"{one.text} (and before the first step the base's own {of_base})", False) for one in found if not one.stop
        ]

    def _learns_nothing(self, step: int) -> bool:
        vals = [loss for _, loss in self._vals]
        if len(vals) > 1:
            if step >= _SPIKE_WARNS and all(abs(loss - vals[0]) <= _UNCHANGED * abs(vals[0]) for loss in vals):
                return True
            return step >= _STEPS_TO_LEARN and min(vals[1:]) > vals[0] * (1 - _LEARNS) and not self._fell(_ENOUGH)
        return step >= _STEPS_WITHOUT_VAL and not self._fell(len(self._losses) // 4)

    def _fell(self, steps: int) -> bool:
        return median(self._losses[-steps:]) < median(self._losses[:steps])

    def _falls_since(self, best: int) -> bool:
        since = self._losses[best:]
        before = self._losses[max(0, best - len(since)) : best]
        if not before:
            third = max(1, len(since) // 3)
            before, since = since[:third], since[-third:]
        return bool(since) and median(since) < median(before)


def answer_problem(ids: Sequence[int], text: str, stopped: bool, reference: Sequence[int] = ()) -> str | None:
    """What is wrong with a sample generation, in words that follow "the sample generation"; nothing if it is well.

    Args:
        ids: its tokens.
        text: the same as text, without the stop token.
        stopped: whether it ended by itself; one that did does not repeat without end.
        reference: the tokens of the right answer; one that repeats itself by right may be followed.
    """
    if not text.strip():
        return "is empty: the model ends its answer at once" if stopped else "is empty: the model says nothing but blanks"
    period = None if stopped else _cycle(ids)
    if period is None or _cycle(reference[: len(ids)]) is not None:
        return None
    return f"repeats the same {'token' if period == 1 else f'{period} tokens'} without end"


def _usual(losses: list[float]) -> float | None:
    """The height above which a loss is a leap; nothing while too few are known."""
    if len(losses) < _BEGINNING:
        return None
    # A run that flies off at once makes its own heights the usual, but it has a beginning.
    twice = 2 * median(losses[:_BEGINNING])
    if len(losses) < _ENOUGH:
        return twice
    recent = losses[-_WINDOW:]
    middle = median(recent)
    deviation = 1.4826 * median(abs(loss - middle) for loss in recent)
    return min(middle + max(_DEVIATIONS * deviation, _LEAP * middle), twice)


def _cycle(ids: Sequence[int]) -> int | None:
    """The shortest period in which a sequence of tokens ends up repeating itself, if it does."""
    for period in range(1, len(ids) // _CYCLES + 1):
        run = 0
        while run + period < len(ids) and ids[-1 - run] == ids[-1 - run - period]:
            run += 1
        if run + period >= max(_CYCLES * period, _CYCLE_TOKENS):
            return period
    return None
