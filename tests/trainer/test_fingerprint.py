"""Fingerprints: equal content is the same model, whatever its name; any change that counts is seen and named."""

import json
import shutil
from pathlib import Path

import pytest

from agentlog.errors import TrainingRefusedError
from trainer.fingerprint import chat_template, find_base, fingerprint, weight_shapes


@pytest.fixture
def copy(base, tmp_path) -> Path:
    return Path(shutil.copytree(base, tmp_path / "copy"))


def edit(file: Path, **changes) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def test_a_copy_is_the_same_model(base, copy):
    assert fingerprint(copy) == fingerprint(base)


def test_another_model_of_the_same_shape_differs_in_its_weights_alone(base, other_base):
    assert fingerprint(base).differs(fingerprint(other_base)) == ["weights"]


@pytest.mark.parametrize(
    ("name", "change", "part"),
    [
        ("config.json", {"rope_theta": 5.0}, "config"),
        ("generation_config.json", {"eos_token_id": 0}, "generation config"),
        ("tokenizer_config.json", {"eos_token": "x"}, "tokenizer"),
    ],
)
def test_an_edited_file_is_named_by_its_part(base, copy, name, change, part):
    edit(copy / name, **change)
    assert fingerprint(base).differs(fingerprint(copy)) == [part]


def test_an_edited_template_is_seen(base, copy):
    (copy / "chat_template.jinja").write_text(chat_template(base) + " ")
    assert "chat template" in fingerprint(base).differs(fingerprint(copy))


def test_what_a_tool_writes_for_itself_does_not_count(base, copy):
    edit(copy / "config.json", transformers_version="0", _name_or_path="elsewhere")
    assert fingerprint(copy).overall == fingerprint(base).overall


def test_the_cache_is_believed_until_the_file_changes(copy, tmp_path):
    """The second reading comes from the cache: a cached digest that is edited by hand shows."""
    cache = tmp_path / "fingerprints.json"
    first = fingerprint(copy, cache)
    entries = json.loads(cache.read_text())
    weights = next(name for name in entries if name.endswith(".safetensors"))
    entries[weights]["digest"] = "sha256:edited"
    cache.write_text(json.dumps(entries))
    assert fingerprint(copy, cache).weights != first.weights
    file = Path(weights)
    file.write_bytes(file.read_bytes() + b"\0")
    changed = fingerprint(copy, cache)
    assert changed == fingerprint(copy)
    assert changed.weights != first.weights


def test_a_broken_cache_is_no_cache(copy, tmp_path):
    cache = tmp_path / "fingerprints.json"
    cache.write_text('["torn')
    assert fingerprint(copy, cache) == fingerprint(copy)


def test_shapes_are_read_from_the_heads_of_the_files(base):
    shapes = weight_shapes(base)
    assert shapes["model.layers.0.self_attn.q_proj.weight"] == [64, 64]
    assert shapes["model.layers.1.self_attn.v_proj.weight"] == [32, 64]


@pytest.mark.parametrize("name", ["no/such/folder", "nobody/never-fetched", "not a name!"])
def test_a_base_that_is_nowhere_is_refused_with_how_to_name_it(name):
    with pytest.raises(TrainingRefusedError, match=f"base model {name} not found.*existing folder"):
        find_base(name)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(TrainingRefusedError, match=r"without a config\.json"):
        find_base(str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(TrainingRefusedError, match="holds no weights"):
        fingerprint(tmp_path)


def test_a_hub_id_is_found_in_the_local_cache(base, tmp_path, monkeypatch):
    """The cache of the hub's client, laid out as it lays it out; nothing is asked of the network."""
    import huggingface_hub.constants as constants

    store = tmp_path / "models--team--tiny"
    shutil.copytree(base, store / "snapshots" / ("a" * 40))
    (store / "refs").mkdir()
    (store / "refs" / "main").write_text("a" * 40)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    assert fingerprint(find_base("team/tiny")) == fingerprint(base)
