"""Tiny but real: models of the Qwen2 and Llama architectures with tokenizers of their own, and datasets to train them on."""

from pathlib import Path
from typing import Any

from agentlog._io.jsonl import dump_line
from agentlog.dataset.writer import writing_dataset
from agentlog.project import Project, RoleSettings
from agentlog.schema.manifest import Gate, InputFacts, Manifest
from agentlog.schema.sample import SPLITS, Sample, SplitName

CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
WORDS = ["add", "sub", "mul", "neg", "max", "min"]
TEXT = [f"def {word}(a, b):\n    return {word}_of(a, b)\nuser\nassistant\nWrite {word} of two numbers." for word in WORDS]


def make_tokenizer(special: list[str] = SPECIAL, template: str | None = CHATML, eos: str = "<|im_end|>", vocabulary: int = 400) -> Any:
    """A byte-level BPE tokenizer trained on the spot."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    bpe.train_from_iterator(
        TEXT, trainers.BpeTrainer(vocab_size=vocabulary, special_tokens=special, initial_alphabet=alphabet, show_progress=False)
    )
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token=eos)
    tokenizer.chat_template = template
    return tokenizer


def make_base(folder: Path, kind: str = "qwen2", seed: int = 0, positions: int = 256) -> Path:
    """A causal language model of two layers with random weights, saved as its makers would."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

    tokenizer = make_tokenizer()
    config, model = {"qwen2": (Qwen2Config, Qwen2ForCausalLM), "llama": (LlamaConfig, LlamaForCausalLM)}[kind]
    torch.manual_seed(seed)
    made = model(
        config(
            vocab_size=len(tokenizer),
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=positions,
            eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None,
            pad_token_id=tokenizer.convert_tokens_to_ids("<|endoftext|>"),
        )
    )
    made.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make_sample(number: int, answer: str | None = None, task_type: str = "implement") -> Sample:
    """A conversation of two answers, both trained."""
    word, other = WORDS[number % len(WORDS)], WORDS[(number + 1) % len(WORDS)]
    return Sample(
        id=f"row-{number}",
        messages=[
            {"role": "user", "content": f"Write {word} of two numbers."},
            {"role": "assistant", "content": answer if answer is not None else f"def {word}(a, b):\n    return {word}_of(a, b)"},
            {"role": "user", "content": f"Write {other} of two numbers."},
            {"role": "assistant", "content": f"def {other}(a, b):\n    return {other}_of(a, b)"},
        ],
        trained=(1, 3),
        source_ids=(f"a-{number}", f"b-{number}"),
        task_type=task_type,
    )


def make_dataset(
    data: Path,
    *,
    role: str = "coder",
    build_id: str = "build-1",
    models: dict[str, int] | None = None,
    gates: dict[str, Gate] | None = None,
    train: list[Sample] | None = None,
    val: int = 2,
    test: int = 4,
) -> Path:
    """A published dataset of that role."""
    rows = [make_sample(number) for number in range(8)] if train is None else train
    draft = Manifest(
        role=role,
        build_id=build_id,
        seed=0,
        plan=[],
        plan_digest="sha256:0",
        input=InputFacts(digest="sha256:0", interactions=1, sessions=1, lines_set_aside=0, first=None, last=None),
        funnel=[],
        splits={},
        files={},
        models={"tiny": 28} if models is None else models,
        task_types={},
        scores={},
        gates=gates or {},
        privacy={"replaced": {}, "names": "Names were not looked for."},
        versions={"agentlog": "0.1.0"},
    )
    samples: dict[SplitName, list[Sample]] = {
        "train": rows,
        "val": [make_sample(number + 20) for number in range(val)],
        "test": [make_sample(number + 40, task_type=["implement", "fix"][number % 2]) for number in range(test)],
    }
    with writing_dataset(data, role, build_id) as writer:
        for split in SPLITS:
            for sample in samples[split]:
                writer.row(split, dump_line(sample.row()), len(sample.source_ids), sample.model_copy)
        writer.finish(draft, lambda manifest: {})
    return writer.folder


def make_project(root: Path, deployed: str | None, **role: Any) -> Project:
    """A project whose coder is that deployed model, reported as ``tiny`` by its server."""
    settings = RoleSettings(deployed_model=deployed, **{"deployed_as": ("tiny",), **role})
    return Project(root=root, data=root / "agentlog-data", roles={"coder": settings})
