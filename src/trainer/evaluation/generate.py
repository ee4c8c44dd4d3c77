"""Generate: greedy answers in batches, from the very prompts that training renders.

Prompts are padded on the left, answers end at a stop token, and no sampling setting of the base's generation configuration (temperature,
repetition penalty) gets a say: the same model gives the same answers.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import transformers

from trainer.render.template import Tokenizer


@dataclass(frozen=True, slots=True)
class Answer:
    """One generated answer: its text without the stop token, and how many tokens were generated, the stop token included."""

    text: str
    tokens: int
    stopped: bool
    """Whether it ended by itself, and not by the limit."""
    ids: list[int] = field(default_factory=list)
    """Its tokens, the stop token included."""


@dataclass(frozen=True, slots=True)
class Generator:
    """How answers are made; models come as arguments."""

    tokenizer: Tokenizer
    stop_ids: list[int]
    pad_id: int

    @torch.no_grad()
    def answers(
        self, model: Any, prompts: Sequence[list[int]], max_new_tokens: int, stop: Callable[[], bool] = lambda: False
    ) -> list[Answer]:
        """One answer per prompt, in the order of the prompts, generated as one batch; cut off once ``stop`` says so."""
        longest = max(map(len, prompts))
        ids = [[self.pad_id] * (longest - len(prompt)) + prompt for prompt in prompts]
        mask = [[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts]
        was_training = model.training
        model.eval()
        try:
            produced = model.generate(
                input_ids=torch.tensor(ids, device=model.device),
                attention_mask=torch.tensor(mask, device=model.device),
                generation_config=self._greedy(max_new_tokens),
                stopping_criteria=transformers.StoppingCriteriaList([_Asked(stop)]),
            )
        finally:
            model.train(was_training)
        return [self._answer(row) for row in produced[:, longest:].tolist()]

    def timed(self, model: Any, prompts: Sequence[list[int]], max_new_tokens: int, batch_size: int) -> tuple[list[Answer], float]:
        """All answers, batch by batch, and the seconds they took; prompts of like length share a batch."""
        order = sorted(range(len(prompts)), key=lambda position: len(prompts[position]))
        found: dict[int, Answer] = {}
        start = time.perf_counter()
        for first in range(0, len(order), batch_size):
            batch = order[first : first + batch_size]
            found.update(zip(batch, self.answers(model, [prompts[position] for position in batch], max_new_tokens), strict=True))
        seconds = time.perf_counter() - start
        return [found[position] for position in range(len(prompts))], seconds

    def text(self, ids: list[int]) -> str:
        """The text of an answer, without the stop token and what may follow it."""
        end = next((position for position, token in enumerate(ids) if token in self.stop_ids), len(ids))
        return str(self.tokenizer.decode(ids[:end], skip_special_tokens=False))

    def _greedy(self, max_new_tokens: int) -> Any:
        return transformers.GenerationConfig(
            max_new_tokens=max_new_tokens,
            do_sample=False,
            num_beams=1,
            repetition_penalty=1.0,
            eos_token_id=self.stop_ids,
            pad_token_id=self.pad_id,
        )

    def _answer(self, ids: list[int]) -> Answer:
        end = next((position for position, token in enumerate(ids) if token in self.stop_ids), None)
        tokens = len(ids) if end is None else end + 1
        return Answer(self.text(ids), tokens, end is not None, ids[:tokens])


class _Asked(transformers.StoppingCriteria):  # type: ignore[misc]
    """Ends every answer once someone asks for it, between two tokens."""

    def __init__(self, stop: Callable[[], bool]) -> None:
        self._stop = stop

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> torch.Tensor:
        return torch.full((len(input_ids),), bool(self._stop()), device=input_ids.device, dtype=torch.bool)
