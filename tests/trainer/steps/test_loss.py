"""The loss of target positions against the plain one, and its gradient against what autograd makes of it."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from trainer.steps import loss
from trainer.steps.loss import hidden_nll, logits_nll, mean_loss


def made(bias: bool, dtype=torch.float64):
    torch.manual_seed(0)
    head = torch.nn.Linear(16, 50, bias=bias, dtype=dtype).requires_grad_(False)
    return head, torch.randn(23, 16, dtype=dtype, requires_grad=True), torch.randint(50, (23,)), torch.rand(23)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("chunk", [1, 150, 1 << 24])
def test_loss_and_gradient_are_those_of_the_whole_head_however_it_is_cut(bias, chunk, monkeypatch):
    monkeypatch.setattr(loss, "_CHUNK_LOGITS", chunk)
    head, hidden, labels, scale = made(bias, torch.float32)
    nll = hidden_nll(hidden, head, labels, scale)
    (gradient,) = torch.autograd.grad(nll.sum() * 3, hidden)
    plain = cross_entropy(head(hidden), labels, reduction="none")
    (wanted,) = torch.autograd.grad((plain * scale).sum() * 3, hidden)
    assert torch.allclose(nll, plain * scale, rtol=1e-5, atol=1e-6)
    assert torch.allclose(gradient, wanted, rtol=1e-4, atol=1e-6)


def test_without_a_scale_it_is_the_bare_loss():
    head, hidden, labels, scale = made(True, torch.float32)
    plain = cross_entropy(head(hidden), labels, reduction="none")
    assert torch.allclose(hidden_nll(hidden.detach(), head, labels), plain)
    assert torch.allclose(hidden_nll(hidden.detach(), head, labels, scale), plain * scale)


def test_low_precision_logits_are_summed_in_high_precision():
    logits = torch.zeros(1, 100_000, dtype=torch.bfloat16)
    assert logits_nll(logits, torch.tensor([5])).item() == pytest.approx(torch.tensor(100_000.0).log().item(), abs=1e-4)


def test_the_mean_is_over_targets_and_not_over_rows():
    assert mean_loss([(2.0, 1), (6.0, 3)]) == 2.0
