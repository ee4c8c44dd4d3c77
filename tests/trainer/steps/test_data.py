"""Batches: where targets are, and which rows never get there."""

import pytest
import torch
from hypothesis import given

from agentlog.errors import RenderError
from tests.trainer.rows import row, rows_that_share
from trainer.render import NO_LOSS
from trainer.steps.data import flat_batch, padded_batch

CPU = torch.device("cpu")


@given(rows_that_share())
def test_a_padded_batch_points_at_the_token_before_each_target(rows):
    batch = padded_batch(rows, 0, CPU)
    ids = batch.inputs["input_ids"].flatten()
    longest = batch.inputs["input_ids"].shape[1]
    for source, label, place in zip(batch.sources.tolist(), batch.labels.tolist(), batch.rows.tolist(), strict=True):
        assert source // longest == place
        at = source % longest + 1
        assert rows[place].labels[at] == label
        assert ids[source] == rows[place].input_ids[at - 1]
    assert batch.targets == sum(one.targets for one in rows)


@given(rows_that_share())
def test_the_mask_covers_the_rows_and_nothing_else(rows):
    batch = padded_batch(rows, 0, CPU)
    assert batch.inputs["attention_mask"].sum(1).tolist() == [len(one.input_ids) for one in rows]


@given(rows_that_share())
def test_flat_and_padded_have_the_same_targets(rows):
    flat, padded = flat_batch(rows, torch.float32, CPU), padded_batch(rows, 0, CPU)
    assert sorted(zip(flat.rows.tolist(), flat.labels.tolist(), flat.weights.tolist(), strict=True)) == sorted(
        zip(padded.rows.tolist(), padded.labels.tolist(), padded.weights.tolist(), strict=True)
    )
    assert flat.tokens <= padded.tokens


@pytest.mark.parametrize("make", [lambda rows: flat_batch(rows, torch.float32, CPU), lambda rows: padded_batch(rows, 0, CPU)])
def test_a_row_without_targets_reaches_no_batch(make):
    blank = row([1, 2, 3], [])
    assert set(blank.labels) == {NO_LOSS}
    with pytest.raises(RenderError, match="row r has no targets and cannot be trained"):
        make([row([1, 2], [1]), blank])
