"""Fingerprints: equal content is the same model, whatever its name; any change that counts is seen and named."""

import json
import shutil
from pathlib import Path

import pytest

from agentlog.errors import TrainingRefusedError
from trainer.base.fingerprint import chat_template, find_base, fingerprint, same_base


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


def test_another_layout_of_the_same_json_does_not_count(base, copy):
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        said = json.loads((copy / name).read_text())
        (copy / name).write_text(json.dumps(dict(reversed(said.items())), indent=7))
    assert fingerprint(copy) == fingerprint(base)


def test_an_additional_template_counts_because_the_tokenizer_would_choose_it(base, copy):
    (copy / "additional_chat_templates").mkdir()
    (copy / "additional_chat_templates" / "tool_use.jinja").write_text("{{ messages }}")
    assert fingerprint(base).differs(fingerprint(copy)) == ["chat template"]


def test_a_vocabulary_beside_the_tokenizer_counts(base, copy):
    """A converter for another server may read it instead."""
    (copy / "vocab.json").write_text('{"a": 0}')
    assert fingerprint(base).differs(fingerprint(copy)) == ["tokenizer"]


def test_a_template_may_lie_in_its_own_file_or_in_the_configuration(base, copy):
    template = (copy / "chat_template.jinja").read_text()
    (copy / "chat_template.jinja").unlink()
    edit(copy / "tokenizer_config.json", chat_template=template)
    assert fingerprint(copy) == fingerprint(base)


def test_a_snapshot_of_links_is_the_model_it_points_at(base, tmp_path):
    """The cache of the hub's client names its blobs by digest, without a suffix, and links to them."""
    (tmp_path / "blobs").mkdir()
    (tmp_path / "snapshot").mkdir()
    for number, file in enumerate(sorted(base.iterdir())):
        shutil.copy(file, tmp_path / "blobs" / str(number))
        (tmp_path / "snapshot" / file.name).symlink_to(f"../blobs/{number}")
    assert fingerprint(tmp_path / "snapshot") == fingerprint(base)


def test_what_changed_is_told_with_both_sides(base, other_base):
    before, now = fingerprint(base), fingerprint(other_base)
    assert same_base(before, before) == []
    (told,) = same_base(before, now)
    assert told == f"weights (was {before.weights[7:19]}, is {now.weights[7:19]})"


def test_an_adapter_of_an_older_version_still_knows_its_base(base, copy):
    """Its card's fingerprint was taken by files and says nothing of how."""
    old = fingerprint(base, scheme="files")
    read = type(old).model_validate(old.model_dump(exclude={"scheme"}))
    assert read == old
    assert read.differs(fingerprint(copy, scheme=read.scheme)) == []
    assert read.differs(fingerprint(copy)) == ["scheme"]


def test_an_adapter_is_no_base(copy, tmp_path):
    """With an adapter in its folder a model would be loaded together with it, without a word."""
    (copy / "adapter_config.json").write_text('{"base_model_name_or_path": "team/tiny"}')
    with pytest.raises(TrainingRefusedError, match=r"holds a LoRA adapter.*name its base instead \(team/tiny\)"):
        find_base(str(copy))


def test_a_gguf_file_is_no_base(tmp_path):
    file = tmp_path / "tiny-Q8_0.gguf"
    file.write_bytes(b"GGUF")
    for name in (str(file), str(tmp_path), "team/tiny-Q8_0.gguf"):
        with pytest.raises(TrainingRefusedError, match=r"GGUF file.*deployed_as in agentlog\.yaml"):
            find_base(name)


def test_a_file_is_no_base(copy):
    with pytest.raises(TrainingRefusedError, match=r"is a file: name the folder"):
        find_base(str(copy / "model.safetensors"))


@pytest.mark.parametrize("name", ["config.json", "generation_config.json", "tokenizer.json"])
def test_a_torn_json_file_is_refused_by_its_name(copy, name):
    (copy / name).write_text('{"torn')
    with pytest.raises(TrainingRefusedError, match=f"{name} is not JSON"):
        fingerprint(copy)


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
