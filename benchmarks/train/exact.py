"""Loss and gradients of the trainer's own step beside a plain padded reference in float32, on many architectures and shapes of rows.

The reference knows nothing of ours: it pads, runs the model's own forward over everything, and takes PyTorch's cross entropy over the
targets. Ours is carried out as its own proof decides for that model and these rows: flat where that is exact, padded where it is not.
Compared are the loss and, tensor by tensor, the gradient of the adapter; where float64 can be had, it tells how far the reference itself
is off.

Reach: loss within 1e-4, each gradient within 1e-5 of the reference's norm.

    python -m benchmarks.train.exact
"""

import copy
import math
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch.nn.functional import cross_entropy

from benchmarks.train.architectures import ARCHITECTURES, VOCABULARY, make
from benchmarks.train.arms.ours import hoped
from benchmarks.train.workloads import PAD
from trainer.machine.execution import Execution
from trainer.render import NO_LOSS, RenderedRow
from trainer.steps.proof import prove
from trainer.steps.step import Stepper

LOSS, GRADIENT = 1e-4, 1e-5
FEW_TOKENS = 150
"""A pass of so many cuts most sets of rows into several."""


def apart(chance: random.Random) -> list[RenderedRow]:
    """Rows with nothing in common, of several answers each."""
    return [_row(_words(chance, chance.randint(2, 9)), chance, turns=chance.randint(1, 4)) for _ in range(5)]


def one_role(chance: random.Random) -> list[RenderedRow]:
    """Rows that begin with the same system prompt."""
    system = _words(chance, 40)
    return [_row(system, chance, turns=chance.randint(1, 3)) for _ in range(5)]


def long_branches(chance: random.Random) -> list[RenderedRow]:
    """The same with questions so long that each branch attends twice."""
    system = _words(chance, 40)
    return [_row(system + _words(chance, 270), chance, turns=1) for _ in range(3)]


def branches(chance: random.Random) -> list[RenderedRow]:
    """A session that went on in several ways from several places."""
    trunk = _row(_words(chance, 20), chance, turns=4)
    cuts = [chance.randint(10, len(trunk.input_ids) - 1) for _ in range(4)]
    return [trunk, *(_row(trunk.input_ids[:cut], chance, turns=1) for cut in cuts)]


def rewritten(chance: random.Random) -> list[RenderedRow]:
    """Calls whose thoughts a template leaves out of later history: each is a row, and none is the beginning of another."""
    history, rows = _words(chance, 20), []
    for _ in range(5):
        history = history + _words(chance, 6)
        thought, answer = _words(chance, 12), _words(chance, 5)
        rows.append(_labelled(history, thought + answer))
        history = history + answer
    return rows


def nested(chance: random.Random) -> list[RenderedRow]:
    """A row twice, and a row that is the beginning of another."""
    row = _row(_words(chance, 20), chance, turns=3)
    end = max(place for place, label in enumerate(row.labels[:-1]) if label != NO_LOSS)
    return [row, replace(row), RenderedRow(row.input_ids[:end], row.labels[:end], "beginning", (2,))]


def weighted(chance: random.Random) -> list[RenderedRow]:
    """Rows that count differently."""
    return [replace(row, weight=weight) for row, weight in zip(one_role(chance), (0.25, 1.0, 3.0, 0.5, 2.0), strict=True)]


ROWS: dict[str, Callable[[random.Random], list[RenderedRow]]] = {
    made.__name__: made for made in (apart, one_role, long_branches, branches, rewritten, nested, weighted)
}


@dataclass(frozen=True, slots=True)
class Found:
    """A loss, and the gradient of each tensor of the adapter."""

    loss: float
    gradients: dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Difference:
    """The worst of a comparison: of the losses, and of a gradient in proportion to its norm."""

    loss: float
    gradient: float
    where: str = ""

    @property
    def missed(self) -> bool:
        """Whether one is more than allowed; what is not a number is."""
        return not (self.loss <= LOSS and self.gradient <= GRADIENT)

    def and_(self, other: "Difference") -> "Difference":
        """The worse of both, each by itself; what is not a number stays."""
        loss, gradient = torch.tensor([[self.loss, other.loss], [self.gradient, other.gradient]]).amax(dim=1).tolist()
        return Difference(loss, gradient)


