"""Batches: padding has no say in labels or attention, and a row without targets never gets into one."""

import pytest
import torch

from agentlog.errors import RenderError
from tests.trainer.tiny import make_sample
from trainer.data import Collator, RowDataset
from trainer.render import RenderedRow, render_sample


def test_padding_is_masked_and_carries_no_loss(tokenizer):
    rows = [render_sample(make_sample(n, answer=answer), tokenizer)[0] for n, answer in enumerate(["a", "a longer answer"])]
    batch = Collator(tokenizer.eos_token_id)(rows)
    for position, row in enumerate(rows):
        size = len(row.input_ids)
        assert batch["attention_mask"][position].sum() == size
        assert batch["labels"][position, :size].tolist() == row.labels
        assert (batch["labels"][position, size:] == -100).all()
    assert torch.equal(batch["labels"] != -100, (batch["labels"] == batch["input_ids"]) & (batch["labels"] != -100))


def test_a_row_without_targets_is_refused():
    with pytest.raises(RenderError, match="row empty has no targets"):
        RowDataset([RenderedRow([1, 2], [-100, -100], "empty", ())])
