"""Outlook: the points of the checklist that are known only once the base is loaded: how the run will be carried out, and what to expect.

Said before the first step, because afterwards is too late: what was chosen and why, which guards watch, what is kept, and that an
adapter makes nothing faster.
"""

from trainer.checklist import Checklist
from trainer.config import TrainConfig
from trainer.machine.execution import Execution

_FIELDS = {
    "device": "device",
    "dtype": "precision",
    "quantized": "4-bit base",
    "threads": "threads",
    "layout": "layout of rows",
    "head": "language-model head",
    "batch_tokens": "tokens of a pass",
    "gradient_checkpointing": "gradient checkpointing",
}
_WATCHED = {
    "spikes": "leaps of the loss",
    "near_zero": "a loss next to nothing",
    "no_learning": "no learning",
    "overfitting": "overfitting",
    "answers": "empty or endless answers",
}


def note_execution(checklist: Checklist, execution: Execution) -> None:
    """Add how the run will be carried out, each choice with its reason."""
    for field, name in _FIELDS.items():
        value, reason = getattr(execution, field), execution.reasons.get(field, "")
        if value is None or (value is False and not reason):
            continue
        said = ("on" if value else "off") if isinstance(value, bool) else f"{value:,}" if isinstance(value, int) else value
        checklist.note(name, f"{said}: {reason}" if reason else said)


def note_promises(checklist: Checklist, config: TrainConfig, *, val_rows: int) -> None:
    """Add what watches over the run, which adapter is kept, and what the adapter will not do."""
    watched = {
        policy: [_WATCHED[name] for name in _WATCHED if getattr(config.guards, name) == policy] for policy in ("stop", "warn", "off")
    }
    said = ["a loss or gradient that is not finite stops the run"]
    said += [f"{words}: {', '.join(names)}" for policy, words in _POLICIES.items() if (names := watched[policy])]
    checklist.note("guards", "; ".join(said))
    if not val_rows:
        checklist.note(
            "kept adapter", "that of the last step", "warn", "there is no validation split to tell a better one by: build with one"
        )
    elif config.patience:
        checklist.note("kept adapter", f"the best on validation; the run ends after {config.patience} check-ups without a better one")
    checklist.note(
        "speed of inference",
        "unchanged: fine-tuning makes a model of equal size neither faster nor slower. An adapter that is not merged costs a little",
    )


_POLICIES = {"stop": "warn, then stop", "warn": "only warn", "off": "not looked at"}
