"""A step: the same loss and gradient however its rows are laid out and cut, and what happens when memory runs out."""

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentlog.errors import RenderError, TrainingStoppedError
from tests.trainer.rows import row, rows_that_share
from trainer.base.model import attach_lora, checkpoint_gradients, load_base
from trainer.config import LoraConfig
from trainer.machine.execution import Execution
from trainer.steps import attention
from trainer.steps.step import Stepper

PLAIN = Execution(device="cpu", dtype="float32", threads=1, layout="flat", head="targets", batch_tokens=64, gradient_checkpointing=False)


def adapted(base, dropout: float = 0.0, dtype: str = "float32"):
    model = attach_lora(load_base(base, dtype), LoraConfig(dropout=dropout), "tiny", 0)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            # A fresh adapter is zero on this side, and then half of all gradients are.
            torch.nn.init.normal_(parameter, std=0.05)
    return model.train()


@pytest.fixture(scope="module")
def model(base):
    return adapted(base)


def gradients(model, rows, batch_tokens=64, **how):
    model.zero_grad()
    found = Stepper(model, PLAIN.model_copy(update={"batch_tokens": batch_tokens, **how}), 0).backward(rows)
    return found, {name: parameter.grad.clone() for name, parameter in model.named_parameters() if parameter.requires_grad}


def reference(model, rows):
    """One row at a time through the model's own forward pass, and nothing of ours."""
    model.zero_grad()
    total = sum(one.weight * one.targets for one in rows)
    loss = 0.0
    for one in rows:
        logits = model(torch.tensor([one.input_ids])).logits[0, :-1]
        part = torch.nn.functional.cross_entropy(logits, torch.tensor(one.labels[1:]), reduction="sum") * one.weight / total
        part.backward()
        loss += part.item()
    return loss, {name: parameter.grad.clone() for name, parameter in model.named_parameters() if parameter.requires_grad}


def apart(one, other):
    return max(((one[name] - other[name]).norm() / other[name].norm().clamp(min=1e-3)).item() for name in other)


