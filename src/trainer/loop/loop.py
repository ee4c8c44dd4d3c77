"""Loop: transformers' Trainer keeps steps, schedule, optimizer and resume; passes, loss, guards, check-ups and saving are ours.

The Trainer sees one item per optimizer step. Which rows that is follows from seed, epoch and step; what is dropped out in it follows from
seed and step: so a resumed run takes the very steps of an unbroken one. A step whose loss or gradient is not finite ends the run before the
optimizer moves, and is written down so that it can be taken again (`trainer.loop.replay`). One process at a time works on a run.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from torch.utils.data import Sampler, SequentialSampler
from transformers.trainer_callback import PrinterCallback

from agentlog._io.atomic import clear_abandoned
from agentlog.errors import TrainingStoppedError
from trainer.base.model import write_adapter
from trainer.config import TrainConfig
from trainer.listener import Listener
from trainer.loop.best import Best
from trainer.loop.checkpoint import PREFIX, hold, is_whole, newest_whole, rotate, steps_of, survives_full_disk, writing_checkpoint
from trainer.loop.guards import broken_weights, not_finite
from trainer.loop.monitor import EndedError, History, Material, Monitor
from trainer.loop.replay import dump, seed_of
from trainer.loop.reports import prepare_reports
from trainer.loop.signals import StopRequest, stop_on_signal
from trainer.machine.allocator import give_back
from trainer.machine.execution import Execution
from trainer.steps.order import StepPlan
from trainer.steps.step import Stepper

__all__ = ["History", "Material", "train_loop"]

_TIDY_EVERY = 32
"""Steps after which free memory goes back to the system (docs/design/hardware.md)."""


def train_loop(
    model: Any, material: Material, config: TrainConfig, execution: Execution, run: Path, listener: Listener, resume: Path | None
) -> History:
    """Train the adapter of a model in place, up to the one that is to be published.

    Args:
        run: its folder, ``<data>/runs/<role>/<run-id>/``.
        resume: the whole checkpoint to go on from.

    Raises:
        MissingExtraError: something to report to is not installed.
        TrainingRefusedError: another process works on this run.
        TrainingStoppedError: a guard or a signal stopped it.
    """
    with hold(run), stop_on_signal() as stop:
        # Whoever holds the run knows that nobody is writing these.
        clear_abandoned(run)
        prepare_reports(config.report_to, run)
        trainer = _trainer(model, material, config, execution, run, listener, stop, resume)
        try:
            trainer.train(resume_from_checkpoint=str(resume) if resume else None)
        except EndedError:
            pass
        finally:
            listener.end()
        if stop:
            said = _stopped(stop, run, trainer.state.global_step, trainer.state.max_steps)
            raise TrainingStoppedError(said, stop.number)
        return _settle(trainer.monitor, trainer.monitor.best, model, config, trainer.state.global_step)


def _trainer(
    model: Any,
    material: Material,
    config: TrainConfig,
    execution: Execution,
    run: Path,
    listener: Listener,
    stop: StopRequest,
    resume: Path | None,
) -> "_Trainer":
    plan = StepPlan(material.train, config.rows_per_step, config.seed)
    steps = config.epochs * plan.steps_per_epoch

    def smaller(tokens: int) -> None:
        at = trainer.state.global_step + 1
        monitor.history.halved[at] = tokens
        monitor.warn(at, f"memory ran out in step {at}: passes have {tokens} tokens from now on, the steps are as they were")

    stepper = Stepper(model, execution, material.pad_id, smaller)
    monitor = Monitor(model, material, config, stepper, run, listener, stop, steps=steps, steps_per_epoch=plan.steps_per_epoch)
    monitor.recall(resume, steps_of(resume) if resume else -1)
    stepper.batch_tokens = min([execution.batch_tokens, *monitor.history.halved.values()])
    trainer = _Trainer(
        _Work(run, config, execution, plan, stepper, monitor),
        model=model,
        args=_arguments(config, execution, run, steps),
        train_dataset=range(plan.steps_per_epoch),
        data_collator=lambda steps: {"step": steps[0]},
        callbacks=[monitor],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _arguments(config: TrainConfig, execution: Execution, run: Path, steps: int) -> Any:
    return transformers.TrainingArguments(
        output_dir=str(run),
        run_name=run.name,
        num_train_epochs=config.epochs,
        # One item is one optimizer step.
        per_device_train_batch_size=1,
        gradient_accumulation_steps=1,
        learning_rate=config.learning_rate,
        # The rate is 0 in the first step of a warm-up: in a run of one step that would be all there is.
        warmup_steps=min(round(config.warmup_ratio * steps), steps - 1),
        weight_decay=config.weight_decay,
        max_grad_norm=config.max_grad_norm,
        seed=config.seed,
        data_seed=config.seed,
        eval_strategy="no",
        save_strategy="no",
        logging_steps=1,
        logging_nan_inf_filter=False,
        report_to=list(config.report_to) or "none",
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        use_cpu=execution.device.startswith("cpu"),
    )


def _settle(monitor: Monitor, best: Best, model: Any, config: TrainConfig, steps: int) -> History:
    """Put the adapter that is to be published into the model, and say which it is."""
    history = monitor.history
    history.kept_step = steps
    if monitor.ended:
        history.ended_because = monitor.ended
    if best.step is not None and (monitor.ended or config.patience):
        best.install(model)
        history.kept_step = best.step
    before = next((checkup.val_loss for checkup in history.checkups if checkup.step == 0), None)
    after = next((checkup.val_loss for checkup in history.checkups if checkup.step == history.kept_step), None)
    if before is not None and after is not None and after >= before:
        monitor.warn(steps, f"the validation loss is no better than that of the base ({before:.4f} before, {after:.4f} after)")
    return history


def _stopped(stop: StopRequest, run: Path, step: int, steps: int) -> str:
    saved = newest_whole(run)
    where = "there is no checkpoint yet, so it begins again" if saved is None else f"{saved.name} is whole"
    return f"{stop.by} stopped run {run.name} after step {step} of {steps}; {where}, and nothing was published: go on with --resume"


@dataclass(frozen=True, slots=True)
class _Work:
    """What our Trainer works with besides its own arguments."""

    run: Path
    config: TrainConfig
    execution: Execution
    plan: StepPlan
    stepper: Stepper
    monitor: Monitor


class _Trainer(transformers.Trainer):  # type: ignore[misc]
    """The Trainer with our steps, and checkpoints that hold the adapter alone and appear whole."""

    def __init__(self, work: _Work, **arguments: Any) -> None:
        self._work = work
        self._place = work.run
        super().__init__(**arguments)

    @property
    def monitor(self) -> Monitor:
        return self._work.monitor

    def _get_train_sampler(self, train_dataset: Any = None) -> Sampler[int]:
        return SequentialSampler(self.train_dataset)

    def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> torch.Tensor:
        work, done = self._work, self.state.global_step
        if done % _TIDY_EVERY == 0:
            give_back()
        rows = work.plan.rows(*divmod(done, work.plan.steps_per_epoch))
        seed = seed_of(work.config.seed, done + 1)
        torch.manual_seed(seed)
        model.train()
        # A run that is done again, or goes on, has the passes that this step had then.
        work.stepper.batch_tokens = min(work.stepper.batch_tokens, work.execution.tokens_at(done + 1))
        found = work.stepper.backward(rows)
        if why := not_finite(found.loss, self.model):
            model.zero_grad()
            stopped = dump(work.run, done + 1, rows, seed, why, self.model, work.config, self._carried_out(work.stepper.batch_tokens))
            raise TrainingStoppedError(f"{why} in step {done + 1}, before any weight was changed by it. {stopped}")
        self.monitor.took(found)
        return found.loss.float()

    def floating_point_ops(self, inputs: Any) -> int:
        return 0

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        super().log(logs, start_time)
        # metrics.jsonl has it all; kept here it would make every checkpoint of a long run slower to write than the last.
        self.state.log_history.clear()

    def _get_output_dir(self, trial: Any) -> str:
        return str(self._place)

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        write_adapter(self.model, Path(output_dir or self.args.output_dir))

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        run, step, monitor = self._work.run, self.state.global_step, self.monitor
        if broken := broken_weights(self.model):
            raise TrainingStoppedError(
                f"{broken} is not finite after step {step}: the learning rate is far too high. Nothing of it was saved or published"
            )
        if is_whole(run / f"{PREFIX}{step}"):
            return
        if full := survives_full_disk(lambda: self._write_checkpoint(model, trial, step)):
            newest = newest_whole(run)
            there = f"the newest whole one is {newest.name}" if newest else "there is none yet"
            monitor.warn(
                step, f"the checkpoint of step {step} could not be written ({full}): {there}; the run goes on and tries again later"
            )
            return
        try:
            rotate(run, self._work.config.keep_checkpoints, step, monitor.best.step)
        except OSError as error:
            monitor.warn(step, f"older checkpoints could not be moved to the trash ({error}): they stay where they are")

    def _write_checkpoint(self, model: Any, trial: Any, step: int) -> None:
        with writing_checkpoint(self._work.run, step) as staging:
            self._place = staging
            try:
                super()._save_checkpoint(model, trial)
            finally:
                self._place = self._work.run
            # The Trainer makes a folder of its own in the place that it is given.
            inner = staging / f"{PREFIX}{step}"
            for file in inner.iterdir():
                file.rename(staging / file.name)
            inner.rmdir()
            self.monitor.save(staging)

    def _carried_out(self, batch_tokens: int) -> Execution:
        return self._work.execution.model_copy(update={"batch_tokens": batch_tokens, "halved": {}})
