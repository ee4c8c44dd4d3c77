"""Tensors: a model is its tensors, however they are cut into files; what is torn is refused before anything is loaded."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save, save_file

from agentlog.errors import TrainingRefusedError
from trainer.base.fingerprint import fingerprint
from trainer.base.tensors import loaded_files, tensor_digests, tensors_of


@pytest.fixture
def copy(base, tmp_path) -> Path:
    return Path(shutil.copytree(base, tmp_path / "copy"))


def shard(folder: Path, parts: int) -> None:
    """The same tensors in several files, as a tool that saves large models writes them."""
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    places = {name: f"model-{number % parts:05d}.safetensors" for number, name in enumerate(sorted(tensors))}
    for place in set(places.values()):
        save_file({name: tensors[name] for name in tensors if places[name] == place}, folder / place, {"format": "pt"})
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))


@pytest.mark.parametrize("parts", [1, 2, 5])
def test_cut_into_other_files_it_is_the_same_model(base, copy, parts):
    shard(copy, parts)
    assert fingerprint(copy) == fingerprint(base)


def test_one_changed_number_is_another_model(base, copy):
    tensors = load_file(copy / "model.safetensors")
    tensors["model.norm.weight"][3] += 1e-6
    save_file(tensors, copy / "model.safetensors", {"format": "pt"})
    assert fingerprint(base).differs(fingerprint(copy)) == ["weights"]


def test_a_stray_file_is_nobodys_weight(base, copy):
    save_file({"stray": torch.zeros(3)}, copy / "consolidated.safetensors")
    (copy / "pytorch_model.bin").write_bytes(b"never read")
    assert fingerprint(copy) == fingerprint(base)


def test_the_file_that_the_configuration_names_is_the_one(base, copy):
    (copy / "model.safetensors").rename(copy / "mine.safetensors")
    with pytest.raises(TrainingRefusedError, match="holds no weights"):
        loaded_files(copy)
    said = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps({**said, "transformers_weights": "mine.safetensors"}))
    assert fingerprint(copy).weights == fingerprint(base).weights


def test_pickled_weights_have_the_digest_of_their_file(base, copy):
    (copy / "model.safetensors").unlink()
    torch.save(load_file(base / "model.safetensors"), copy / "pytorch_model.bin")
    assert list(tensor_digests(loaded_files(copy)[0])) == ["pytorch_model.bin"]


def test_a_missing_shard_is_named(copy):
    shard(copy, 3)
    (copy / "model-00001.safetensors").unlink()
    with pytest.raises(TrainingRefusedError, match=r"lacks model-00001\.safetensors, which model\.safetensors\.index\.json names"):
        fingerprint(copy)


def test_an_index_that_names_nothing_is_damage(copy):
    shard(copy, 2)
    (copy / "model.safetensors.index.json").write_text("{}")
    with pytest.raises(TrainingRefusedError, match="has no weight_map"):
        fingerprint(copy)


WHOLE = save({"a": torch.arange(6, dtype=torch.float32).reshape(2, 3), "b": torch.ones(0), "c": torch.ones(5, dtype=torch.bfloat16)})


@given(length=st.integers(0, len(WHOLE) - 1))
def test_a_file_cut_anywhere_is_refused_in_one_line(tmp_path_factory, length):
    file = tmp_path_factory.getbasetemp() / "cut.safetensors"
    file.write_bytes(WHOLE[:length])
    with pytest.raises(TrainingRefusedError, match=r"cut\.safetensors is damaged.*copy or fetch it again") as raised:
        tensors_of(file)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "content", [WHOLE + b"\0", b"<!DOCTYPE html><html>", b"\xff" * 400, b"\x02" + b"\0" * 7 + b"[]", b"\x02" + b"\0" * 7 + b"1 "]
)
def test_what_is_no_such_file_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(TrainingRefusedError, match=r"model\.safetensors is damaged"):
        tensors_of(tmp_path / "model.safetensors")


@given(
    tensors=st.dictionaries(
        st.text("abc.", min_size=1, max_size=4),
        st.tuples(st.lists(st.integers(0, 3), max_size=3), st.sampled_from(["float32", "int8"])),
        max_size=4,
    )
)
def test_every_tensor_is_found_with_its_shape(tmp_path_factory, tensors):
    file = tmp_path_factory.getbasetemp() / "any.safetensors"
    made = {name: torch.zeros(shape, dtype=getattr(torch, dtype)) for name, (shape, dtype) in tensors.items()}
    file.write_bytes(save(made))
    assert {tensor.name: tensor.shape for tensor in tensors_of(file)} == {name: tuple(tensor.shape) for name, tensor in made.items()}
    assert tensor_digests(file).keys() == made.keys()
