"""Conversations: real text to train on for a few minutes, as rendered rows with a tokenizer of their own.

Where the labelled sets lie beside the checkout, these are the airline agent's runs of tau-bench, without its system prompt, a call of a
tool written as text, in pieces of some 2,400 characters. Elsewhere they are Python's own library: asked is a function's signature and
description, answered its code.
"""

import ast
import json
import random
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tokenizers
import transformers

from agentlog.schema.sample import Sample
from benchmarks.scrub.material import labelled
from trainer.render import RenderedRow, render_sample

_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
_CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
VOCABULARY = 1024
_MOST_CHARACTERS = 2400
_RUNS = "taubench-gpt-4o-airline.even-tasks.json.gz"
Messages = list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class Material:
    """Rows to train on and to validate with, text that came before both, and what it is."""

    says: str
    tokenizer: Any
    earlier: list[list[int]]
    """Token ids of conversations that neither split holds: what a base has read."""
    train: list[RenderedRow]
    val: list[RenderedRow]


def material(seed: int = 0) -> Material:
    """Half of the conversations for a base to read, the rest to train on and to validate with."""
    folder = labelled.folder()
    said = f"tau-bench, {_RUNS}" if folder else f"the library of Python {sys.version.split()[0]}"
    found = _runs(folder / "trajectories" / _RUNS) if folder else _library()
    random.Random(seed).shuffle(found)
    half, rest = found[: len(found) // 2], found[len(found) // 2 :]
    tokenizer = _tokenizer(["\n".join(message["content"] for message in messages) for messages in half])
    earlier = [tokenizer(tokenizer.apply_chat_template(messages, tokenize=False))["input_ids"] for messages in half]
    rows = [row for number, messages in enumerate(rest) for row in render_sample(_sample(number, messages), tokenizer)]
    split = len(rows) * 4 // 5
    return Material(said, tokenizer, earlier, rows[:split], rows[split:])


def _runs(file: Path) -> list[Messages]:
    return [piece for _, runs in labelled.values(file) for run in runs for piece in _pieces(run["traj"])]


def _pieces(run: list[dict[str, Any]]) -> list[Messages]:
    """A run in pieces of so many characters, each beginning with what is asked and ending with an answer."""
    pieces: list[Messages] = [[]]
    for message in run[1:]:
        content = message.get("content") or json.dumps([call["function"] for call in message.get("tool_calls") or []])
        role = "user" if message["role"] == "tool" else message["role"]
        if role == "user" and sum(len(said["content"]) for said in pieces[-1]) + len(content) > _MOST_CHARACTERS:
            pieces.append([])
        pieces[-1].append({"role": role, "content": content[:_MOST_CHARACTERS]})
    for piece in pieces:
        while piece and piece[-1]["role"] != "assistant":
            piece.pop()
    return [piece for piece in pieces if len(piece) > 1]


def _library() -> list[Messages]:
    files = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))
    functions = [found for file in files for found in _functions(file.read_text(encoding="utf-8", errors="replace"))]
    return random.Random(0).sample(functions, min(len(functions), 240))


def _functions(source: str) -> list[Messages]:
    found = []
    for node in ast.walk(ast.parse(source)):
        text = ast.get_docstring(node) if isinstance(node, ast.FunctionDef) else None
        code = (ast.get_source_segment(source, node) or "") if text else ""
        if text and 200 < len(code) < _MOST_CHARACTERS:
            head = code.partition(":\n")[0]
            found.append([{"role": "user", "content": f"{head}\n{text}"}, {"role": "assistant", "content": code}])
    return found


def _sample(number: int, messages: Messages) -> Sample:
    answers = tuple(place for place, message in enumerate(messages) if message["role"] == "assistant" and place)
    return Sample(id=f"row-{number}", messages=messages, trained=answers, source_ids=tuple(f"{number}-{place}" for place in answers))


def _tokenizer(texts: list[str]) -> Any:
    bpe = tokenizers.Tokenizer(tokenizers.models.BPE())
    bpe.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = tokenizers.decoders.ByteLevel()
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=_SPECIAL, initial_alphabet=alphabet, show_progress=False)
    bpe.train_from_iterator(texts, trainer)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token="<|im_end|>")
    tokenizer.chat_template = _CHATML
    return tokenizer
