"""Architectures: tiny models with random weights, one of each way in which attention, head or layers differ.

The adapter sits on every linear layer and is far from zero, so that the gradient of every one of its tensors says something.
"""

from collections.abc import Callable
from typing import Any

import torch
import transformers

from trainer.base.model import attach_lora
from trainer.config import LoraConfig

VOCABULARY = 320
WINDOW = 24
"""Of those that see only so far back: shorter than the rows."""
_MOST = 512
_BASICS: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": _MOST,
    "initializer_range": 0.08,
    "bos_token_id": None,
    "eos_token_id": 1,
    "pad_token_id": 0,
}
_SLIDING_THEN_FULL = ["sliding_attention", "full_attention", "sliding_attention"]
_EXPERTS = {"moe_intermediate_size": 32, "num_experts": 4, "num_experts_per_tok": 2}
_LINEAR = {
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 16,
    "linear_value_head_dim": 16,
    "layer_types": ["linear_attention", "full_attention", "linear_attention"],
}

ARCHITECTURES: dict[str, Callable[[], Any]] = {
    "qwen2": lambda: transformers.Qwen2Config(**_BASICS),
    "qwen2, tied head": lambda: transformers.Qwen2Config(**_BASICS, tie_word_embeddings=True),
    "llama": lambda: transformers.LlamaConfig(**_BASICS),
    "llama, long rope": lambda: transformers.LlamaConfig(
        **{**_BASICS, "max_position_embeddings": 4 * _MOST},
        rope_parameters={
            "rope_type": "llama3",
            "rope_theta": 10_000.0,
            "factor": 4.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 64,
        },
    ),
    "qwen3": lambda: transformers.Qwen3Config(**_BASICS, head_dim=16),
    "qwen3 moe": lambda: transformers.Qwen3MoeConfig(**_BASICS, head_dim=16, **_EXPERTS),
    "phi3": lambda: transformers.Phi3Config(**_BASICS),
    "mistral": lambda: transformers.MistralConfig(**_BASICS, sliding_window=None),
    "mistral, window": lambda: transformers.MistralConfig(**_BASICS, sliding_window=WINDOW),
    "gemma2": lambda: transformers.Gemma2Config(**_BASICS, head_dim=16, sliding_window=WINDOW, query_pre_attn_scalar=16),
    "gemma3": lambda: transformers.Gemma3TextConfig(
        **_BASICS, head_dim=16, sliding_window=WINDOW, query_pre_attn_scalar=16, layer_types=_SLIDING_THEN_FULL
    ),
    "granite": lambda: transformers.GraniteConfig(**_BASICS, logits_scaling=4.0, embedding_multiplier=2.0, residual_multiplier=0.5),
    "olmo2": lambda: transformers.Olmo2Config(**_BASICS),
    "gpt-oss": lambda: transformers.GptOssConfig(
        **_BASICS, head_dim=16, sliding_window=WINDOW, num_local_experts=4, num_experts_per_tok=2, layer_types=_SLIDING_THEN_FULL[:3]
    ),
    "lfm2": lambda: transformers.Lfm2Config(**_BASICS, layer_types=["conv", "full_attention", "conv"]),
    "qwen3-next": lambda: transformers.Qwen3NextConfig(**_BASICS, head_dim=16, **_LINEAR, **_EXPERTS, shared_expert_intermediate_size=32),
}


def make(name: str, dtype: torch.dtype = torch.float32, seed: int = 0) -> Any:
    """A model of that architecture with an adapter on all its linear layers."""
    torch.manual_seed(seed)
    base = transformers.AutoModelForCausalLM.from_config(ARCHITECTURES[name]()).to(dtype)
    head = base.get_output_embeddings()
    linear = {
        path.rpartition(".")[2] for path, module in base.named_modules() if isinstance(module, torch.nn.Linear) and module is not head
    }
    lora = LoraConfig(r=4, alpha=8, dropout=0.0, target_modules=tuple(sorted(linear)))
    model = attach_lora(base, lora, name, seed)
    chance = torch.Generator().manual_seed(seed)
    for weights in model.parameters():
        if weights.requires_grad:
            weights.data.copy_(torch.randn(weights.shape, generator=chance) * 0.08)
    return model
