"""Pace: the prediction lies within its range, comes from the run's own rows, and leaves no trace in the run."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from trainer.base.model import attach_lora, load_base
from trainer.config import LoraConfig
from trainer.machine import pace
from trainer.machine.execution import Execution
from trainer.machine.pace import measure_pace
from trainer.render import NO_LOSS, RenderedRow
from trainer.steps.order import StepPlan
from trainer.steps.step import StepLoss, Stepper

FLAT = Execution(device="cpu", dtype="float32", threads=1, layout="flat", head="targets", batch_tokens=512, gradient_checkpointing=False)


def row(length: int, number: int = 0) -> RenderedRow:
    ids = [10 + (number + place) % 200 for place in range(length)]
    return RenderedRow(ids, [NO_LOSS, *ids[1:]], f"row-{number}", ())


@pytest.fixture(scope="module")
def model(base):
    return attach_lora(load_base(base, "float32"), LoraConfig(dropout=0.5), "tiny", 0)


@pytest.mark.parametrize("lengths", [[9], [9, 30], [4, 4, 4, 4], [4, 9, 17, 60, 61, 200]])
def test_the_likely_time_lies_within_the_range(model, lengths):
    rows = [row(length, number) for number, length in enumerate(lengths)]
    found = measure_pace(model, Stepper(model, FLAT, 0), rows, StepPlan(rows, 2, 0), epochs=3)
    assert 0 < found.least <= found.likely * 1.000001
    assert found.likely <= found.most * 1.000001
    assert "tokens/s on rows of" in found.measured


def test_neither_gradients_nor_random_state_nor_weights_remember_it(model):
    state, weights = torch.get_rng_state(), {name: tensor.clone() for name, tensor in model.state_dict().items()}
    rows = [row(20, number) for number in range(5)]
    measure_pace(model, Stepper(model, FLAT, 0), rows, StepPlan(rows, 2, 0), epochs=1)
    assert torch.equal(state, torch.get_rng_state())
    assert all(torch.equal(weights[name], tensor) for name, tensor in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


@given(st.lists(st.integers(2, 5000), min_size=1, max_size=60))
def test_measured_passes_stay_short_and_hold_the_extremes(lengths):
    groups = pace._groups([row(length, number) for number, length in enumerate(lengths)])
    assert 1 <= len(groups) <= 3
    assert min(len(one.input_ids) for one in groups[0]) == min(lengths)
    assert max(len(one.input_ids) for one in groups[-1]) == max(lengths)
    for group in groups:
        assert len(group) == 1 or sum(len(one.input_ids) for one in group) <= pace._MOST_TOKENS


@given(st.integers(1, 500))
def test_between_two_measured_lengths_the_rate_lies_between_theirs(length):
    speeds = [(10.0, 2.0), (100.0, 1.0), (400.0, 3.0)]
    assert 1.0 <= pace._rate(speeds, length) <= 3.0
    assert pace._rate(speeds, 10) == 2.0
    assert pace._rate(speeds, 100) == 1.0
    assert pace._rate(speeds, 450) == 3.0


def timed(monkeypatch, seconds_per_token: float):
    """A stepper whose passes take so long by the clock that pace reads, and which remembers how many tokens each had."""
    clock, seen = [0.0], []

    class Slow(Stepper):
        def backward(self, rows):
            found = StepLoss(torch.zeros(()), 1, self.tokens(rows), 1)
            seen.append(found.tokens)
            clock[0] += seconds_per_token * found.tokens
            return found

    monkeypatch.setattr(pace.time, "perf_counter", lambda: clock[0])
    return Slow, seen


def test_what_rows_share_is_predicted_once(model, monkeypatch):
    slow, _ = timed(monkeypatch, 0.01)
    common = [row(40, 0).input_ids[:30] + [200 + number] * 10 for number in range(8)]
    rows = [RenderedRow(ids, [NO_LOSS, *ids[1:]], f"row-{number}", ()) for number, ids in enumerate(common)]
    found = measure_pace(model, slow(model, FLAT, 0), rows, StepPlan(rows, 8, 0), epochs=2)
    assert found.likely == pytest.approx(2 * (30 + 8 * 10) * 0.01)


def test_rows_that_would_take_minutes_to_measure_are_left_out_and_told(model, monkeypatch):
    slow, seen = timed(monkeypatch, 0.1)
    rows = [row(100), row(150, 1), row(5000, 2)]
    found = measure_pace(model, slow(model, FLAT, 0), rows, StepPlan(rows, 1, 0), epochs=1)
    assert max(seen) == 250
    assert found.measured.endswith("; up to 5,000 would have taken too long to measure")
    assert found.likely == pytest.approx(5250 * 0.1)
