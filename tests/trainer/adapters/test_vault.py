"""The vault: whole or not at all, never overwritten, damage found and named. No model is needed to know that."""

import os
from pathlib import Path

import pytest

from agentlog.errors import VaultError
from trainer.adapters import Card, Vault
from trainer.adapters.card import BaseFacts, DatasetFacts, TrainingFacts
from trainer.base.fingerprint import Fingerprint
from trainer.config import TrainConfig


def card(name: str, role: str = "coder", finished: str = "2026-11-20T17:00:00.000000Z") -> Card:
    return Card(
        id=name,
        role=role,
        base=BaseFacts(
            name="models/base",
            fingerprint=Fingerprint(weights="w", config="c", tokenizer="t", chat_template="j", generation_config="g"),
            deployed_model="models/base",
            stop_tokens=["<|im_end|>"],
        ),
        dataset=DatasetFacts(build_id="build-1", splits={"test": "sha256:0"}, rows=8, targets=320, models={"tiny": 28}),
        config=TrainConfig(role=role, base_model="models/base"),
        training=TrainingFacts(
            steps=6,
            first_loss=2.0,
            last_loss=1.0,
            val_loss_before=2.0,
            val_loss_after=None,
            started=finished,
            finished=finished,
            resumed=False,
        ),
        accepted=[],
        warnings=[],
        made_by=None,
        versions={},
    )


def fill(folder: Path) -> None:
    (folder / "adapter_model.safetensors").write_bytes(b"weights")


def test_a_published_adapter_is_listed_shown_and_intact(tmp_path):
    vault = Vault(tmp_path)
    made = vault.publish(card("coder-1"), fill)
    assert made.folder == tmp_path / "adapters" / "coder" / "coder-1"
    assert [adapter.card for adapter in vault.list()] == [made.card]
    assert made.card.size == sum(path.stat().st_size for path in made.folder.iterdir() if path.name != "card.json")
    assert vault.verify(vault.open("coder")) == []


def test_an_id_is_never_given_twice(tmp_path):
    vault = Vault(tmp_path)
    made = vault.publish(card("coder-1"), fill)
    before = {path.name: path.read_bytes() for path in made.folder.iterdir()}
    with pytest.raises(VaultError, match="coder-1 of role coder is there already and is never overwritten"):
        vault.publish(card("coder-1", finished="2027-01-01T00:00:00.000000Z"), lambda folder: (folder / "other").write_bytes(b"x"))
    assert {path.name: path.read_bytes() for path in made.folder.iterdir()} == before


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_what_fails_half_way_is_never_listed(tmp_path, error):
    def torn(folder: Path) -> None:
        fill(folder)
        raise error

    with pytest.raises(type(error)):
        Vault(tmp_path).publish(card("coder-1"), torn)
    assert Vault(tmp_path).list() == []
    assert list((tmp_path / "adapters" / "coder").iterdir()) == []


def test_a_process_killed_while_publishing_leaves_nothing_that_is_listed(tmp_path):
    """A real process that dies without a chance to clean up."""
    child = os.fork()
    if child == 0:
        Vault(tmp_path).publish(card("coder-1"), lambda folder: (fill(folder), os.kill(os.getpid(), 9)))
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == 9
    assert list((tmp_path / "adapters" / "coder").iterdir()) != []
    assert Vault(tmp_path).list() == []
    assert Vault(tmp_path).damaged() == []


def test_the_newest_of_a_role_is_opened_unless_an_id_is_named(tmp_path):
    vault = Vault(tmp_path)
    for name, role, day in (("b", "coder", 3), ("a", "coder", 4), ("c", "tester", 5)):
        vault.publish(card(name, role, f"2026-11-0{day}T00:00:00.000000Z"), fill)
    assert vault.open("coder").card.id == "a"
    assert vault.open("coder", "b").card.id == "b"
    assert [adapter.card.id for adapter in vault.list()] == ["b", "a", "c"]


def test_an_adapter_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    vault = Vault(tmp_path)
    with pytest.raises(VaultError, match=r"no adapter of role coder.*none; train one"):
        vault.open("coder")
    vault.publish(card("coder-1"), fill)
    with pytest.raises(VaultError, match=r"no adapter coder-2.*there is: coder-1"):
        vault.open(id="coder-2")


def test_damage_is_found_and_named(tmp_path):
    vault = Vault(tmp_path)
    made = vault.publish(card("coder-1"), fill)
    (made.folder / "adapter_model.safetensors").write_bytes(b"weightz")
    (made.folder / "README.md").unlink()
    assert [problem.split("coder-1/")[1] for problem in vault.verify(made)] == [
        "README.md is missing",
        "adapter_model.safetensors is not what was published: its digest differs from the card's",
    ]
    with pytest.raises(VaultError, match="coder-1 is damaged"):
        vault.insist(made)


def test_an_unreadable_card_is_reported_and_hides_no_other(tmp_path):
    vault = Vault(tmp_path)
    torn = vault.publish(card("coder-1"), fill)
    vault.publish(card("coder-2"), fill)
    (torn.folder / "card.json").write_text('{"id":')
    assert [adapter.card.id for adapter in vault.list()] == ["coder-2"]
    assert vault.damaged() == [torn.folder]
    with pytest.raises(VaultError, match=r"there is: coder-2. The cards of coder-1 cannot be read"):
        vault.open(id="coder-1")


def test_a_pin_changes_nothing_that_was_published(tmp_path):
    vault = Vault(tmp_path)
    made = vault.publish(card("coder-1"), fill)
    vault.pin(made, "in production")
    assert vault.open("coder").pinned
    assert vault.verify(made) == []
    vault.unpin(made)
    vault.unpin(made)
    assert not vault.open("coder").pinned
