"""Models: bases that are not what the role is deployed with, or that are broken."""

import json
import shutil
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from benchmarks.train.cases.case import Cases
from benchmarks.train.cases.world import Ran, World
from tests.trainer.tiny import make_tokenizer

CASES = Cases()
WEIGHTS = "model.safetensors"


def edit_json(file: Path, **changes: Any) -> None:
    """Change keys of a JSON file."""
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def edit_weights(folder: Path, name: str, value: float) -> None:
    """Give the first entry of a tensor of a model another value."""
    tensors = load_file(folder / WEIGHTS)
    tensors[name].view(-1)[0] = value
    save_file(tensors, folder / WEIGHTS, {"format": "pt"})


@CASES.add("another base of the same shape", "base is other|other.*but|but.*other")
def _other(world: World) -> Ran:
    world.other()
    return world.train(base="other")


@CASES.add("another base under the deployed model's own folder name", "but the base is")
def _same_name(world: World) -> Ran:
    (world.root / "elsewhere").mkdir()
    world.other("elsewhere/base")
    return world.train(base="elsewhere/base")


@CASES.add("one number of the weights edited", "but the base is")
def _edited_weight(world: World) -> Ran:
    edit_weights(world.copy("edited"), "model.layers.0.mlp.up_proj.weight", 0.5)
    return world.train(base="edited")


@CASES.add("no deployed model named", "none is named for role coder")
def _unnamed(world: World) -> Ran:
    world.role["deployed_model"] = None
    return world.train()


@CASES.add("deployed model missing on this machine", "team/served-elsewhere")
def _not_here(world: World) -> Ran:
    world.role["deployed_model"] = "team/served-elsewhere"
    return world.train()


@CASES.add("base missing on this machine", "team/not-here")
def _base_missing(world: World) -> Ran:
    return world.train(base="team/not-here")


@CASES.add("edited chat template", "but the base is")
def _edited_template(world: World) -> Ran:
    template = world.copy("edited") / "chat_template.jinja"
    template.write_text("{{ 'Be brief. ' }}" + template.read_text())
    return world.train(base="edited")


@CASES.add("other stop token than the deployed model", "but the base is")
def _other_stop(world: World) -> Ran:
    edit_json(world.copy("edited") / "generation_config.json", eos_token_id=0)
    return world.train(base="edited")


@CASES.add("tokenizer of another model", "but the base is")
def _other_tokenizer(world: World) -> Ran:
    make_tokenizer(vocabulary=280).save_pretrained(world.copy("edited"))
    return world.train(base="edited")


@CASES.add("pad set to eos in the base, not in the deployed model", "but the base is")
def _pad_is_eos(world: World) -> Ran:
    folder = world.copy("edited")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.pad_token = tokenizer.eos_token
    tokenizer.save_pretrained(folder)
    return world.train(base="edited")


@CASES.add("more tokens in the tokenizer than in the weights", "vocabulary|tokenizer")
def _grown_tokenizer(world: World) -> Ran:
    tokenizer = AutoTokenizer.from_pretrained(world.base)
    tokenizer.add_tokens(["mul_of"])
    tokenizer.save_pretrained(world.base)
    return world.train()


@CASES.add("vocabulary resized in the configuration, not in the weights", "vocab|embed|shape|lm_head")
def _resized(world: World) -> Ran:
    said = json.loads((world.base / "config.json").read_text())
    edit_json(world.base / "config.json", vocab_size=said["vocab_size"] + 64)
    return world.train()


@CASES.add("a tensor of the weights missing", "layers.1.mlp.up_proj")
def _tensor_missing(world: World) -> Ran:
    tensors = load_file(world.base / WEIGHTS)
    del tensors["model.layers.1.mlp.up_proj.weight"]
    save_file(tensors, world.base / WEIGHTS, {"format": "pt"})
    return world.train()


@CASES.add("more layers in the configuration than in the weights", "layers.2|layer")
def _layers_missing(world: World) -> Ran:
    edit_json(world.base / "config.json", num_hidden_layers=3, layer_types=["full_attention"] * 3)
    return world.train()


