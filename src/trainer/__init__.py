"""trainer: from a dataset to an adapter that is proven, or refused with reasons.

    dataset ─▶ preflight ─▶ render ─▶ loop (guarded) ─▶ vault ─▶ evaluation (paired with its own baseline)

This is the one door. Names are looked up when they are first used: importing ``trainer`` loads no deep-learning package.
"""

from typing import TYPE_CHECKING, Any

__all__ = [
    "EvalConfig",
    "Evaluation",
    "Listener",
    "LoraConfig",
    "Rehearsal",
    "Reproduction",
    "TrainConfig",
    "TrainResult",
    "Vault",
    "evaluate",
    "rehearse",
    "render_sample",
    "reproduce",
    "train",
]

_HOMES = {
    "EvalConfig": "trainer.config",
    "Evaluation": "trainer.evaluation.report",
    "Listener": "trainer.listener",
    "LoraConfig": "trainer.config",
    "Rehearsal": "trainer.run",
    "Reproduction": "trainer.reproduce",
    "TrainConfig": "trainer.config",
    "TrainResult": "trainer.run",
    "Vault": "trainer.adapters.vault",
    "evaluate": "trainer.evaluation.run",
    "rehearse": "trainer.run",
    "render_sample": "trainer.render",
    "reproduce": "trainer.reproduce",
    "train": "trainer.run",
}

if TYPE_CHECKING:
    from trainer.adapters.vault import Vault
    from trainer.config import EvalConfig, LoraConfig, TrainConfig
    from trainer.evaluation.report import Evaluation
    from trainer.evaluation.run import evaluate
    from trainer.listener import Listener
    from trainer.render import render_sample
    from trainer.reproduce import Reproduction, reproduce
    from trainer.run import Rehearsal, TrainResult, rehearse, train


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'trainer' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
