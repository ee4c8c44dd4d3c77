"""Step: forward and backward of one optimizer step, in as few passes as memory allows, with the same gradient however it is cut.

The loss of a step is the weighted mean of its targets' NLL: the sum of weight times NLL, divided by the sum of weights. Every pass is
divided by the sum of the whole step, so neither the size of passes nor their number changes what is learned. When memory runs out, the
step's gradients are dropped, the passes are halved, and the step is done again.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch

from agentlog.errors import TrainingStoppedError
from trainer.machine.execution import Execution
from trainer.render import RenderedRow
from trainer.steps.attention import NAME
from trainer.steps.data import Batch, flat_batch, insist_on_targets, padded_batch
from trainer.steps.loss import hidden_nll, logits_nll
from trainer.steps.narrow import narrowed
from trainer.steps.tree import flat_tokens, packed

_OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "out of memory")


@dataclass(frozen=True, slots=True)
class StepLoss:
    """What one step found: ``loss`` is the weighted mean NLL per target in nats, a scalar on the model's device."""

    loss: torch.Tensor
    targets: int
    tokens: int
    """Tokens that were computed, shared ones once, padding included."""
    passes: int


class Stepper:
    """Runs the steps of one model, with the layout and the head that an execution says.

    Args:
        model: a causal language model with an adapter on it, or without one for `losses` alone.
        execution: how it is carried out; ``batch_tokens`` is where passes begin.
        pad_id: fills padded batches; neither labels nor attention see it.
        on_smaller: is told the new ``batch_tokens`` when memory ran out.
    """

    def __init__(self, model: Any, execution: Execution, pad_id: int, on_smaller: Callable[[int], None] = lambda tokens: None) -> None:
        self.batch_tokens = execution.batch_tokens
        self._model = model
        self._flat = execution.layout == "flat"
        self._fused = execution.head == "targets"
        self._pad_id = pad_id
        self._on_smaller = on_smaller
        self._causal = model.get_base_model() if hasattr(model, "get_base_model") else model
        self._own_attention = self._causal.config._attn_implementation

    def backward(self, rows: Sequence[RenderedRow]) -> StepLoss:
        """Add the gradients of one step to those of the model's parameters.

        Raises:
            TrainingStoppedError: memory ran out even for one row at a time.
        """
        insist_on_targets(rows)
        drawn = _random_state(self._model.device)
        while True:
            try:
                with self._attending():
                    return self._backward(rows)
            except RuntimeError as error:
                if not _is_out_of_memory(error):
                    raise
            # Out here the failed pass is no longer held by the exception, so its memory is free again.
            self._smaller(rows)
            # What is dropped out is drawn anew from where the step began: as if its passes had been this small at once.
            _put_back(self._model.device, drawn)

    def tokens(self, rows: Sequence[RenderedRow]) -> int:
        """How many tokens a step over these rows computes, shared ones once, padding included."""
        groups = [[rows[place] for place in group] for group in self._passes(rows)]
        if self._flat:
            return sum(flat_tokens(group) for group in groups)
        return sum(len(group) * max(len(row.input_ids) for row in group) for group in groups)

    def losses(self, rows: Sequence[RenderedRow]) -> list[tuple[float, int]]:
        """For every row, the sum of its targets' NLL in nats and how many targets it has; nothing is dropped out."""
        return [(nll.double().sum().item(), len(nll)) for nll in self.token_nll(rows)]

    @torch.no_grad()
    def token_nll(self, rows: Sequence[RenderedRow]) -> list[torch.Tensor]:
        """For every row, the NLL of each of its targets in nats, in their order."""
        was_training = self._model.training
        self._model.eval()
        found: dict[int, torch.Tensor] = {}
        try:
            with self._attending():
                for group in self._passes(rows):
                    batch = self._batch([rows[place] for place in group])
                    with self._narrowed(batch):
                        nll = self._nll(batch)
                    found.update((place, nll[batch.rows == at]) for at, place in enumerate(group))
        finally:
            self._model.train(was_training)
        return [found[place] for place in range(len(rows))]

    def _backward(self, rows: Sequence[RenderedRow]) -> StepLoss:
        total = sum(row.weight * row.targets for row in rows)
        loss = torch.zeros((), device=self._model.device)
        targets = tokens = passes = 0
        for group in self._passes(rows):
            batch = self._batch([rows[place] for place in group])
            with self._narrowed(batch):
                part = self._nll(batch, batch.weights / total).sum()
                part.backward()  # type: ignore[no-untyped-call]
            loss += part.detach()
            targets, tokens, passes = targets + batch.targets, tokens + batch.tokens, passes + 1
        return StepLoss(loss, targets, tokens, passes)

    def _passes(self, rows: Sequence[RenderedRow]) -> list[list[int]]:
        if self._flat:
            return list(packed(rows, self.batch_tokens))
        groups: list[list[int]] = []
        for place in sorted(range(len(rows)), key=lambda place: len(rows[place].input_ids)):
            # Sorted by length, so the last of a group is its longest.
            if groups and (len(groups[-1]) + 1) * len(rows[place].input_ids) <= self.batch_tokens:
                groups[-1].append(place)
            else:
                groups.append([place])
        return groups

    def _batch(self, rows: Sequence[RenderedRow]) -> Batch:
        if self._flat:
            return flat_batch(rows, self._causal.dtype, self._model.device)
        return padded_batch(rows, self._pad_id, self._model.device)

    def _nll(self, batch: Batch, scale: torch.Tensor | None = None) -> torch.Tensor:
        """The NLL of each target, times its scale where one is given."""
        if self._fused:
            hidden = self._causal.base_model(**batch.inputs, use_cache=False).last_hidden_state.flatten(0, 1)[batch.sources]
            return hidden_nll(hidden, self._causal.get_output_embeddings(), batch.labels, scale)
        nll = logits_nll(self._logits(batch), batch.labels)
        return nll if scale is None else nll * scale

    def _logits(self, batch: Batch) -> torch.Tensor:
        if self._flat:
            kept, places = torch.unique(batch.sources, return_inverse=True)
            logits: torch.Tensor = self._causal(**batch.inputs, use_cache=False, logits_to_keep=kept).logits[0, places]
            return logits
        return self._causal(**batch.inputs, use_cache=False).logits.flatten(0, 1)[batch.sources]  # type: ignore[no-any-return]

    @contextmanager
    def _attending(self) -> Iterator[None]:
        # Around the backward pass too: with gradient checkpointing it runs the forward pass once more.
        if not self._flat:
            yield
            return
        self._causal.set_attn_implementation(NAME)
        try:
            yield
        finally:
            self._causal.set_attn_implementation(self._own_attention)

    def _narrowed(self, batch: Batch) -> AbstractContextManager[None]:
        return narrowed(self._causal, torch.unique(batch.sources)) if self._fused else nullcontext()

    def _smaller(self, rows: Sequence[RenderedRow]) -> None:
        self._model.zero_grad()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if len(self._passes(rows)) == len(rows):
            longest = max(len(row.input_ids) for row in rows)
            raise TrainingStoppedError(
                f"memory ran out on single rows, the longest of {longest} tokens; the weights are unchanged: "
                "set gradient_checkpointing: on, or a smaller max_length with overlong: window, or quantize: nf4, and start again"
            )
        self.batch_tokens = max(1, self.batch_tokens // 2)
        self._on_smaller(self.batch_tokens)


def _random_state(device: torch.device) -> torch.Tensor:
    return torch.cuda.get_rng_state(device) if device.type == "cuda" else torch.get_rng_state()


def _put_back(device: torch.device, state: torch.Tensor) -> None:
    if device.type == "cuda":
        torch.cuda.set_rng_state(state, device)
    else:
        torch.set_rng_state(state)


def _is_out_of_memory(error: RuntimeError) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or any(words in str(error) for words in _OUT_OF_MEMORY)
