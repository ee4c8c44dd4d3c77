"""Rows, a model and a run's folder, for tests of what happens once a run has begun: preflight has no say in them."""

from pathlib import Path
from typing import Any

from tests.trainer.tiny import make_sample
from trainer.config import TrainConfig
from trainer.machine.execution import Execution

EXECUTION = Execution(
    device="cpu", dtype="float32", threads=1, layout="flat", head="targets", batch_tokens=512, gradient_checkpointing=False
)


def make_config(base: Path, **settings: Any) -> TrainConfig:
    """A short run of small steps, with dropout."""
    usual = {"batch_size": 2, "accumulation": 1, "epochs": 2, "learning_rate": 1e-2, "sample_tokens": 8}
    return TrainConfig.model_validate({"role": "coder", "base_model": str(base), **usual, **settings})


def make_material(base: Path, train: int = 8, val: int = 2, odd: str | None = None) -> Any:
    """Rendered rows; ``odd`` is the first answer of one more."""
    from trainer.base.model import load_tokenizer
    from trainer.loop.loop import Material
    from trainer.render import render_sample, render_turns

    tokenizer = load_tokenizer(base)
    samples = [make_sample(number) for number in range(train)]
    if odd is not None:
        samples.append(make_sample(train, answer=odd).model_copy(update={"id": "odd"}))
    rows = [row for sample in samples for row in render_sample(sample, tokenizer)]
    held = [row for number in range(20, 20 + val) for row in render_sample(make_sample(number), tokenizer)]
    probe = render_turns(make_sample(20), tokenizer)[0]
    return Material(tokenizer, rows, held, probe, [tokenizer.eos_token_id], 0)


def make_model(base: Path, config: TrainConfig) -> Any:
    """The base with a fresh adapter."""
    from trainer.base.model import attach_lora, load_base

    return attach_lora(load_base(base, "float32"), config.lora, config.base_model, config.seed)


def make_run(root: Path, name: str = "run-1") -> Path:
    """The folder of a run, where runs lie."""
    run = root / "data" / "runs" / "coder" / name
    run.mkdir(parents=True)
    return run


def weights(model: Any) -> dict[str, bytes]:
    """The adapter, bit for bit."""
    return {name: parameter.detach().numpy().tobytes() for name, parameter in model.named_parameters() if parameter.requires_grad}
