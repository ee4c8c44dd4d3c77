"""The tiny base: a real Qwen2 model with a tokenizer and chat template of its own, made on the spot from `base_text`.

A million and a half parameters and about a minute and a half of training give it a feeling for Python's spelling, for the form of a chat
and for repeating what it was told, so that an adapter has something to adapt. It can do no task. The same seed, thread count and machine
give the same weights. It is saved as any Hugging Face model is: a folder with safetensors, tokenizer, template and generation config.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GenerationConfig, PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM
from transformers.utils import logging

from examples.team.base_settings import BaseSettings
from examples.team.base_start import GROUPS, ROPE_THETA, look_back
from examples.team.base_text import chats, documents

_TEMPLATE = Path(__file__).with_name("chat_template.jinja")
_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
_PIECES = r"[A-Za-z]+|[0-9]| (?:[=<>!+*/%-]=?|==) |[,:] |[^\sA-Za-z0-9]|\n+ *| +"
"""A word never takes in the blank or sign beside it, so that a name is spelled alike in a sentence, in a call and in code."""
_WARM_UP = 15
"""One step in so many is spent on letting the learning rate rise."""
_ATTENTION_RATE, _EMBEDDING_RATE = 0.1, 0.5
"""Shares of the learning rate for what `look_back` has set, and for the embeddings that it relies on: faster would undo it."""


@dataclass(frozen=True)
class Base:
    """What was made: its size in parameters, and its training loss step by step."""

    parameters: int
    losses: list[float]


def make_base(folder: Path, settings: BaseSettings) -> Base:
    """Make the base and save it in a folder. Losses are in nats per token."""
    torch.manual_seed(settings.seed)
    tokenizer = make_tokenizer(settings)
    model = Qwen2ForCausalLM(_config(settings, tokenizer))
    look_back(model)
    losses = _pretrain(model, _batches(tokenizer, settings), settings)
    model.generation_config = GenerationConfig(
        eos_token_id=tokenizer.convert_tokens_to_ids("<|im_end|>"), pad_token_id=tokenizer.pad_token_id, do_sample=False
    )
    logging.disable_progress_bar()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return Base(model.num_parameters(), losses)


def make_tokenizer(settings: BaseSettings) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer that has learned its merges from the base's own text."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(_PIECES), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    bpe.decoder = decoders.ByteLevel()
    talk = (message["content"] for chat in islice(chats(settings.seed), settings.texts) for message in chat)
    text = chain(islice(documents(settings.seed), settings.texts), talk)
    trainer = trainers.BpeTrainer(
        vocab_size=settings.vocabulary,
        special_tokens=_SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(text, trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token="<|im_end|>", pad_token="<|endoftext|>", model_max_length=4096)
    tokenizer.chat_template = _TEMPLATE.read_text(encoding="utf-8")
    return tokenizer


def _config(settings: BaseSettings, tokenizer: PreTrainedTokenizerFast) -> Qwen2Config:
    return Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=settings.hidden,
        intermediate_size=3 * settings.hidden,
        num_hidden_layers=settings.layers,
        num_attention_heads=settings.heads,
        num_key_value_heads=GROUPS,
        max_position_embeddings=4096,
        rope_parameters={"rope_type": "default", "rope_theta": ROPE_THETA},
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )


def _batches(tokenizer: PreTrainedTokenizerFast, settings: BaseSettings) -> Iterator[torch.Tensor]:
    """Documents and chats in turn, one after the other, cut into rows: ``(rows, length)`` token ids."""
    written = (f"{text}<|endoftext|>" for text in documents(settings.seed + 1))
    spoken = (tokenizer.apply_chat_template(chat, tokenize=False) for chat in chats(settings.seed + 1))
    texts = chain.from_iterable(zip(written, spoken, strict=False))
    wanted, stream = settings.rows * settings.length, []
    for text in texts:
        stream.extend(tokenizer(text, add_special_tokens=False)["input_ids"])
        if len(stream) >= wanted:
            yield torch.tensor(stream[:wanted]).view(settings.rows, settings.length)
            stream = []


def _pretrain(model: Qwen2ForCausalLM, batches: Iterator[torch.Tensor], settings: BaseSettings) -> list[float]:
    optimizer = torch.optim.AdamW(_groups(model, settings.learning_rate), weight_decay=0.05, betas=(0.9, 0.95))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _share(step, settings.steps))
    losses = []
    model.train()
    for batch in islice(batches, settings.steps):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = model(input_ids=batch).logits
        loss = torch.nn.functional.cross_entropy(scores[:, :-1].flatten(0, 1).float(), batch[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    model.eval()
    return losses


def _groups(model: Qwen2ForCausalLM, rate: float) -> list[dict[str, Any]]:
    """The parameters and their learning rates."""
    attention = [weight for layer in model.model.layers[:2] for weight in layer.self_attn.parameters()]
    embedding = [model.model.embed_tokens.weight]
    set_apart = {id(weight) for weight in attention + embedding}
    rest = [weight for weight in model.parameters() if id(weight) not in set_apart]
    return [
        {"params": attention, "lr": _ATTENTION_RATE * rate},
        {"params": embedding, "lr": _EMBEDDING_RATE * rate},
        {"params": rest, "lr": rate},
    ]


def _share(step: int, steps: int) -> float:
    """The share of the learning rate at a step: up in the warm-up, level to the middle, then down along a cosine."""
    fall = max(0.0, 2 * step / steps - 1)
    return min(1.0, (step + 1) * _WARM_UP / steps) * (0.02 + 0.98 * (1 + math.cos(math.pi * fall)) / 2)
