"""Is training in bfloat16 as good as in float32? The loss curves of real trainings side by side, and how far gradients are off, and why.

A small model first reads one half of the conversations, so that its weights have structure; its weights are then rounded to bfloat16, as
published models are, and both precisions begin with the very same numbers. Each seed draws the adapter, the order of rows and the dropout,
and is trained twice through the trainer's own step. Every step of both sees the same rows.

Then the gradient of one step is held against float32's for each part of the model that could be computed in full, before the training and
after it, and against a model of random weights.

Reach: at every step of every seed the loss is within 1% of float32's, and the final validation loss is off by less than seeds differ.

    python -m benchmarks.train.bf16 [--steps 80] [--seeds 3] [--quick]
"""

import argparse
import random
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
import transformers

from benchmarks.train.arms.ours import hoped
from benchmarks.train.conversations import VOCABULARY, Material, material
from benchmarks.train.halves import CHOICES, HALF
from benchmarks.train.workloads import PAD
from trainer.base.model import attach_lora
from trainer.config import LoraConfig
from trainer.machine.hardware import usable_threads
from trainer.render import RenderedRow
from trainer.steps.loss import mean_loss
from trainer.steps.proof import prove
from trainer.steps.step import Stepper

CURVE = 0.01
ROWS_PER_STEP, LEARNING_RATE = 8, 1e-3
WINDOW, WINDOWS_PER_STEP = 256, 8


@dataclass(frozen=True, slots=True)
class Curve:
    """The losses of a training, step by step, and the validation loss at its end."""

    losses: list[float]
    val: float


def main() -> None:
    given = _arguments()
    torch.set_num_threads(usable_threads()[0])
    with_text = material()
    print(f"{with_text.says}: {len(with_text.train)} rows to train on, {len(with_text.val)} to validate with", flush=True)
    random_base = _base()
    base = _read(_base(), with_text, given.reading)
    missed = compare_curves(base, with_text, given.seeds, given.steps)
    compare_gradients(base, random_base, with_text, given.steps)
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


def compare_curves(base: Any, text: Material, seeds: int, steps: int) -> list[str]:
    """Train in both precisions with each seed and print how far they are apart; returned are the goals missed."""
    print(f"\n{'seed':6}{'first':>8}{'last':>8}{'largest':>10}{'mean':>8}{'val fp32':>10}{'val bf16':>10}   seconds")
    full, half, apart = [], [], []
    for seed in range(seeds):
        begun = time.perf_counter()
        full.append(train(base, torch.float32, text, seed, steps))
        between = time.perf_counter()
        half.append(train(base, HALF, text, seed, steps))
        each = [abs(other - own) / own for own, other in zip(full[-1].losses, half[-1].losses, strict=True)]
        apart.append(max(each))
        print(
            f"{seed:<6}{full[-1].losses[0]:8.3f}{full[-1].losses[-1]:8.3f}{max(each):10.2%}{statistics.mean(each):8.2%}"
            f"{full[-1].val:10.4f}{half[-1].val:10.4f}   fp32 {between - begun:.0f}, bf16 {time.perf_counter() - between:.0f}",
            flush=True,
        )
    noise = statistics.stdev(curve.val for curve in full) if seeds > 1 else float("nan")
    ends = [abs(other.val - own.val) for own, other in zip(full, half, strict=True)]
    print(f"end: off by {max(ends):.4f} nats at most; seeds differ by {noise:.4f} (standard deviation)")
    curve = [f"a curve is {max(apart):.2%} off, not {CURVE:.0%}"] if not max(apart) <= CURVE else []
    return curve + ([f"the end is {max(ends):.4f} off, and seeds differ by {noise:.4f}"] if seeds > 1 and not max(ends) < noise else [])


def train(base: Any, dtype: torch.dtype, text: Material, seed: int, steps: int) -> Curve:
    """A training of so many steps; its learning rate rises over a tenth of them and falls to nothing."""
    model = _with_adapter(base, dtype, seed).train()
    stepper = Stepper(model, prove(model, text.train, hoped(model), PAD), PAD)
    weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=LEARNING_RATE, weight_decay=0.01)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, steps // 10, steps)
    order, losses = _order(text.train, seed), []
    torch.manual_seed(seed)
    for _ in range(steps):
        losses.append(stepper.backward(next(order)).loss.item())
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return Curve(losses, mean_loss(stepper.losses(text.val)))