def reference(model: Any, rows: list[RenderedRow]) -> Found:
    """Rows padded to the longest, the model's own logits everywhere, and cross entropy over the targets."""
    model.zero_grad()
    length = max(len(row.input_ids) for row in rows)
    ids = torch.tensor([row.input_ids + [PAD] * (length - len(row.input_ids)) for row in rows])
    labels = torch.tensor([row.labels + [NO_LOSS] * (length - len(row.labels)) for row in rows])
    mask = torch.tensor([[1] * len(row.input_ids) + [0] * (length - len(row.input_ids)) for row in rows])
    logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1]
    each = cross_entropy(logits.transpose(1, 2), labels[:, 1:], ignore_index=NO_LOSS, reduction="none").sum(dim=1)
    weights = torch.tensor([row.weight for row in rows], dtype=each.dtype)
    counts = torch.tensor([row.targets for row in rows], dtype=each.dtype)
    loss = (each * weights).sum() / (weights * counts).sum()
    torch.autograd.backward(loss)
    return Found(loss.item(), _gradients(model))


def ours(model: Any, rows: list[RenderedRow], way: Execution) -> Found:
    """The trainer's own step."""
    model.zero_grad()
    stepper = Stepper(model, way, PAD)
    loss = stepper.backward(rows).loss.item()
    return Found(loss, _gradients(model))


def difference(found: Found, expected: Found) -> Difference:
    """How far apart they are, tensor by tensor."""
    if found.gradients.keys() != expected.gradients.keys():
        return Difference(float("nan"), float("nan"), "tensors without a gradient")
    parts = {name: _relative(found.gradients[name], gradient) for name, gradient in expected.gradients.items()}
    worst = max(parts, key=lambda name: parts[name])
    return Difference(abs(found.loss - expected.loss), parts[worst], worst)


def main() -> None:
    print(f"{'model':18}{'layout, head':17}{'loss':>10}{'gradient':>10}{'reference':>11}   worst set of rows")
    missed = [name for name in ARCHITECTURES if not check(name)]
    print(f"{len(ARCHITECTURES)} models, {len(ROWS)} sets of rows each, in one pass and in several; allowed: {LOSS:g} and {GRADIENT:g}")
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


def check(name: str) -> bool:
    """Whether a model's losses and gradients are right; its line is printed."""
    model = make(name).train()
    worst, at, own = Difference(0.0, 0.0), "", 0.0
    ways: set[str] = set()
    for kind, rows_of in ROWS.items():
        rows = rows_of(random.Random(f"{name}:{kind}"))
        expected = reference(model, rows)
        own = max(own, rounding(model, rows, expected))
        way = prove(model, rows, hoped(model), PAD)
        ways.add(f"{way.layout}, {way.head}")
        for tokens in (1 << 14, FEW_TOKENS):
            found = difference(ours(model, rows, way.model_copy(update={"batch_tokens": tokens})), expected)
            if not found.gradient <= worst.gradient:
                at = f"{kind}, {found.where.removeprefix('base_model.model.')}"
            worst = worst.and_(found)
    exact = f"{own:11.1e}" if own else f"{'-':>11}"
    print(f"{name:18}{' / '.join(sorted(ways)):17}{worst.loss:10.1e}{worst.gradient:10.1e}{exact}   {at}", flush=True)
    return not worst.missed


def rounding(model: Any, rows: list[RenderedRow], expected: Found) -> float:
    """How far the reference's own gradients are from those in float64; nothing where the model cannot compute in that."""
    try:
        own = difference(expected, reference(copy.deepcopy(model).double(), rows)).gradient
    except RuntimeError:
        return 0.0
    return own if math.isfinite(own) else 0.0


def _gradients(model: Any) -> dict[str, torch.Tensor]:
    return {name: weights.grad.clone() for name, weights in model.named_parameters() if weights.grad is not None}


def _relative(found: torch.Tensor, expected: torch.Tensor) -> float:
    norm: float = expected.double().norm().item()
    apart: float = (found.double() - expected.double()).norm().item()
    return apart / norm if norm else apart


def _row(start: list[int], chance: random.Random, turns: int) -> RenderedRow:
    ids, labels = list(start), [NO_LOSS] * len(start)
    for _ in range(turns):
        asked, answer = _words(chance, chance.randint(3, 12)), _words(chance, chance.randint(2, 10))
        ids += asked + answer
        labels += [NO_LOSS] * len(asked) + answer
    return RenderedRow(ids, labels, f"row-{chance.random()}", (2,))


def _labelled(prompt: list[int], target: list[int]) -> RenderedRow:
    return RenderedRow(prompt + target, [NO_LOSS] * len(prompt) + target, f"row-{len(prompt)}", (2,))


def _words(chance: random.Random, number: int) -> list[int]:
    return [chance.randrange(2, VOCABULARY) for _ in range(number)]


if __name__ == "__main__":
    main()
