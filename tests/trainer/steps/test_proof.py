"""Proof: models that can be laid out flat are, and those that cannot are found, whatever they are called."""

import pytest
import torch
import transformers

from tests.trainer.rows import row
from trainer.base.model import attach_lora
from trainer.config import LoraConfig
from trainer.machine.execution import Execution
from trainer.steps.attention import NotFlatError, chain_attention, layout_of
from trainer.steps.proof import probe_rows, prove
from trainer.steps.step import Stepper
from trainer.steps.tree import flatten

HOPED = Execution(device="cpu", dtype="float32", threads=1, layout="flat", head="targets", batch_tokens=256, gradient_checkpointing=False)
ROWS = [row([(7 * place + step) % 90 for step in range(40 + place)], [9], f"row {place}") for place in range(5)]
SMALL = {
    "vocab_size": 100, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 128, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
FLAT = ["Qwen2", "Llama", "Mistral", "Qwen3", "Phi3", "Olmo2", "SmolLM3"]


def made(name: str, **settings):
    torch.manual_seed(0)
    config = getattr(transformers, f"{name}Config")(**{**SMALL, **settings})
    model = getattr(transformers, f"{name}ForCausalLM")(config)
    # Fresh models are so nearly uniform that little of what they see shows in their losses.
    for parameter in model.parameters():
        if parameter.dim() == 2:
            torch.nn.init.normal_(parameter, std=0.2)
    return model.requires_grad_(False)


@pytest.mark.parametrize("name", FLAT)
def test_plain_causal_models_are_laid_out_flat(name):
    settings = {"layer_types": None} if name == "SmolLM3" else {}
    settings = {**settings, "sliding_window": None} if name == "Mistral" else settings
    proven = prove(made(name, **settings), ROWS, HOPED, 0)
    assert (proven.layout, proven.head) == ("flat", "targets"), proven.reasons


def test_a_window_shorter_than_a_row_is_trained_padded():
    model = made("Mistral", sliding_window=30)
    proven = prove(model, ROWS, HOPED, 0)
    assert proven.layout == "padded"
    assert proven.reasons["layout"] == "sliding_window is 30 tokens, and the longest row has 44"


def test_a_window_that_no_row_reaches_does_no_harm():
    assert prove(made("Mistral", sliding_window=64), ROWS, HOPED, 0).layout == "flat"


def test_soft_caps_are_trained_padded_with_the_models_own_head():
    model = made("Gemma2", head_dim=8, query_pre_attn_scalar=8, sliding_window=64, final_logit_softcapping=3.0)
    proven = prove(model, ROWS, HOPED, 0)
    assert (proven.layout, proven.head) == ("padded", "model")
    assert "wants softcap" in proven.reasons["layout"]
    assert "differ from the padded" in proven.reasons["head"]


def test_scaled_logits_keep_their_own_head():
    proven = prove(made("Granite", logits_scaling=4.0), ROWS, HOPED, 0)
    assert (proven.layout, proven.head) == ("flat", "model")


@pytest.mark.parametrize(
    ("name", "most", "rope"),
    [
        ("Phi3", 128, {"rope_type": "longrope", "short_factor": [1.0] * 4, "long_factor": [3.0] * 4, "factor": 3.0}),
        ("Llama", 42, {"rope_type": "dynamic", "factor": 2.0}),
    ],
)
def test_positions_that_are_turned_by_the_longest_row_of_a_pass_make_every_row_go_alone(name, most, rope):
    """Padding does not help: a short row beside one of more than 42 tokens has other losses than alone."""
    settings = {"max_position_embeddings": most, "original_max_position_embeddings": 42}
    model = made(name, **settings, rope_parameters={**rope, "rope_theta": 10_000.0})
    proven = prove(model, ROWS, HOPED, 0)
    together, alone = Stepper(model, proven, 0).losses(ROWS), [Stepper(model, proven, 0).losses([row])[0] for row in ROWS]
    assert [loss for loss, _ in together] == pytest.approx([loss for loss, _ in alone], abs=1e-4)
    assert "than 42 tokens; the longest has 44" in proven.reasons["batch_tokens"]
    assert prove(model, ROWS[:2], HOPED, 0).layout == "flat"


def test_layers_with_a_state_are_trained_padded():
    proven = prove(made("Lfm2", layer_types=["conv", "full_attention"], block_ff_dim=64), ROWS, HOPED, 0)
    assert proven.layout == "padded"
    assert proven.reasons["layout"] == "it has layers of the kind conv"


def test_a_state_that_no_configuration_mentions_is_found_by_what_it_does(monkeypatch):
    """A layer that adds to every token what came before it, across rows."""
    model = made("Qwen2")
    layer = model.model.layers[0].mlp
    forward = layer.forward
    monkeypatch.setattr(layer, "forward", lambda states: forward(states) + 0.3 * states.cumsum(1))
    proven = prove(model, ROWS, HOPED, 0)
    assert proven.layout == "padded"
    assert "by up to" in proven.reasons["layout"]


def test_a_trained_head_keeps_its_own_forward():
    model = attach_lora(made("Qwen2"), LoraConfig(), "x", 0)
    model.get_base_model().get_output_embeddings().weight.requires_grad_(True)
    assert prove(model, ROWS, HOPED, 0).reasons["head"] == "the head is trained"


def test_low_precision_is_told_from_a_leak():
    model = made("Qwen2").to(torch.bfloat16)
    hoped = HOPED.model_copy(update={"dtype": "bfloat16"})
    assert prove(model, ROWS, hoped, 0).layout == "flat"
    layer = model.model.layers[0].mlp
    forward = layer.forward
    layer.forward = lambda states: forward(states) + 0.3 * states.cumsum(1)
    assert prove(model, ROWS, hoped, 0).layout == "padded"


def test_proving_leaves_the_model_as_it_was():
    model = made("Qwen2").train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    prove(model, ROWS, HOPED, 0)
    assert model.training
    assert model.config._attn_implementation == "sdpa"
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_probes_share_beginnings_and_make_every_token_a_target():
    probes = probe_rows(ROWS)
    assert len(flatten(probes).chains) > 1
    assert any(chain.path for chain in flatten(probes).chains)
    assert all(probe.targets == len(probe.input_ids) - 1 for probe in probes)
    assert probe_rows(ROWS[:1])


def test_attention_refuses_what_it_does_not_know():
    layout = layout_of(flatten(ROWS), torch.float32, torch.device("cpu"))
    states = torch.randn(1, 2, layout.chains[-1].stop, 8)
    module = torch.nn.Module()
    assert chain_attention(module, states, states, states, None, layout=layout)[0].shape == (1, states.shape[2], 2, 8)
    for words, arguments in [
        ("not told", {"layout": None}),
        ("a mask", {"attention_mask": torch.ones(1)}),
        ("sees only 3", {"sliding_window": 3}),
        ("wants s_aux", {"s_aux": torch.ones(2)}),
        ("wants novelty", {"novelty": 0.5}),
    ]:
        with pytest.raises(NotFlatError, match=words):
            chain_attention(module, states, states, states, **{"attention_mask": None, "layout": layout, **arguments})
