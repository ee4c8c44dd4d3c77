"""Model: a base is loaded whole, finite and in full precision, or not at all; an adapter's files are the same wherever they are written."""

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from agentlog.errors import TrainingRefusedError
from trainer.base.model import attach_lora, checkpoint_gradients, load_base, read_adapter, write_adapter
from trainer.config import LoraConfig

LAYER = "model.layers.1.mlp.up_proj.weight"
IDS = torch.arange(10, 40).unsqueeze(0)


@pytest.fixture
def copy(base, tmp_path) -> Path:
    return Path(shutil.copytree(base, tmp_path / "copy"))


def change(folder: Path, edit) -> None:
    tensors = load_file(folder / "model.safetensors")
    edit(tensors)
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})


def configure(folder: Path, **settings: object) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **settings}))


def refusal(folder: Path, **how) -> str:
    with pytest.raises(TrainingRefusedError) as raised:
        load_base(folder, "float32", **how)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def gradients(model) -> list[torch.Tensor]:
    model.train()
    model.zero_grad()
    torch.manual_seed(3)
    model(input_ids=IDS, labels=IDS, use_cache=False).loss.backward()
    return [parameter.grad.clone() for parameter in model.parameters() if parameter.requires_grad]


def test_a_missing_tensor_is_named_and_not_drawn_at_random(copy):
    change(copy, lambda tensors: tensors.pop(LAYER))
    assert f"missing tensors: {LAYER}" in refusal(copy)


def test_a_tensor_that_belongs_nowhere_is_named(copy):
    change(copy, lambda tensors: tensors.update({"model.layers.7.stray": torch.zeros(2)}))
    assert "belong to no part of it: model.layers.7.stray" in refusal(copy)


def test_embeddings_of_another_size_than_the_configuration_are_refused(copy):
    configure(copy, vocab_size=1000)
    assert "another size than config.json says" in refusal(copy)


def test_a_configuration_that_contradicts_itself_is_refused(copy):
    configure(copy, num_hidden_layers=1)
    assert "cannot be loaded" in refusal(copy)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"model_type": "marvel"}, "model_type marvel: that is unknown to transformers"),
        ({"model_type": "t5"}, "model_type t5: that is no causal language model to transformers"),
        ({"model_type": "marvel", "auto_map": {"AutoConfig": "code.Config"}}, "comes with code of its own, which is never run here"),
        ({"model_type": None}, "its config.json says no model_type"),
    ],
)
def test_an_architecture_that_is_not_known_is_named_and_nothing_else(copy, settings, words):
    configure(copy, **settings)
    assert words in refusal(copy)
    assert len(refusal(copy)) < 300 + len(str(copy))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("how", [{}, {"quantize": "nf4"}])
def test_a_weight_that_is_no_number_is_refused_and_named(copy, number, how):
    if how:
        pytest.importorskip("bitsandbytes")

    def spoil(tensors):
        tensors[LAYER][3, 4] = number

    change(copy, spoil)
    assert f"NaN or infinity in {LAYER}" in refusal(copy, **how)


@pytest.mark.parametrize("how", [{}, {"quantize": "nf4"}])
def test_a_base_that_was_quantised_before_is_refused(copy, how):
    configure(copy, quantization_config={"quant_method": "bitsandbytes", "load_in_4bit": True})
    assert "name the full-precision model that it was made from" in refusal(copy, **how)


def test_a_file_that_is_cut_off_is_refused(copy):
    weights = copy / "model.safetensors"
    os.truncate(weights, weights.stat().st_size - 10)
    assert "is damaged: it has " in refusal(copy)


def test_all_linear_reaches_every_layer_but_the_head(base):
    model = attach_lora(load_base(base, "float32"), LoraConfig(target_modules=("all-linear",)), "tiny", 0)
    names = sorted(model.peft_config["default"].target_modules)
    assert names == ["down_proj", "gate_proj", "k_proj", "o_proj", "q_proj", "up_proj", "v_proj"]
    assert not any("lm_head" in name for name, parameter in model.named_parameters() if parameter.requires_grad)


def test_checkpointed_gradients_are_the_same(base):
    plain = attach_lora(load_base(base, "float32"), LoraConfig(dropout=0.2), "tiny", 0)
    saving = attach_lora(load_base(base, "float32"), LoraConfig(dropout=0.2), "tiny", 0)
    checkpoint_gradients(saving)
    assert all(torch.equal(one, other) for one, other in zip(gradients(plain), gradients(saving), strict=True))


@pytest.mark.parametrize("compute", ["float32", "bfloat16"])
def test_a_4_bit_copy_trains_after_it_was_asked_for_an_answer(base, compute):
    """Left alone, bitsandbytes repacks the weights at the first answer, and no gradient passes through them any more."""
    pytest.importorskip("bitsandbytes")
    model = attach_lora(load_base(base, compute, quantize="nf4"), LoraConfig(dropout=0.0), "tiny", 0)
    before = gradients(model)
    model.eval()
    with torch.no_grad():
        asked = model(input_ids=IDS, labels=IDS).loss
    assert all(torch.equal(one, other) for one, other in zip(before, gradients(model), strict=True))
    assert any(gradient.any() for gradient in before)
    model.train()
    assert torch.equal(asked, model(input_ids=IDS, labels=IDS).loss.detach())


def test_of_a_4_bit_copy_only_the_matrices_of_layers_are_4_bit(base):
    pytest.importorskip("bitsandbytes")
    model = load_base(base, "bfloat16", quantize="nf4")
    small = {name for name, parameter in model.named_parameters() if parameter.dtype == torch.uint8}
    assert small == {name for name in load_base(base, "float32").state_dict() if "_proj.weight" in name}
    assert {parameter.dtype for name, parameter in model.named_parameters() if name not in small} == {torch.float32}


def test_an_adapter_of_a_4_bit_copy_goes_onto_the_full_base(base, tmp_path):
    pytest.importorskip("bitsandbytes")
    model = attach_lora(load_base(base, "float32", quantize="nf4"), LoraConfig(), "tiny", 0)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter += 0.01
    write_adapter(model, tmp_path)
    full = read_adapter(load_base(base, "float32"), tmp_path)
    stored = load_file(tmp_path / "adapter_model.safetensors")
    assert all(torch.equal(full.state_dict()[name.replace(".weight", ".default.weight")], tensor) for name, tensor in stored.items())
    assert full.get_base_model().dtype == torch.float32


def test_names_in_an_adapters_configuration_are_sorted(base, tmp_path):
    """peft writes a set in the order of the process's hash seed, and equal adapters would have unequal files."""
    write_adapter(attach_lora(load_base(base, "float32"), LoraConfig(target_modules=("all-linear",)), "tiny", 0), tmp_path)
    config = json.loads((tmp_path / "adapter_config.json").read_text())
    assert config["target_modules"] == sorted(config["target_modules"])
    assert config["inference_mode"] is True


def test_a_base_without_linear_layers_is_refused():
    """GPT-2 has layers of a kind of its own, and peft would end in an error of its own making."""
    gpt2 = transformers.GPT2LMHeadModel(transformers.GPT2Config(vocab_size=8, n_embd=8, n_layer=1, n_head=1, n_positions=8))
    with pytest.raises(TrainingRefusedError, match=r"GPT2LMHeadModel. has no linear layer"):
        attach_lora(gpt2, LoraConfig(target_modules=("all-linear",)), "gpt2", 0)
