"""Monitor: hears every step of a run, writes it down, checks up on the model, and decides whether the run goes on.

What it decides depends on the run's own lines and nothing else, so a resumed run, whose lines are told to it again, decides as the unbroken
one would have. A stop that someone asked for puts off a check-up that is due; the resumed run makes it up before its first step.
"""

import math
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
import transformers

from agentlog._io.atomic import write_file
from agentlog.errors import TrainingRefusedError, TrainingStoppedError
from trainer.config import TrainConfig
from trainer.evaluation.generate import Generator
from trainer.listener import Checkup, Listener, Progress
from trainer.loop.best import Best
from trainer.loop.metrics import METRICS, MetricsFile
from trainer.loop.signals import StopRequest
from trainer.loop.watch import Finding, Watch, answer_problem
from trainer.render import RenderedRow, Turn
from trainer.render.template import Tokenizer
from trainer.steps.loss import mean_loss
from trainer.steps.step import StepLoss, Stepper

STATE = "run_state.json"
_ALL_STEPS = "all steps were taken"
_RECENT = 20
"""Steps whose pace foretells the rest."""
_CHUNK = 64
"""Validation rows between two looks at whether someone wants the run to stop."""


@dataclass(frozen=True, slots=True)
class Material:
    """What a run trains on and is checked with. ``probe`` is the answer that each check-up generates again."""

    tokenizer: Tokenizer
    train: list[RenderedRow]
    val: list[RenderedRow]
    probe: Turn | None
    stop_ids: list[int]
    pad_id: int


@dataclass(slots=True)
class History:
    """What a run saw, in order, its earlier parts included."""

    losses: list[float] = field(default_factory=list)
    checkups: list[Checkup] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    targets: int = 0
    """Target tokens of all steps."""
    seconds: float = 0.0
    """What the steps took, check-ups and saving left out."""
    kept_step: int = 0
    """The step after which the adapter was as it is published."""
    ended_because: str = _ALL_STEPS
    halved: dict[int, int] = field(default_factory=dict)
    """Where memory ran out: from which step on passes had how many tokens at most."""


class EndedError(Exception):
    """A run that is resumed had come to its end already: there is nothing left to train."""


