"""What an adapter's inputs lose in training: how much, which, and what comes back in the backward pass."""

import peft
import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st

from trainer.base.dropout import BitDropout, put_bit_dropout


def dropped(p: float, shape: tuple[int, ...] = (1000, 1000), seed: int = 0) -> torch.Tensor:
    torch.manual_seed(seed)
    return BitDropout(p)(torch.ones(shape))


@pytest.mark.parametrize("p", [0.01, 0.05, 0.1, 0.5, 0.9])
def test_the_share_that_is_dropped_is_the_probability_and_the_mean_stays(p):
    made = dropped(p)
    # Six standard deviations of a binomial share.
    assert (made == 0).double().mean().item() == pytest.approx(p, abs=6 * (p * (1 - p) / made.numel()) ** 0.5 + 2**-16)
    assert made.double().mean().item() == pytest.approx(1, abs=6 * (p / (1 - p) / made.numel()) ** 0.5)
    assert made.unique().tolist() == pytest.approx([0, 1 / (1 - p)], rel=1e-3)


def test_neighbours_are_dropped_independently_though_they_come_from_one_draw():
    lost = (dropped(0.5) == 0).view(-1, 4).double()
    assert torch.corrcoef(lost.T).fill_diagonal_(0).abs().max() < 0.02


@given(st.lists(st.integers(0, 7), min_size=1, max_size=3))
def test_any_shape_keeps_its_shape_and_dtype(shape):
    made = BitDropout(0.3)(torch.ones(shape, dtype=torch.bfloat16))
    assert list(made.shape) == shape
    assert made.dtype == torch.bfloat16


def test_the_gradient_passes_where_the_input_did_and_nowhere_else():
    torch.manual_seed(0)
    given = torch.ones(100, 7, requires_grad=True)
    made = BitDropout(0.3)(given)
    (made * 3).sum().backward()
    assert torch.equal(given.grad, made.detach() * 3)


def test_equal_seeds_drop_alike_on_any_number_of_threads_and_others_do_not():
    one = dropped(0.1, seed=1)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        assert torch.equal(one, dropped(0.1, seed=1))
    finally:
        torch.set_num_threads(threads)
    assert not torch.equal(one, dropped(0.1, seed=2))


def test_nothing_is_dropped_in_evaluation_or_with_no_probability_and_all_with_certainty():
    given = torch.ones(50)
    assert BitDropout(0.9).eval()(given) is given
    assert BitDropout(0.0)(given) is given
    assert not BitDropout(1.0)(given).any()


def test_the_adapters_dropout_is_replaced_and_the_bases_is_left_alone():
    base = transformers.LlamaForCausalLM(
        transformers.LlamaConfig(vocab_size=50, hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2)
    )
    base.own = torch.nn.Dropout(0.2)
    model = peft.get_peft_model(base, peft.LoraConfig(r=2, lora_dropout=0.1, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
    put_bit_dropout(model)
    made = [module for module in model.modules() if isinstance(module, BitDropout)]
    assert len(made) == 2 * base.config.num_hidden_layers
    assert {module.p for module in made} == {0.1}
    assert type(base.own) is torch.nn.Dropout
