"""The card: cards of every version are read, and the digest of rows sees whatever is trained."""

import json
import shutil
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.adapters.card import CARD_VERSION, Card, rows_digest
from trainer.adapters.vault import CARD, Vault
from trainer.machine.execution import Execution
from trainer.render import RenderedRow

OLD = Path(__file__).resolve().parents[2] / "golden" / "adapter-card-v1.json"
ROW = RenderedRow([1, 2, 3], [-100, 2, 3], "a", (1,))
HOW = Execution(
    device="cpu",
    dtype="bfloat16",
    quantized="nf4",
    threads=2,
    layout="flat",
    head="targets",
    batch_tokens=4096,
    gradient_checkpointing=False,
)


def test_a_card_of_the_first_version_is_read_as_it_was():
    card = Card.model_validate_json(OLD.read_bytes())
    assert card.card_version == 1
    assert (card.execution, card.dataset.rows_digest, card.training.kept_step) == (None, None, None)
    assert card.config.max_length == 2048
    assert card.training.val_loss_after < card.training.val_loss_before
    old, read = json.loads(OLD.read_bytes()), card.model_dump(mode="json")
    assert {name: read[name] for name in ("id", "role", "files", "size", "accepted")} == {
        name: old[name] for name in ("id", "role", "files", "size", "accepted")
    }


def test_an_adapter_of_the_first_version_is_still_in_the_vault(tmp_path):
    folder = tmp_path / "adapters" / "coder" / "coder-01a200c37e8c-f212d8"
    folder.mkdir(parents=True)
    shutil.copy(OLD, folder / CARD)
    vault = Vault(tmp_path)
    (adapter,) = vault.list("coder")
    assert vault.damaged() == []
    assert adapter.card.summary()["quantized"] is None
    assert len(vault.verify(adapter)) == 3, "files that are missing are named"


def test_a_4_bit_base_is_seen_in_the_summary_and_in_the_adapters_own_readme(tmp_path):
    old = Card.model_validate_json(OLD.read_bytes())
    card = old.model_copy(update={"card_version": CARD_VERSION, "execution": HOW})
    assert card.summary()["quantized"] == "nf4"
    text = (Vault(tmp_path).publish(card, lambda folder: None).folder / "README.md").read_text()
    assert "4-bit copy of that base (nf4)" in text
    assert "cpu: bfloat16, flat rows, passes of 4096 tokens" in text
    assert f"agentlog reproduce {card.id}" in text
    assert "4-bit" not in (Vault(tmp_path / "other").publish(old, lambda folder: None).folder / "README.md").read_text()


@pytest.mark.parametrize(
    "other",
    [
        replace(ROW, input_ids=[1, 2, 4]),
        replace(ROW, labels=[-100, -100, 3]),
        replace(ROW, weight=0.5),
        replace(ROW, sample_id="b"),
    ],
)
def test_the_digest_of_rows_sees_ids_labels_weights_and_names(other):
    assert rows_digest([other]) != rows_digest([ROW])


@given(st.lists(st.lists(st.integers(0, 300_000), min_size=1, max_size=4), max_size=4), st.integers(0, 3))
def test_the_digest_of_rows_sees_where_one_row_ends_and_the_order_of_rows(ids, cut):
    rows = [RenderedRow(part, part, "a", (1,)) for part in ids]
    together = list(chain.from_iterable(ids))
    joined = [RenderedRow(together, together, "a", (1,))]
    assert (rows_digest(rows) == rows_digest(joined)) == (rows == joined)
    turned = rows[cut:] + rows[:cut]
    assert (rows_digest(rows) == rows_digest(turned)) == (rows == turned)
