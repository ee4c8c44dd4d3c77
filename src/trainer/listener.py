"""Listener: whoever wants to hear how a run goes. The library itself never prints.

Every method does nothing here; a listener overrides those it cares for. It is called from the thread that trains, between two steps.
"""

from dataclasses import dataclass

from trainer.checklist import Checklist


@dataclass(frozen=True, slots=True)
class Progress:
    """One optimizer step that was taken. ``loss`` is the mean per target token of the step's rows, in nats."""

    step: int
    steps: int
    epoch: float
    loss: float
    grad_norm: float
    learning_rate: float
    targets: int
    """Target tokens of the step."""
    tokens: int
    """Tokens that went through the model for it."""
    seconds: float
    """What the step took."""
    targets_per_second: float
    """Target tokens a second, over the last steps."""
    remaining_seconds: float
    """What the steps that are left will take at that rate."""


@dataclass(frozen=True, slots=True)
class Checkup:
    """One evaluation in the course of a run: loss on the validation split (none without one) and one greedy answer."""

    step: int
    epoch: float
    val_loss: float | None
    prompt: str
    answer: str
    reference: str


class Listener:
    """Hears how a run goes; does nothing by itself."""

    def checklist(self, checklist: Checklist) -> None:
        """Preflight is done; it may have refused."""

    def begin(self, steps: int, done: int) -> None:
        """Training starts: ``steps`` in all, ``done`` of them by an earlier part of a resumed run."""

    def step(self, progress: Progress) -> None:
        """An optimizer step was taken."""

    def checkup(self, checkup: Checkup) -> None:
        """The run was evaluated."""

    def warning(self, text: str) -> None:
        """Something that does not stop the run, but that a person should know."""

    def end(self) -> None:
        """Training is over, whether it finished or not."""
