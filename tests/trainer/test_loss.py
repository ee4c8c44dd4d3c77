"""Loss: the model's own on one row, and on many rows the mean over target tokens, however they are batched."""

import pytest
import torch

from tests.trainer.tiny import make_sample
from trainer.data import Collator
from trainer.loss import mean_loss, row_losses, weighted_loss
from trainer.model import load_base
from trainer.render import render_sample


@pytest.fixture(scope="module")
def model(base):
    return load_base(base, "float32")


@pytest.fixture(scope="module")
def rows(tokenizer):
    return [render_sample(make_sample(n, answer="add " * (3 * n + 1)), tokenizer)[0] for n in range(4)]


def test_one_row_has_the_loss_that_the_model_computes_itself(model, rows):
    for row in rows:
        with torch.no_grad():
            own = model(input_ids=torch.tensor([row.input_ids]), labels=torch.tensor([row.labels])).loss.item()
        ((total, count),) = row_losses(model, [Collator(0)([row])], torch.device("cpu"))
        assert total / count == pytest.approx(own, rel=1e-5)


def test_batches_and_padding_change_nothing(model, rows):
    alone = row_losses(model, [Collator(0)([row]) for row in rows], torch.device("cpu"))
    together = row_losses(model, [Collator(0)(rows)], torch.device("cpu"))
    assert [count for _, count in alone] == [count for _, count in together] == [row.targets for row in rows]
    assert [total for total, _ in together] == pytest.approx([total for total, _ in alone], rel=1e-4)


def test_a_rows_weight_multiplies_its_share(model, rows):
    batch = Collator(0)(rows)
    targets = sum(row.targets for row in rows)
    plain = weighted_loss(model, batch, targets).item()
    assert plain == pytest.approx(mean_loss(row_losses(model, [batch], torch.device("cpu"))), rel=1e-4)
    assert weighted_loss(model, {**batch, "weights": batch["weights"] * 2}, targets).item() == pytest.approx(2 * plain, rel=1e-5)