def compare_gradients(base: Any, random_base: Any, text: Material, steps: int) -> None:
    """Print how far the gradient of a step is from float32's, for each choice of what is computed in full."""
    # An adapter begins with half of its gradients at zero, so one that has moved is looked at.
    moved = _moved(_with_adapter(base, torch.float32, 0), text, steps)
    models = {"random weights": _with_adapter(random_base, torch.float32, 0), "trained": moved}
    print(f"\n{'gradient off from float32 by':30}" + "".join(f"{name:>18}" for name in models) + "   (of all, of the worst tensor)")
    rows = text.train[:ROWS_PER_STEP]
    expected = {name: gradient(model.eval(), rows) for name, model in models.items()}
    for choice, make in CHOICES.items():
        off = [_off(gradient(make(model).eval(), rows), expected[name]) for name, model in models.items()]
        print(f"{choice:30}" + "".join(f"{each:>18}" for each in off), flush=True)
    off = []
    for name, model in models.items():
        with torch.autocast("cpu", HALF):
            off.append(_off(gradient(model, rows), expected[name]))
    print(f"{'weights full, autocast':30}" + "".join(f"{each:>18}" for each in off))


def gradient(model: Any, rows: list[RenderedRow]) -> list[torch.Tensor]:
    """The gradient of a step by each trained tensor; nothing is dropped out."""
    model.zero_grad()
    stepper = Stepper(model, hoped(model), PAD)
    stepper.backward(rows)
    return [weights.grad.double().clone() for weights in model.parameters() if weights.requires_grad]


def _off(found: list[torch.Tensor], expected: list[torch.Tensor]) -> str:
    """How far all of it is off, and how far the worst tensor is; those that are zero on both sides say nothing."""
    apart = torch.stack([(one - other).norm() for one, other in zip(found, expected, strict=True)])
    norms = torch.stack([each.norm() for each in expected])
    worst = (apart / norms)[norms > 0].max()
    return f"{(apart.norm() / norms.norm()).item():.2%} / {worst.item():.1%}"


def _base() -> Any:
    torch.manual_seed(0)
    config = transformers.Qwen2Config(
        vocab_size=VOCABULARY,
        hidden_size=256,
        intermediate_size=768,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=2,
        pad_token_id=PAD,
    )
    return transformers.Qwen2ForCausalLM(config)


def _read(model: Any, text: Material, steps: int) -> Any:
    """Train all weights on the earlier conversations, then round them to what bfloat16 can say."""
    stream = torch.tensor([token for ids in text.earlier for token in ids])
    chance = torch.Generator().manual_seed(0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    schedule = transformers.get_cosine_schedule_with_warmup(optimizer, steps // 10, steps)
    begun, loss = time.perf_counter(), torch.zeros(())
    for _ in range(steps):
        starts = torch.randint(len(stream) - WINDOW, (WINDOWS_PER_STEP,), generator=chance)
        ids = torch.stack([stream[start : start + WINDOW] for start in starts.tolist()])
        loss = model(input_ids=ids, labels=ids, use_cache=False).loss
        loss.backward()
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    print(f"the base has read {len(stream)} tokens, loss {loss.item():.2f} ({time.perf_counter() - begun:.0f} s)", flush=True)
    return model.to(HALF).float()


def _with_adapter(base: Any, dtype: torch.dtype, seed: int) -> Any:
    fresh = type(base)(base.config)
    fresh.load_state_dict(base.state_dict())
    return attach_lora(fresh.to(dtype), LoraConfig(), "small", seed)


def _moved(model: Any, text: Material, steps: int) -> Any:
    stepper = Stepper(model.train(), hoped(model), PAD)
    weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer, order = torch.optim.AdamW(weights, lr=LEARNING_RATE), _order(text.train, 0)
    for _ in range(steps // 2):
        stepper.backward(next(order))
        optimizer.step()
        optimizer.zero_grad()
    return model


def _order(rows: list[RenderedRow], seed: int) -> Iterator[list[RenderedRow]]:
    chance = random.Random(seed)
    while True:
        shuffled = chance.sample(rows, len(rows))
        yield from (shuffled[start : start + ROWS_PER_STEP] for start in range(0, len(rows) - ROWS_PER_STEP + 1, ROWS_PER_STEP))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="training in bfloat16 beside float32")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=80, help="optimizer steps of each training")
    parser.add_argument("--reading", type=int, default=300, help="optimizer steps in which the base reads")
    parser.add_argument("--quick", action="store_true", help="a few steps of everything: to see that it runs")
    given = parser.parse_args()
    if given.quick:
        given.seeds, given.steps, given.reading = 2, 8, 20
    return given


if __name__ == "__main__":
    main()