class Monitor(transformers.TrainerCallback):  # type: ignore[misc]
    """The one callback of a run.

    Args:
        steps: of the whole run; ``steps_per_epoch`` says where its epochs end.
        stop: whether someone asked for a stop.
        resume: the checkpoint that the run goes on from.
    """

    def __init__(
        self,
        model: Any,
        material: Material,
        config: TrainConfig,
        stepper: Stepper,
        run: Path,
        listener: Listener,
        stop: StopRequest,
        *,
        steps: int,
        steps_per_epoch: int,
    ) -> None:
        self.history, self.best, self.stop, self.metrics = History(), Best(), stop, MetricsFile(run / METRICS)
        self.ended: str | None = None
        """Why the run ends before its last step, once it does."""
        self._model, self._material, self._config, self._stepper, self._listener = model, material, config, stepper, listener
        self._generator = Generator(material.tokenizer, material.stop_ids, material.pad_id)
        self._watch = Watch(config.guards)
        self._steps, self._every = steps, config.evaluate_every or steps_per_epoch
        self._save_every = config.save_every or steps_per_epoch
        self._pace: deque[tuple[int, float]] = deque(maxlen=_RECENT)
        self._of_base: str | None = None
        self._without_better = 0
        self._began = 0.0
        self._found: StepLoss | None = None

    def recall(self, checkpoint: Path | None, step: int) -> None:
        """Take up what the run had come to at a step: its lines, its best adapter, and whether it had ended.

        Raises:
            TrainingRefusedError: lines of steps before it are damaged or gone.
        """
        lines = self.metrics.rewound(step)
        # What guards and patience decide, and what the card says, comes from these lines: with fewer it would be another run.
        if (told := sum(line["event"] == "step" for line in lines)) != max(0, step):
            raise TrainingRefusedError(
                f"{self.metrics.file} tells of {told} of the {step} steps of {checkpoint.name if checkpoint else 'this run'}: put the file "
                "back as it was, or begin a new run"
            )
        for line in lines:
            if line["event"] == "step":
                self._remember(Progress(**{name: line[name] for name in Progress.__slots__}))
                self._watch.step(line["step"], line["loss"])
            elif line["event"] == "checkup":
                self._judge(Checkup(**{name: line[name] for name in Checkup.__slots__}), line["problem"])
            else:
                self.history.warnings.append(line["text"])
        if checkpoint is not None:
            state = orjson.loads((checkpoint / STATE).read_bytes())
            self.history.halved = {int(at): tokens for at, tokens in state.get("halved", {}).items()}
            self.best.load(checkpoint, state["best"])

    def save(self, folder: Path) -> None:
        """Write what `recall` needs into a checkpoint."""
        self.metrics.flush()
        halved = {str(at): tokens for at, tokens in self.history.halved.items()}
        write_file(folder / STATE, orjson.dumps({"halved": halved, "best": self.best.save(folder)}))

    def warn(self, step: int, text: str) -> None:
        """Tell whoever listens, once in the same words, and write it down."""
        if text not in self.history.warnings:
            self.history.warnings.append(text)
            self._write({"event": "warning", "step": step, "text": text})
            self._listener.warning(text)

    def took(self, found: StepLoss) -> None:
        """Hear what a step found, before the optimizer moves."""
        self._found = found

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Make the check-up before the first step, or one that was put off."""
        self._listener.begin(self._steps, state.global_step)
        last = self.history.checkups[-1] if self.history.checkups else None
        if last is not None and last.step and last.step == state.global_step and last.val_loss is not None:
            # Made up for after this checkpoint was written, which so cannot know whether it was the best.
            self.best.offer(self._model, last.step, last.val_loss)
        if not self.ended and self._due(state.global_step):
            self._checkup(state)
        if self.ended:
            raise EndedError

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Start the clock."""
        self._began = time.perf_counter()

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        """Hear of a step that was taken, and decide what comes next."""
        if self._found is None or "loss" not in logs:
            return
        step, found, self._found = state.global_step, self._found, None
        progress = self._progress(state, found, logs)
        self._remember(progress)
        self._write({"event": "step", **asdict(progress)})
        self._listener.step(progress)
        self._act(step, self._watch.step(step, progress.loss))
        if self._due(step):
            self._checkup(state)
        over = bool(self.ended or self.stop)
        control.should_training_stop = control.should_training_stop or over
        control.should_save = over or step == self._steps or step % self._save_every == 0

    def _due(self, step: int) -> bool:
        due = step in (0, self._steps) or step % self._every == 0
        return due and not any(checkup.step == step for checkup in self.history.checkups[-1:])

    def _progress(self, state: Any, found: StepLoss, logs: dict[str, float]) -> Progress:
        seconds = time.perf_counter() - self._began
        self._pace.append((found.targets, seconds))
        spent = sum(each for _, each in self._pace)
        return Progress(
            step=state.global_step,
            steps=self._steps,
            epoch=state.epoch,
            loss=found.loss.item(),
            grad_norm=float(logs["grad_norm"]),
            learning_rate=logs["learning_rate"],
            targets=found.targets,
            tokens=found.tokens,
            seconds=seconds,
            targets_per_second=sum(targets for targets, _ in self._pace) / spent,
            remaining_seconds=(self._steps - state.global_step) * spent / len(self._pace),
        )

    def _remember(self, progress: Progress) -> None:
        self.history.losses.append(progress.loss)
        self.history.targets += progress.targets
        self.history.seconds += progress.seconds

    def _checkup(self, state: Any) -> None:
        val_loss = self._val_loss()
        if self.stop:
            return
        probe, step = self._material.probe, state.global_step
        prompt = answer = reference = ""
        problem = None
        if probe is not None:
            said = self._generator.answers(self._model, [probe.prompt_ids], self._config.sample_tokens, lambda: bool(self.stop))[0]
            if self.stop:
                return  # an answer that was cut off is none: the resumed run makes this check-up
            prompt, answer = self._material.tokenizer.decode(probe.prompt_ids), said.text
            reference = self._generator.text(probe.target_ids)
            problem = answer_problem(said.ids, said.text, said.stopped, probe.target_ids)
        if val_loss is not None and not math.isfinite(val_loss):
            self._refuse(step, val_loss)
            val_loss = None
        checkup = Checkup(step, float(state.epoch or 0), val_loss, prompt, answer, reference)
        self._write({"event": "checkup", **asdict(checkup), "problem": problem})
        self._listener.checkup(checkup)
        found = self._judge(checkup, problem)
        if step and val_loss is not None:
            self.best.offer(self._model, step, val_loss)
        self._act(step, found)

    def _judge(self, checkup: Checkup, problem: str | None) -> list[Finding]:
        """Take a check-up into account: the guards', and the patience's."""
        earlier = [each.val_loss for each in self.history.checkups if each.val_loss is not None and each.step]
        self.history.checkups.append(checkup)
        if not checkup.step:
            self._of_base = problem
        found = self._watch.checkup(checkup.step, checkup.val_loss)
        self.ended = next((finding.text for finding in found if finding.stop and finding.kind == "overfitting"), self.ended)
        found += self._watch.answer(checkup.step, problem, self._of_base)
        if checkup.val_loss is not None and earlier:
            self._without_better = 0 if checkup.val_loss < min(earlier) else self._without_better + 1
        if self._config.patience and self._without_better >= self._config.patience:
            self.ended = f"the validation loss was not better for {self._without_better} check-ups"
        return found

    def _val_loss(self) -> float | None:
        sums: list[tuple[float, int]] = []
        for first in range(0, len(self._material.val), _CHUNK):
            if self.stop:
                return None
            sums += self._stepper.losses(self._material.val[first : first + _CHUNK])
        return mean_loss(sums) if sums else None

    def _refuse(self, step: int, val_loss: float) -> None:
        if step:
            raise TrainingStoppedError(
                f"the validation loss became {val_loss} after step {step}, though the training loss did not: use dtype float32, or look at "
                "the rows of the validation split. Nothing was published"
            )
        # The first step will tell whether the base is broken, with the rows at hand.
        self.warn(0, f"the validation loss of the base is {val_loss}")

    def _act(self, step: int, found: list[Finding]) -> None:
        for finding in found:
            self.warn(step, finding.text)
            # Of overfitting comes a run that ends well, with its best adapter; from anything else nothing is worth keeping.
            if not finding.stop or finding.kind == "overfitting":
                continue
            raise TrainingStoppedError(
                f"{finding.text}. The run was stopped in step {step} because this lasts and guards.{finding.kind} says stop; nothing was "
                f"published. To go on all the same, begin a new run with guards.{finding.kind}: warn"
            )

    def _write(self, record: dict[str, Any]) -> None:
        if full := self.metrics.write(record):
            text = f"{METRICS} cannot be written ({full}): the run goes on, and writes it when there is room"
            if text not in self.history.warnings:
                self.history.warnings.append(text)
                self._listener.warning(text)