@given(rows_that_share(vocabulary=300, most=5), st.sampled_from([4, 40, 4096]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_loss_and_gradients_are_those_of_single_rows_through_the_plain_model(model, rows, batch_tokens):
    loss, wanted = reference(model, rows)
    for layout in ("flat", "padded"):
        found, told = gradients(model, rows, batch_tokens, layout=layout)
        assert found.loss.item() == pytest.approx(loss, abs=1e-4)
        assert found.targets == sum(one.targets for one in rows)
        assert apart(told, wanted) < 1e-4


ROWS = [row([9, 8, 7, *range(place, place + 20)], [5, 9, 22], f"row {place}", 1 + place % 2) for place in range(6)]


@pytest.mark.parametrize("checkpointing", [False, True])
def test_branches_that_attend_twice_change_nothing(base, monkeypatch, checkpointing):
    monkeypatch.setattr(attention, "_MERGED_FROM", 5)
    model = adapted(base)
    forked = [*ROWS, row([9, 8, 7, 0, 1, 2, 3, 4], [7], "deeper"), row([9, 8, 7, 0, 1, *range(30, 45)], [7, 19], "deeper still")]
    loss, wanted = reference(model, forked)
    if checkpointing:
        checkpoint_gradients(model)
    found, told = gradients(model, forked, 4096)
    assert found.loss.item() == pytest.approx(loss, abs=1e-5)
    assert apart(told, wanted) < 1e-4


@pytest.mark.parametrize("block", [1, 3, 20, 21])
def test_blocks_of_queries_change_nothing(model, monkeypatch, block):
    monkeypatch.setattr(attention, "_BLOCK", block)
    loss, wanted = reference(model, ROWS)
    found, told = gradients(model, ROWS)
    assert found.loss.item() == pytest.approx(loss, abs=1e-5)
    assert apart(told, wanted) < 1e-5


@pytest.mark.parametrize("layout", ["flat", "padded"])
@pytest.mark.parametrize("head", ["targets", "model"])
def test_every_layout_and_head_gives_the_same(model, layout, head):
    loss, wanted = reference(model, ROWS)
    found, told = gradients(model, ROWS, layout=layout, head=head)
    assert found.loss.item() == pytest.approx(loss, abs=1e-5)
    assert apart(told, wanted) < 1e-5


def test_what_rows_share_is_computed_once(model):
    flat, _ = gradients(model, ROWS, 4096)
    padded, _ = gradients(model, ROWS, 4096, layout="padded")
    assert (flat.tokens, flat.passes) == (3 + 6 * 20, 1)
    assert padded.tokens == 6 * 23


@pytest.mark.parametrize("layout", ["flat", "padded"])
@pytest.mark.parametrize("batch_tokens", [4, 50, 4096])
def test_how_many_tokens_a_step_will_compute_is_known_beforehand(model, layout, batch_tokens):
    how = {"layout": layout, "batch_tokens": batch_tokens}
    assert Stepper(model, PLAIN.model_copy(update=how), 0).tokens(ROWS) == gradients(model, ROWS, **how)[0].tokens


def test_weights_are_a_weighted_mean_so_a_common_factor_changes_nothing(model):
    heavy = [row(one.input_ids, [5, 9, 22], one.sample_id, one.weight * 7) for one in ROWS]
    one, other = gradients(model, ROWS), gradients(model, heavy)
    assert one[0].loss.item() == pytest.approx(other[0].loss.item(), abs=1e-6)
    assert apart(one[1], other[1]) < 1e-5


def test_gradient_checkpointing_changes_no_gradient(base):
    plain, lean = adapted(base), adapted(base)
    checkpoint_gradients(lean)
    assert apart(gradients(lean, ROWS)[1], gradients(plain, ROWS)[1]) < 1e-6


def test_losses_per_row_come_in_the_order_of_the_rows_and_leave_training_as_it_was(model):
    stepper = Stepper(model, PLAIN, 0)
    found = stepper.losses(ROWS)
    assert [count for _, count in found] == [3] * 6
    alone = [stepper.losses([one])[0][0] for one in ROWS]
    assert [total for total, _ in found] == pytest.approx(alone, abs=1e-4)
    assert model.training


def test_generation_still_works_after_a_step(model):
    gradients(model, ROWS)
    assert model.generate(torch.tensor([[1, 2, 3]]), max_new_tokens=3, do_sample=False).shape[1] <= 6


def test_dropout_is_drawn_anew_and_can_be_repeated(base):
    model = adapted(base, dropout=0.5)
    torch.manual_seed(3)
    one = gradients(model, ROWS)[1]
    other = gradients(model, ROWS)[1]
    torch.manual_seed(3)
    again = gradients(model, ROWS)[1]
    assert apart(one, other) > 1e-3
    assert all(torch.equal(one[name], again[name]) for name in one)


def short_of_memory(model, monkeypatch, most: int):
    """A model whose forward pass fails as the CPU's allocator does when it gets more tokens than that."""
    inner = model.get_base_model().base_model
    forward, seen = inner.forward, []

    def failing(*args, **named):
        tokens = named["input_ids"].numel()
        seen.append(tokens)
        if tokens > most:
            raise RuntimeError(
                "[enforce fail at alloc_cpu.cpp:121] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"
            )
        return forward(*args, **named)

    monkeypatch.setattr(inner, "forward", failing)
    return seen


@pytest.mark.parametrize("layout", ["flat", "padded"])
def test_when_memory_runs_out_the_passes_are_halved_and_the_step_is_the_same(base, monkeypatch, layout):
    model = adapted(base)
    wanted = gradients(model, ROWS, layout=layout)
    model.zero_grad()
    short_of_memory(model, monkeypatch, 50)
    told = []
    stepper = Stepper(model, PLAIN.model_copy(update={"layout": layout, "batch_tokens": 200}), 0, told.append)
    found = stepper.backward(ROWS)
    assert told == [100, 50]
    assert stepper.batch_tokens == 50
    assert found.loss.item() == pytest.approx(wanted[0].loss.item(), abs=1e-5)
    now = {name: parameter.grad for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert apart(now, wanted[1]) < 1e-5


def test_a_row_that_does_not_fit_by_itself_stops_the_run_with_the_way_out(base, monkeypatch):
    model = adapted(base)
    short_of_memory(model, monkeypatch, 10)
    with pytest.raises(TrainingStoppedError, match="memory ran out on single rows, the longest of 23 tokens; the weights are unchanged"):
        Stepper(model, PLAIN, 0).backward(ROWS)
    assert all(parameter.grad is None or not parameter.grad.any() for parameter in model.parameters())


def test_other_errors_are_not_taken_for_a_lack_of_memory(base, monkeypatch):
    model = adapted(base)
    monkeypatch.setattr(model.get_base_model().base_model, "forward", lambda **_: (_ for _ in ()).throw(RuntimeError("shapes differ")))
    with pytest.raises(RuntimeError, match="shapes differ"):
        Stepper(model, PLAIN, 0).backward(ROWS)


def test_a_row_without_targets_is_refused_before_anything_is_computed(model):
    with pytest.raises(RenderError, match="row r has no targets"):
        Stepper(model, PLAIN, 0).backward([row([1, 2, 3], [])])
