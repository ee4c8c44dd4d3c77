"""Guards: a gradient or loss that is not finite never reaches the weights."""

import math

import pytest
import torch

from trainer.loop.guards import broken_weights, not_finite


def a_model(gradient=1.0):
    model = torch.nn.Linear(2, 1)
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    model.weight.grad = torch.tensor([[1.0, gradient]])
    return model


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_bad_loss_or_gradient_is_named(value):
    assert not_finite(torch.tensor(value), a_model()) == f"the loss became {value}"
    assert not_finite(torch.tensor(1.0), a_model(value)) == "the gradient of weight is not finite"


def test_gradients_whose_norm_overflows_are_found():
    """Each of them is a number, but clipping would divide by infinity."""
    assert not_finite(torch.tensor(1.0), a_model(3e38)) == "the norm of the gradient became inf"


def test_a_step_without_any_gradient_is_found():
    assert not_finite(torch.tensor(1.0), torch.nn.Linear(2, 1)) == "no gradient reached the adapter"


def test_good_ones_pass():
    assert not_finite(torch.tensor(2.5), a_model()) is None


def test_weights_that_are_not_finite_are_named():
    model = a_model()
    assert broken_weights(model) is None
    model.bias.data[0] = math.inf
    assert broken_weights(model) == "bias"
