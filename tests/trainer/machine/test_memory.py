"""Memory: what is free is the least of all limits, what is needed is measured, and what does not fit is refused with a way out."""

import contextlib

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from agentlog.errors import TrainingRefusedError
from tests.trainer.machine.test_hardware import machine
from trainer.base.model import attach_lora, load_base
from trainer.checklist import Checklist
from trainer.config import LoraConfig, TrainConfig
from trainer.machine import memory
from trainer.machine.execution import Execution
from trainer.machine.memory import Available, Footprint, available, fit, measure

PRINT = Footprint(fixed=1000, vocabulary=0, per_token=100, per_square=0, checkpointed=10)
HOPED = Execution(
    device="cpu", dtype="float32", threads=1, layout="flat", head="targets", batch_tokens=1, gradient_checkpointing=False, reasons={}
)


@pytest.fixture
def model(base):
    return attach_lora(load_base(base, "float32"), LoraConfig(), "tiny", 0)


def settle(monkeypatch, free: int | None, longest: int, **settings) -> Execution:
    monkeypatch.setattr(memory, "available", lambda: Available(free, "this machine"))
    return fit(TrainConfig(role="coder", base_model="base", **settings), PRINT, [5, longest], HOPED)


def refused(*args, **settings) -> str:
    with pytest.raises(TrainingRefusedError) as raised:
        settle(*args, **settings)
    return str(raised.value)


@pytest.mark.skipif(torch.cuda.is_available(), reason="of a GPU another memory is asked")
def test_the_least_of_all_limits_is_what_is_free(tmp_path):
    root = machine(tmp_path, {}, memory_max="5000000", memory_current="3000000", memory_stat="anon 7\ninactive_file 1000000")
    (root / "proc/meminfo").write_text("MemTotal: 99 kB\nMemAvailable: 1000000 kB\n")
    assert available(root) == Available(3_000_000, "the container's limit")
    (root / "sys/fs/cgroup/outer/inner/memory.max").write_text("max\n")
    assert available(root) == Available(1_024_000_000, "this machine")


@pytest.mark.skipif(torch.cuda.is_available(), reason="of a GPU another memory is asked")
def test_the_group_around_a_group_counts_too(tmp_path):
    root = machine(tmp_path, {}, memory_max="max", memory_current="1")
    (root / "proc/meminfo").write_text("MemAvailable: 1000000 kB\n")
    (root / "sys/fs/cgroup/outer/memory.max").write_text("700")
    (root / "sys/fs/cgroup/outer/memory.current").write_text("300")
    assert available(root) == Available(400, "the container's limit")


def test_this_machine_says_what_is_free():
    assert (available().bytes or 0) > 0


def test_what_autograd_keeps_grows_with_the_tokens_as_measured(model):
    """The prediction for a length that was not measured is what a pass of that length keeps, apart from what passes for a moment."""
    found = measure(model, 200)
    layer = (memory._kept(model, 200) / 200) / 2
    assert found.per_token == pytest.approx(memory._kept(model, 200) / 200 + 2 * layer, rel=0.03)
    assert found.per_square == pytest.approx(0, abs=1)
    assert found.checkpointed < found.per_token


def test_attention_that_keeps_a_matrix_is_found(base):
    model = load_base(base, "float32")
    model.set_attn_implementation("eager")
    found = measure(attach_lora(model, LoraConfig(), "tiny", 0), 200)
    assert found.per_square >= 2 * 4 * 4  # two layers of four heads, a float32 for each pair of tokens


def test_measuring_changes_neither_random_state_nor_gradients(model):
    before = torch.get_rng_state()
    measure(model, 100)
    assert torch.equal(before, torch.get_rng_state())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_plenty_of_memory_needs_no_checkpointing_and_no_endless_pass(monkeypatch):
    found = settle(monkeypatch, 10**12, 3000)
    assert (found.batch_tokens, found.gradient_checkpointing) == (
        memory._MOST_TOKENS["cuda" if torch.cuda.is_available() else "cpu"],
        False,
    )
    assert "fits without it" in found.reasons["gradient_checkpointing"]


def test_checkpointing_is_switched_on_only_when_the_longest_row_asks_for_it(monkeypatch):
    free = int(PRINT.need(1000, checkpointing=False) / 0.9) + 1
    assert settle(monkeypatch, free, 1000).gradient_checkpointing is False
    found = settle(monkeypatch, free - 200, 1000)
    assert found.gradient_checkpointing is True
    assert "the longest row (1,000 tokens) needs" in found.reasons["gradient_checkpointing"]


def test_a_row_that_does_not_fit_is_refused_with_the_length_that_would(monkeypatch):
    words = refused(monkeypatch, 100_000, 50_000)
    most = PRINT.most_tokens(90_000, checkpointing=True)
    assert "the longest row (50,000 tokens)" in words
    assert "even with gradient checkpointing" in words
    assert f"max_length {most} with overlong: window would fit" in words
    assert "quantize: nf4" in words


def test_a_refusal_is_a_point_of_the_checklist(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: Available(100_000, "this machine"))
    checklist = Checklist()
    with pytest.raises(TrainingRefusedError):
        fit(TrainConfig(role="coder", base_model="base"), PRINT, [5, 50_000], HOPED, checklist)
    (point,) = checklist.refusals
    assert point.name == "memory of a pass"
    assert "this machine" in point.value
    assert "max_length" in point.advice


def test_without_checkpointing_the_refusal_says_what_would_need_less(monkeypatch):
    assert "gradient_checkpointing: auto needs less" in refused(monkeypatch, 100_000, 5_000, gradient_checkpointing="off")


def test_a_pass_that_was_asked_for_and_does_not_fit_is_refused(monkeypatch):
    assert "batch_tokens 712 would fit" in refused(monkeypatch, 100_000, 10, batch_tokens=9999)


def test_where_the_system_says_nothing_the_reason_says_so(monkeypatch):
    found = settle(monkeypatch, None, 300)
    assert (found.batch_tokens, found.gradient_checkpointing) == (2048, False)
    assert "does not say" in found.reasons["batch_tokens"]


@given(
    free=st.integers(10**4, 10**9),
    longest=st.integers(1, 4000),
    batch=st.none() | st.integers(1, 4000),
    checkpointing=st.sampled_from(["auto", "on", "off"]),
)
def test_whatever_is_settled_fits(free, longest, batch, checkpointing):
    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(TrainingRefusedError):
        found = settle(patch, free, longest, batch_tokens=batch, gradient_checkpointing=checkpointing)
        assert PRINT.need(max(longest, found.batch_tokens), found.gradient_checkpointing) <= 0.9 * free
        assert found.batch_tokens >= longest or batch is not None
