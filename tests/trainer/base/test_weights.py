"""Weights: what a base is made of is told from the heads of its files."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from agentlog.errors import TrainingRefusedError
from trainer.base.model import attach_lora, load_base
from trainer.base.weights import embedding_rows, loaded_bytes, lora_numbers, quantised_as, setting, stored_tensors
from trainer.config import LoraConfig


@pytest.fixture
def copy(base, tmp_path) -> Path:
    return Path(shutil.copytree(base, tmp_path / "copy"))


def configure(folder: Path, **settings: object) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **settings}))


def test_the_size_in_memory_is_that_of_the_loaded_base(base):
    model = load_base(base, "float32")
    assert loaded_bytes(base, 4) == sum(parameter.nbytes for parameter in model.parameters())


def test_a_4_bit_copy_is_predicted_within_a_tenth(base):
    pytest.importorskip("bitsandbytes")
    model = load_base(base, "float32", quantize="nf4")
    states = [module.weight.quant_state for module in model.modules() if hasattr(getattr(module, "weight", None), "quant_state")]
    scales = sum(state.absmax.nbytes for state in states)
    assert loaded_bytes(base, 4, "nf4") == pytest.approx(sum(parameter.nbytes for parameter in model.parameters()) + scales, rel=0.1)


@pytest.mark.parametrize("targets", [("q_proj", "v_proj"), ("down_proj",), ("all-linear",)])
def test_the_size_of_an_adapter_is_that_of_the_one_made(base, targets):
    model = attach_lora(load_base(base, "float32"), LoraConfig(r=4, target_modules=targets), "tiny", 0)
    trained = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
    assert lora_numbers(base, 4, targets) == trained


def test_full_precision_is_no_quantisation(base):
    assert quantised_as(base) is None


@pytest.mark.parametrize("place", ["quantization_config", "compression_config"])
def test_a_base_that_says_how_it_was_quantised_is_known(copy, place):
    configure(copy, **{place: {"quant_method": "gptq", "bits": 4}})
    assert quantised_as(copy) == "gptq"


def test_the_quantisation_of_a_nested_configuration_is_found(copy):
    configure(copy, text_config={"quantization_config": {"quant_method": "fp8"}})
    assert quantised_as(copy) == "fp8"


def test_a_base_that_keeps_silent_is_known_by_its_tensors(copy):
    tensors = load_file(copy / "model.safetensors")
    tensors["model.layers.0.mlp.up_proj.weight"] = torch.zeros(16, dtype=torch.uint8)
    save_file(tensors, copy / "model.safetensors")
    assert quantised_as(copy) == "U8 weights"


def test_only_files_that_the_index_names_count(copy):
    (copy / "model.safetensors").rename(copy / "model-1.safetensors")
    (copy / "consolidated.safetensors").write_bytes(b"another form of the same model")
    (copy / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"any": "model-1.safetensors"}}))
    assert len(stored_tensors(copy)) > 10


def test_a_file_that_is_cut_off_is_refused(copy):
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-50])
    with pytest.raises(TrainingRefusedError, match=r"is damaged: it has .* bytes, its head says"):
        stored_tensors(copy)


def test_embeddings_and_settings_are_found_in_nested_configurations_too(copy):
    rows = embedding_rows(copy)
    configure(copy, text_config={"strange_size": 7})
    assert rows == setting(copy, "vocab_size")
    assert setting(copy, "strange_size") == 7
    assert setting(copy, "none_of_it") is None
