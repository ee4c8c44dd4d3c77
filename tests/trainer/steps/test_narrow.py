"""The last MLP at the places that somebody reads: what is read stays the same, what is not is not computed."""

import pytest
import torch
import transformers

from trainer.steps.narrow import narrowed


def made(**changes) -> transformers.LlamaForCausalLM:
    torch.manual_seed(0)
    config = {"vocab_size": 50, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, **changes}
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**config)).eval()


IDS = torch.arange(24).view(2, 12)
PLACES = torch.tensor([0, 7, 23])


def test_the_places_get_what_they_would_and_the_last_mlp_sees_no_others():
    model = made()
    whole = model.base_model(IDS).last_hidden_state.flatten(0, 1)[PLACES]
    seen: list[torch.Size] = []
    for layer in model.model.layers:
        layer.mlp.gate_proj.register_forward_pre_hook(lambda _, given: seen.append(given[0].shape))
    with narrowed(model, PLACES):
        narrow = model.base_model(IDS).last_hidden_state.flatten(0, 1)[PLACES]
    assert torch.allclose(whole, narrow, atol=1e-6)
    assert seen == [(2, 12, 16), (1, 3, 16)]


def test_gradients_are_those_of_the_whole():
    model = made()

    def gradients() -> list[torch.Tensor]:
        model.zero_grad()
        model.base_model(IDS).last_hidden_state.flatten(0, 1)[PLACES].square().sum().backward()
        return [parameter.grad.clone() for parameter in model.base_model.parameters()]

    whole = gradients()
    with narrowed(model, PLACES):
        narrow = gradients()
    assert all(torch.allclose(one, other, atol=1e-5) for one, other in zip(whole, narrow, strict=True))


@pytest.mark.parametrize("replaced", [False, True])
def test_afterwards_the_model_is_as_it_was_even_when_it_fails(replaced):
    model = made()
    mlp = model.model.layers[-1].mlp
    if replaced:
        mlp.forward = own = lambda hidden: hidden
    with pytest.raises(ZeroDivisionError), narrowed(model, PLACES):
        raise ZeroDivisionError
    assert mlp.__dict__.get("forward") is (own if replaced else None)


def test_what_experts_say_beside_it_is_handed_on():
    model = made()
    mlp = model.model.layers[-1].mlp
    told = torch.ones(3)
    mlp.forward = lambda hidden: (hidden * 2, told)
    hidden = torch.randn(2, 12, 16)
    with narrowed(model, PLACES):
        made_of_it, beside = mlp(hidden)
    assert beside is told
    assert torch.equal(made_of_it.flatten(0, 1)[PLACES], hidden.flatten(0, 1)[PLACES] * 2)
    assert made_of_it.count_nonzero() == 3 * 16


def test_a_model_without_such_an_mlp_is_left_alone():
    gpt2 = transformers.GPT2LMHeadModel(transformers.GPT2Config(vocab_size=50, n_embd=16, n_layer=1, n_head=2))
    whole = gpt2.eval()(IDS).logits
    with narrowed(gpt2, PLACES):
        assert torch.equal(gpt2(IDS).logits, whole)
