"""Execution: how a run is carried out on this machine. None of it changes what is learned, apart from rounding.

Decided once, by measurement and proof, before the first step; kept in the run's folder, so that a resumed run goes on as it began, and
on the adapter's card, so that it can be trained again.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Execution(BaseModel):
    """What was decided, and why."""

    model_config = ConfigDict(frozen=True)

    device: str
    """``cpu`` or ``cuda``, with its name."""
    dtype: Literal["float32", "bfloat16"]
    quantized: Literal["nf4"] | None = None
    threads: int
    layout: Literal["flat", "padded"]
    """``flat``: rows stand one after another without padding, shared beginnings once, attention inside each row. ``padded``: the usual."""
    head: Literal["targets", "model"]
    """``targets``: the loss is computed from the hidden states of target positions. ``model``: by the model's own forward, there only."""
    batch_tokens: int
    """The most tokens of one pass, as the run begins."""
    halved: dict[int, int] = {}
    """Where memory ran out: from which step on passes had how many tokens at most. Done again, the same passes give the same bits."""
    gradient_checkpointing: bool
    reasons: dict[str, str] = {}
    """Why, in words, for each of the fields above that was not simply asked for."""

    def tokens_at(self, step: int) -> int:
        """The most tokens of one pass in a step, which count from 1."""
        return min([self.batch_tokens, *(tokens for since, tokens in self.halved.items() if since <= step)])

    @property
    def least_tokens(self) -> int:
        """The most tokens of one pass that were never too many."""
        return min([self.batch_tokens, *self.halved.values()])
