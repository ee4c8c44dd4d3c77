"""Attention put together of two parts, against attention with a mask over both at once."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import scaled_dot_product_attention

from trainer.steps.merged import attend_merged, merges


def states(queries: int, before: int, heads: int, of_keys: int, dtype: torch.dtype, scale: float = 1.0) -> list[torch.Tensor]:
    torch.manual_seed(queries + 1000 * before)
    shapes = [(heads, queries), (of_keys, before), (of_keys, queries), (of_keys, before), (of_keys, queries)]
    return [(scale * torch.randn(1, *shape, 16)).to(dtype).requires_grad_() for shape in shapes]


def masked(query, key_before, key_own, value_before, value_own, scaling=None):
    length, depth = query.shape[2], key_before.shape[2]
    mask = torch.ones(length, depth + length, dtype=torch.bool).tril(depth)
    keys, values = torch.cat([key_before, key_own], 2), torch.cat([value_before, value_own], 2)
    return scaled_dot_product_attention(query, keys, values, attn_mask=mask, scale=scaling, enable_gqa=True)


def both(given: list[torch.Tensor], scaling: float | None = None):
    query, key_before, key_own, value_before, value_own = given
    mine = attend_merged(query, (key_before, key_own), (value_before, value_own), scaling)
    theirs = masked(*given, scaling=scaling)
    upstream = torch.randn_like(mine)
    return mine, theirs, torch.autograd.grad(mine, given, upstream), torch.autograd.grad(theirs, given, upstream)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from([(4, 4), (4, 2), (6, 1)]), st.sampled_from([None, 0.3]))
def test_result_and_every_gradient_are_those_of_attention_with_a_mask(queries, before, heads, scaling):
    mine, theirs, my_gradients, their_gradients = both(states(queries, before, *heads, torch.float64), scaling)
    assert torch.allclose(mine, theirs, rtol=1e-9, atol=1e-9)
    for my, their in zip(my_gradients, their_gradients, strict=True):
        assert torch.allclose(my, their, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("scale", [1.0, 30.0])
@pytest.mark.parametrize(("dtype", "worse"), [(torch.float32, 2.0), (torch.bfloat16, 1.5)])
def test_it_is_nearly_as_close_to_the_truth_as_with_a_mask_even_where_one_part_outweighs_the_other(scale, dtype, worse):
    given = states(300, 200, 4, 2, dtype, scale)
    exact = [state.detach().double().requires_grad_() for state in given]
    upstream = torch.randn(1, 4, 300, 16).to(dtype)
    query, *others = given
    truth, mine, theirs = (masked(*exact), attend_merged(query, tuple(others[:2]), tuple(others[2:]), None), masked(*given))
    assert mine.dtype == dtype
    wanted = [truth, *torch.autograd.grad(truth, exact, upstream.double())]
    for right, my, their in zip(
        wanted, [mine, *torch.autograd.grad(mine, given, upstream)], [theirs, *torch.autograd.grad(theirs, given, upstream)], strict=True
    ):
        assert my.isfinite().all()
        assert (my - right).norm() <= worse * (their - right).norm() + 1e-6 * right.norm()


def test_only_what_the_kernel_can_do_is_asked_of_it():
    query, other = torch.zeros(1, 2, 3, 16), torch.zeros(1, 2, 3, 8)
    assert merges(query, query, 0.0)
    assert not merges(query, query, 0.1)
    assert not merges(query, other, 0.0)
    assert not merges(query.to("meta"), query, 0.0)
