"""Reproducing: the same bytes from the card alone, or a refusal before any compute that says what is not as it was."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from agentlog._hashing import file_digest
from agentlog.errors import TrainingRefusedError, VaultError
from tests.trainer.conftest import Trained
from tests.trainer.tiny import make_dataset, make_project
from trainer import Listener, TrainConfig, Vault, reproduce, train
from trainer.adapters.vault import CARD
from trainer.base.fingerprint import fingerprint
from trainer.steps.step import Stepper

WEIGHTS = "adapter_model.safetensors"


class Silent(Listener):
    """Counts the steps that it hears of."""

    def __init__(self) -> None:
        self.steps = 0

    def step(self, progress):
        self.steps += 1


@pytest.fixture
def copied(trained, tmp_path) -> Trained:
    """The trained project with a data folder of its own, to be changed."""
    data = tmp_path / "agentlog-data"
    shutil.copytree(trained.project.data, data)
    return Trained(trained.project.model_copy(update={"data": data, "root": tmp_path}), trained.config, trained.result)


def changed_card(place: Trained, change) -> str:
    (file,) = (place.project.data / "adapters" / "coder").glob(f"*/{CARD}")
    card = json.loads(file.read_text())
    change(card)
    file.write_text(json.dumps(card))
    return card["id"]


def test_an_adapter_comes_out_byte_for_byte_and_is_not_published_again(copied):
    id_ = copied.result.adapter.card.id
    made = reproduce(id_, role="coder", project=copied.project)
    assert made.identical
    assert made.digest == made.published_digest == file_digest(made.folder / "adapter" / WEIGHTS)
    assert (made.largest_difference, made.other_here) == ({}, [])
    assert [adapter.card.id for adapter in Vault(copied.project.data).list()] == [id_]
    assert made.folder.parent == copied.project.data / "reproductions" / "coder"
    assert json.loads((made.folder / "reproduction.json").read_text())["identical"]
    assert [run.name for run in (copied.project.data / "runs" / "coder").iterdir()] == [id_], "it can never be taken for an unfinished run"


def test_a_deployed_model_that_is_another_by_now_is_no_hindrance(copied):
    """Nothing is published, so no written reason is asked for."""
    role = copied.project.roles["coder"].model_copy(update={"deployed_model": "team/newer"})
    project = copied.project.model_copy(update={"roles": {"coder": role}})
    assert reproduce(copied.result.adapter.card.id, project=project).identical


def test_weights_that_come_out_otherwise_are_told_tensor_by_tensor(copied):
    """An adapter whose published weights were made otherwise, with a card that fits them."""
    weights = next((copied.project.data / "adapters" / "coder").glob(f"*/{WEIGHTS}"))
    tensors = load_file(weights)
    name = max(tensors, key=lambda name: float(tensors[name].abs().max()))
    tensors[name] = tensors[name] + 0.5 * tensors[name].abs().max() * torch.eye(*tensors[name].shape)
    save_file(tensors, weights, {"format": "pt"})
    id_ = changed_card(copied, lambda card: card["files"].update({WEIGHTS: file_digest(weights)}) or card["versions"].update(torch="1.0"))
    made = reproduce(id_, project=copied.project)
    assert not made.identical
    assert list(made.largest_difference) == [name]
    assert 0.1 < made.largest_difference[name] < 1
    assert [other for other in made.other_here if other.startswith("torch was 1.0, is ")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda card: card["base"]["fingerprint"].update(weights="sha256:" + "0" * 64), r"its weights differ .*--base-model where it lies"),
        (lambda card: card["dataset"]["splits"].update(train="sha256:" + "0" * 64), "its splits train have other digests"),
        (
            lambda card: card["dataset"].update(build_id="build-9") or card["config"].update(dataset="build-9"),
            "cannot be trained again: .*build-9",
        ),
        (lambda card: card["base"].update(name="gone/base"), "base model gone/base not found"),
        (lambda card: card["dataset"].update(rows_digest="sha256:0"), r"rendered to other tokens than they were.*torch "),
        (lambda card: card["execution"].update(device="cuda (H1)"), r"begun on cuda \(H1\), and here it would run on cpu"),
    ],
)
def test_what_is_not_as_it_was_is_refused_before_the_first_step(copied, change, words):
    heard = Silent()
    id_ = changed_card(copied, change)
    with pytest.raises(TrainingRefusedError, match=words):
        reproduce(id_, project=copied.project, listener=heard)
    assert heard.steps == 0
    assert not (copied.project.data / "reproductions").exists()


def test_an_adapter_of_an_older_version_knows_its_base_by_the_digests_of_then(copied, base):
    """Compared by the digests of now, it would be another base."""
    then = fingerprint(base, scheme="files").model_dump()
    id_ = changed_card(copied, lambda card: card["base"].update(fingerprint=then))
    assert reproduce(id_, project=copied.project).identical


def test_passes_that_were_halved_on_the_way_are_on_the_card_and_in_the_reproduction(tmp_path, base, monkeypatch):
    project = make_project(tmp_path, str(base))
    make_dataset(project.data)
    really = Stepper._backward

    def cramped(self, rows):
        if self._on_smaller.__name__ == "smaller" and self.batch_tokens > 100:
            raise RuntimeError("out of memory")
        return really(self, rows)

    monkeypatch.setattr(Stepper, "_backward", cramped)
    config = TrainConfig(role="coder", base_model=str(base), batch_tokens=256, epochs=1, sample_tokens=4, report_to=(), dtype="float32")
    card = train(config, project=project).adapter.card
    monkeypatch.undo()
    assert (card.execution.batch_tokens, card.execution.halved) == (256, {1: 64})
    assert any("memory ran out in step 1" in warning for warning in card.warnings)
    made = reproduce(card.id, project=project)
    assert (made.identical, made.other_here) == (True, [])


def test_a_base_that_lies_elsewhere_by_now_is_found_by_its_content(copied, base, other_base, tmp_path):
    moved = Path(shutil.copytree(base, tmp_path / "moved"))
    id_ = changed_card(copied, lambda card: card["base"].update(name="gone/base"))
    assert reproduce(id_, project=copied.project, base_model=str(moved)).identical
    with pytest.raises(TrainingRefusedError, match="its weights differ"):
        reproduce(id_, project=copied.project, base_model=str(other_base))


def test_a_damaged_or_unknown_adapter_is_refused(copied):
    with pytest.raises(VaultError, match="no adapter nothing"):
        reproduce("nothing", project=copied.project)
    next((copied.project.data / "adapters" / "coder").glob(f"*/{WEIGHTS}")).write_bytes(b"")
    with pytest.raises(VaultError, match="is damaged"):
        reproduce(copied.result.adapter.card.id, project=copied.project)


def test_a_card_of_the_first_version_is_trained_again_as_this_machine_does_it(copied):
    """It does not say how its run was carried out, and that is told."""

    def older(card):
        for name in ("execution", "certificate"):
            card.pop(name)
        card["dataset"].pop("rows_digest")
        card["card_version"] = 1

    make_dataset(copied.project.data, build_id="build-2")
    made = reproduce(changed_card(copied, older), project=copied.project)
    assert "the card is of version 1 and does not say how the run was carried out" in made.other_here
    assert json.loads((made.folder / "dataset.json").read_text())["build_id"] == "build-1", "a newer dataset is not taken instead"