@CASES.add("torn weights file", "safetensors|cannot be loaded|torn|damaged")
def _torn(world: World) -> Ran:
    content = (world.base / WEIGHTS).read_bytes()
    (world.base / WEIGHTS).write_bytes(content[: len(content) // 2])
    return world.train()


@CASES.add("weights file torn inside its head", "safetensors|damaged|torn")
def _torn_head(world: World) -> Ran:
    (world.base / WEIGHTS).write_bytes((world.base / WEIGHTS).read_bytes()[:100])
    return world.train()


@CASES.add("a shard missing", "00002-of-00002")
def _shard_missing(world: World) -> Ran:
    shards(world.base)
    (world.base / "model-00002-of-00002.safetensors").unlink()
    return world.train()


@CASES.add("4-bit base", "4.?bit|quanti[sz]")
def _four_bit(world: World) -> Ran:
    said = {"quant_method": "bitsandbytes", "load_in_4bit": True, "_load_in_4bit": True, "bnb_4bit_quant_type": "nf4"}
    edit_json(world.base / "config.json", quantization_config=said)
    return world.train()


@CASES.add("GPTQ base", "gptq|quanti[sz]")
def _gptq(world: World) -> Ran:
    edit_json(world.base / "config.json", quantization_config={"quant_method": "gptq", "bits": 4})
    return world.train()


@CASES.add("GGUF file as base", "(?i)gguf")
def _gguf(world: World) -> Ran:
    (world.root / "tiny-q8_0.gguf").write_bytes(b"GGUF\x03\x00\x00\x00" + bytes(64))
    return world.train(base="tiny-q8_0.gguf")


@CASES.add("adapter folder as base", "adapter")
def _adapter_as_base(world: World) -> Ran:
    folder = world.root / "adapter"
    folder.mkdir()
    save_file(
        {"base_model.model.x.lora_A.weight": load_file(world.base / WEIGHTS)["model.norm.weight"]}, folder / "adapter_model.safetensors"
    )
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "base_model_name_or_path": "base"}))
    world.role["deployed_model"] = "adapter"
    return world.train(base="adapter")


@CASES.add("a base that is no causal language model", "cannot be loaded|causal|architecture")
def _encoder(world: World) -> Ran:
    edit_json(world.base / "config.json", model_type="vit", architectures=["ViTModel"])
    return world.train()


@CASES.add("NaN in the weights", "(?i)nan|finite")
def _nan_weights(world: World) -> Ran:
    edit_weights(world.base, "model.layers.1.input_layernorm.weight", float("nan"))
    return world.train()


@CASES.add("infinity in the weights", "(?i)inf|finite|nan")
def _inf_weights(world: World) -> Ran:
    edit_weights(world.base, "model.layers.0.self_attn.v_proj.weight", float("inf"))
    return world.train()


@CASES.add("NaN in the embedding of a token that no row uses", "(?i)nan|finite")
def _nan_unused(world: World) -> Ran:
    tensors = load_file(world.base / WEIGHTS)
    tensors["model.embed_tokens.weight"][0, 0] = float("nan")
    tensors.setdefault("lm_head.weight", tensors["model.embed_tokens.weight"].clone())[0, 0] = 0.1
    save_file(tensors, world.base / WEIGHTS, {"format": "pt"})
    return world.train()


@CASES.add("LoRA on modules that the base does not have", "no module query")
def _no_module(world: World) -> Ran:
    world.settings["lora"] = {"target_modules": ["q_proj", "query"]}
    return world.train()


def shards(folder: Path) -> None:
    """The weights of a model in two files with an index."""
    tensors = load_file(folder / WEIGHTS)
    names = sorted(tensors)
    halves = (names[: len(names) // 2], names[len(names) // 2 :])
    files = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    for file, half in zip(files, halves, strict=True):
        save_file({name: tensors[name] for name in half}, folder / file, {"format": "pt"})
    index = {"metadata": {"total_size": 0}, "weight_map": {name: file for file, half in zip(files, halves, strict=True) for name in half}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / WEIGHTS).unlink()


def renamed(world: World, name: str) -> Path:
    """The base under another name, with nothing left under the old one but the deployed model."""
    return Path(shutil.copytree(world.base, world.root / name))
