"""Guards: a gradient or loss that is not finite never reaches the weights."""

import math
from types import SimpleNamespace

import pytest
import torch

from agentlog.errors import TrainingStoppedError
from trainer.guards import GradientGuard, guard_answer, guard_loss


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_bad_loss_or_gradient_is_stopped_with_the_step_named(value):
    with pytest.raises(TrainingStoppedError, match="in step 7"):
        guard_loss(torch.tensor(value), 7)
    model = torch.nn.Linear(2, 1)
    model.weight.grad = torch.tensor([[0.0, value]])
    with pytest.raises(TrainingStoppedError, match="the gradient of weight is not finite in step 7"):
        GradientGuard().on_pre_optimizer_step(None, SimpleNamespace(global_step=6), None, model=model)


def test_good_ones_pass():
    guard_loss(torch.tensor(2.5), 1)
    model = torch.nn.Linear(2, 1)
    model(torch.ones(2)).backward()
    GradientGuard().on_pre_optimizer_step(None, SimpleNamespace(global_step=0), None, model=model)


def test_an_empty_answer_is_worth_a_warning():
    assert "empty" in guard_answer(" \n")
    assert guard_answer("def f(): ...") is None
