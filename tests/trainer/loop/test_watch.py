"""Watch: bad curves are found in time, and healthy ones are left in peace however noisy they are."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainer.config import GuardConfig
from trainer.loop.watch import Finding, Watch, answer_problem

ALL_STOP = GuardConfig(spikes="stop", near_zero="stop", no_learning="stop", overfitting="stop", answers="stop")


def judged(train: list[float], val: dict[int, float] | None = None, guards: GuardConfig = ALL_STOP) -> list[Finding]:
    """All that is found on a curve; ``val`` has the check-ups by step."""
    watch, val = Watch(guards), val or {}
    found = watch.checkup(0, val[0]) if 0 in val else []
    for step, loss in enumerate(train, start=1):
        found += watch.step(step, loss)
        if step in val:
            found += watch.checkup(step, val[step])
    return found


def kinds(found: list[Finding]) -> list[tuple[str, bool]]:
    return [(finding.kind, finding.stop) for finding in found]


def falling(steps: int, noise: float, start: float = 2.0, end: float = 0.8, seed: int = 0) -> list[float]:
    chance = random.Random(seed)
    pace = max(steps / 4, 1)
    return [(end + (start - end) * math.exp(-step / pace)) * math.exp(chance.gauss(0, noise)) for step in range(steps)]


def checkups(every: int, steps: int, start: float = 2.0, end: float = 0.9, wander: float = 0.003, seed: int = 1) -> dict[int, float]:
    chance = random.Random(seed)
    at = range(0, steps + 1, every)
    return {step: (end + (start - end) * math.exp(-step / max(steps / 4, 1))) * (1 + chance.gauss(0, wander)) for step in at}


def mixed(steps: int, share: float, seed: int = 3) -> list[float]:
    """Rows of two kinds, the one several times as hard as the other."""
    chance = random.Random(seed)
    return [(3.0 if chance.random() < share else 0.6) * math.exp(chance.gauss(0, 0.1)) for _ in range(steps)]


def heavy(steps: int, seed: int = 4) -> list[float]:
    chance = random.Random(seed)
    return [loss * (1 + 0.15 * abs(chance.gauss(0, 1)) / max(abs(chance.gauss(0, 1)), 0.2)) for loss in falling(steps, 0.05, seed=seed)]


GOOD = {
    "calm": (falling(400, 0.02), checkups(100, 400)),
    "noisy": (falling(400, 0.25, seed=5), checkups(50, 400)),
    "very noisy": (falling(1000, 0.5, seed=6), checkups(100, 1000)),
    "short": (falling(12, 0.1, seed=7), checkups(4, 12)),
    "without validation": (falling(300, 0.2, seed=8), {}),
    "heavy tails": (heavy(600), checkups(100, 600)),
    "rows of two kinds": ([loss * (2 - place / 60) for place, loss in enumerate(mixed(60, 0.1))] + mixed(400, 0.1), checkups(100, 400)),
    "a known task": (falling(300, 0.1, start=0.35, end=0.3, seed=9), checkups(100, 300, start=0.36, end=0.33)),
    "one bad batch": ([*falling(100, 0.05), 9.0, *falling(100, 0.05, start=0.9, end=0.7)], checkups(50, 200)),
    "three bad batches": ([*falling(100, 0.05), 9.0, 7.0, 5.0, *falling(100, 0.05, start=0.9, end=0.7)], checkups(50, 200)),
    "learnt well": (falling(600, 0.2, start=1.5, end=0.03, seed=10), checkups(100, 600, start=1.5, end=0.05)),
    "flat validation": (falling(300, 0.1, end=0.5, seed=11), {0: 1.5, 50: 1.0, 100: 0.9, 150: 0.905, 200: 0.9, 250: 0.908, 300: 0.903}),
    "a step between epochs": ([*falling(100, 0.1), *falling(100, 0.1, 0.6, 0.5), *falling(100, 0.1, 0.3, 0.25)], checkups(100, 300)),
    "slow": (falling(200, 0.15, start=1.0, end=0.97, seed=12), checkups(50, 200, start=1.0, end=0.97)),
    "warming up": ([2.0] * 15 + falling(200, 0.1), checkups(50, 215)),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_healthy_curve_is_left_in_peace(name):
    assert judged(*GOOD[name]) == []


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6), noise=st.floats(0.0, 0.4), steps=st.integers(5, 300), end=st.floats(0.05, 1.5), start=st.floats(1.6, 11.0)
)
def test_no_falling_curve_of_ordinary_noise_is_ever_found_fault_with(seed, noise, steps, end, start):
    val = checkups(max(1, steps // 5), steps, start, end, seed=seed)
    assert judged(falling(steps, noise, start, end, seed), val) == []


def test_a_loss_that_leaps_up_and_stays_is_warned_of_and_then_stopped():
    curve = falling(100, 0.1) + falling(60, 0.1, start=6, end=5)
    assert kinds(judged(curve)) == [("spikes", False), ("spikes", True)]
    first = next(step for step in range(len(curve)) if judged(curve[:step]))
    assert 100 < first <= 110


def test_a_run_that_flies_off_from_its_first_steps_is_stopped():
    curve = [2.0, 2.1, 2.4] + [min(2.4 * 1.4**step, 11) for step in range(1, 40)]
    assert kinds(judged(curve))[:2] == [("spikes", False), ("spikes", True)]


@pytest.mark.parametrize("curve", [[0.0] * 40, [0.001] * 40, [*falling(300, 0.2), *falling(60, 0.2, start=0.003, end=0.001)]])
def test_a_loss_next_to_nothing_is_warned_of_and_then_stopped(curve):
    assert [one for one in kinds(judged(curve)) if one[0] == "near_zero"] == [("near_zero", False), ("near_zero", True)]


def test_a_model_that_nothing_changes_is_found_at_the_first_checkup():
    """Its validation loss is the same to the last digit, though the training loss wanders with the rows."""
    chance = random.Random(0)
    train = [2.0 + chance.gauss(0, 0.2) for _ in range(30)]
    assert kinds(judged(train, {0: 2.0, 10: 2.0, 20: 2.0})) == [("no_learning", False), ("no_learning", True)]


def test_a_loss_that_does_not_fall_is_found():
    chance = random.Random(0)
    train = [2.0 + 0.001 * step + chance.gauss(0, 0.01) for step in range(120)]
    assert ("no_learning", True) in kinds(judged(train, {0: 2.0, 40: 2.01, 80: 2.02, 120: 2.03}))
    without = Watch(ALL_STOP)
    for step, loss in enumerate(train, start=1):
        without.step(step, loss)
    assert kinds(without.checkup(120, None)) == [("no_learning", False)]


def test_validation_that_rises_while_training_falls_is_warned_of_and_then_stopped():
    train = falling(300, 0.1, end=0.1)
    val = {0: 2.0, 50: 1.2, 100: 1.0, 150: 1.05, 200: 1.1, 250: 1.2, 300: 1.4}
    found = judged(train, val)
    assert kinds(found) == [("overfitting", False), ("overfitting", True)]
    assert "1.0000 in step 100" in found[0].text


def test_validation_that_rises_with_training_is_no_overfitting():
    train = falling(100, 0.05) + [0.9 + step / 200 for step in range(200)]
    assert "overfitting" not in [finding.kind for finding in judged(train, {0: 2.0, 100: 1.0, 200: 1.2, 300: 1.5})]


@pytest.mark.parametrize(("policy", "wanted"), [("off", []), ("warn", [("spikes", False)])])
def test_a_policy_is_kept_to(policy, wanted):
    curve = falling(100, 0.1) + falling(24, 0.1, start=6, end=5)
    assert kinds(judged(curve, guards=GuardConfig(spikes=policy))) == wanted


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), cut=st.integers(0, 160))
def test_a_watch_that_is_told_a_curve_again_goes_on_as_the_first_would_have(seed, cut):
    curve = falling(100, 0.1, seed=seed) + falling(60, 0.1, start=6, end=5, seed=seed)
    whole, again = Watch(ALL_STOP), Watch(ALL_STOP)
    first = [whole.step(step, loss) for step, loss in enumerate(curve, start=1)]
    second = [again.step(step, loss) for step, loss in enumerate(curve, start=1)]
    assert first[cut:] == second[cut:]


LOOP = [5, 6, 7] * 12


@pytest.mark.parametrize(
    ("ids", "text", "stopped", "said"),
    [
        ([2], "", True, "is empty: the model ends its answer at once"),
        ([9, 9, 9], " \n ", False, "is empty: the model says nothing but blanks"),
        ([4] * 20, "aaaa", False, "repeats the same token without end"),
        ([1, 2, 3, *LOOP], "x", False, "repeats the same 3 tokens without end"),
        (list(range(40)), "x", False, None),
        ([1, 2, 3, *LOOP, 2], "x", True, None),
        ([1, 2, *LOOP, 99], "x", False, None),
        ([5, 6] * 5, "x", False, None),
    ],
)
def test_an_answer_that_is_empty_or_endless_is_found(ids, text, stopped, said):
    assert answer_problem(ids, text, stopped) == said


def test_an_answer_that_repeats_itself_by_right_is_well():
    assert answer_problem([4] * 20, "====", False, reference=[4] * 40) is None


def test_bad_answers_are_warned_of_and_then_stopped_but_not_for_what_the_base_did_itself():
    watch = Watch(ALL_STOP)
    assert watch.answer(0, "is empty", "is empty") == []
    assert kinds(watch.answer(10, "is empty", None)) == [("answers", False)]
    assert kinds(watch.answer(20, "is empty", None)) == [("answers", True)]
    of_base = Watch(ALL_STOP)
    [finding] = [*of_base.answer(10, "is empty", "repeats itself"), *of_base.answer(20, "is empty", "repeats itself")]
    assert finding.text.endswith("is empty (and before the first step the base's own repeats itself)")
    assert not finding.stop
