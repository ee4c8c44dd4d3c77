"""Shapes: models of Qwen2's proportions with random weights, as large as a laptop can train.

Speed does not depend on what the weights are. The shapes are those of Qwen2 with eight layers: the larger one is Qwen2-0.5B with a third
of its layers, the smaller one has a vocabulary as Llama 2 has it.
"""

from dataclasses import dataclass
from typing import Any

import torch
import transformers

from trainer.base.model import attach_lora
from trainer.config import LoraConfig


@dataclass(frozen=True, slots=True)
class Shape:
    """One model."""

    name: str
    hidden: int
    feed_forward: int
    heads: int
    key_value_heads: int
    vocabulary: int
    layers: int = 8

    def __str__(self) -> str:
        return f"Qwen2, {self.layers} layers, d={self.hidden}, V={self.vocabulary}"


SMALL = Shape("small", 512, 2816, 8, 2, 32_000)
LARGE = Shape("large", 896, 4864, 14, 2, 151_936)
SHAPES = {shape.name: shape for shape in (SMALL, LARGE)}
LORA = LoraConfig()
"""The library's own default, for every arm."""


def config_of(shape: Shape) -> Any:
    """The configuration of a model of that shape."""
    return transformers.Qwen2Config(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.feed_forward,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.key_value_heads,
        max_position_embeddings=32_768,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=1,
        pad_token_id=0,
    )


def make_model(shape: Shape, dtype: torch.dtype) -> Any:
    """A fresh model of that shape with an adapter on it; the same weights for the same shape, apart from rounding."""
    torch.manual_seed(0)
    return attach_lora(transformers.Qwen2ForCausalLM(config_of(shape)).to(dtype), LORA, str(shape), seed=0)
