"""Loop: transformers' Trainer keeps steps, schedule, checkpoints and resume; loss, guards, saving and what is heard of it are ours.

Every step is written to ``metrics.jsonl`` in the run's folder before a listener hears of it. Nothing is ever rotated away, and nothing
is reported anywhere else. Each epoch ends with a check-up: the loss on the validation split and one greedy answer.
"""

import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers
from torch.utils.data import DataLoader
from transformers.trainer_callback import PrinterCallback

from agentlog._io.atomic import write_file
from agentlog._io.jsonl import Line, dump_line, dump_lines, read_lines
from trainer.checkpoint import PREFIX, seal, steps_of
from trainer.config import TrainConfig
from trainer.data import Collator, RowDataset
from trainer.evaluation.generate import Generator
from trainer.guards import GradientGuard, guard_answer, guard_loss
from trainer.listener import Checkup, Listener, Progress
from trainer.loss import mean_loss, row_losses, weighted_loss
from trainer.model import device, write_adapter
from trainer.order import LengthGrouped
from trainer.render import NO_LOSS, RenderedRow, Turn
from trainer.template import Tokenizer

METRICS = "metrics.jsonl"


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
    """What the loop saw, in order."""

    losses: list[float] = field(default_factory=list)
    checkups: list[Checkup] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def train_loop(model: Any, material: Material, config: TrainConfig, run: Path, listener: Listener, resume: Path | None) -> History:
    """Train the adapter of a model in place.

    Raises:
        TrainingStoppedError: a guard stopped it.
    """
    history = _rewound(run / METRICS, steps_of(resume) if resume else -1)
    recorder = _Recorder(model, material, config, run / METRICS, listener, history)
    trainer = _Trainer(
        model=model,
        args=_arguments(config, run, _steps(config, len(material.train))),
        train_dataset=RowDataset(material.train),
        data_collator=Collator(material.pad_id),
        callbacks=[GradientGuard(), recorder],
    )
    # Our loss is divided by the targets of the whole step, so the Trainer must count them, and not divide again.
    trainer.model_accepts_loss_kwargs = True
    trainer.remove_callback(PrinterCallback)
    try:
        trainer.train(resume_from_checkpoint=str(resume) if resume else None)
    finally:
        listener.end()
    return recorder.history


def seconds_per_row(model: Any, material: Material) -> float:
    """How long forward and backward take on the row of median length, measured here and now; weights and seeds stay as they are."""
    rows = sorted(material.train, key=lambda row: len(row.input_ids))
    batch = {name: tensor.to(device()) for name, tensor in Collator(material.pad_id)([rows[len(rows) // 2]]).items()}
    durations = []
    with torch.random.fork_rng():
        model.train()
        for _ in range(3):
            start = time.perf_counter()
            weighted_loss(model, batch, 1).backward()  # type: ignore[no-untyped-call]
            durations.append(time.perf_counter() - start)
            model.zero_grad()
    return min(durations)


def _steps(config: TrainConfig, rows: int) -> int:
    batches = -(-rows // config.batch_size)
    return config.epochs * -(-batches // config.accumulation)


def _arguments(config: TrainConfig, run: Path, steps: int) -> Any:
    return transformers.TrainingArguments(
        output_dir=str(run),
        num_train_epochs=config.epochs,
        per_device_train_batch_size=config.batch_size,
        gradient_accumulation_steps=config.accumulation,
        learning_rate=config.learning_rate,
        warmup_steps=round(config.warmup_ratio * steps),
        weight_decay=config.weight_decay,
        max_grad_norm=config.max_grad_norm,
        seed=config.seed,
        data_seed=config.seed,
        eval_strategy="no",
        save_strategy="steps" if config.save_every else "epoch",
        save_steps=config.save_every or 500,
        save_total_limit=None,
        logging_steps=1,
        logging_nan_inf_filter=False,
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        label_names=["labels"],
        dataloader_pin_memory=device().type == "cuda",
    )


class _Trainer(transformers.Trainer):  # type: ignore[misc]
    """The Trainer with our loss, and checkpoints that hold the adapter alone and are sealed when whole."""

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        return LengthGrouped(self.train_dataset.lengths, self.args.per_device_train_batch_size, self.args.seed)

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
        targets = (inputs["labels"] != NO_LOSS).sum() if num_items_in_batch is None else num_items_in_batch
        loss = weighted_loss(model, inputs, targets)
        guard_loss(loss, self.state.global_step + 1)
        return loss

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        write_adapter(self.model, Path(output_dir or self.args.output_dir))

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        super()._save_checkpoint(model, trial)
        seal(Path(self.args.output_dir) / f"{PREFIX}{self.state.global_step}")


class _Recorder(transformers.TrainerCallback):  # type: ignore[misc]
    """Writes down what happens, and tells the listener."""

    def __init__(self, model: Any, material: Material, config: TrainConfig, metrics: Path, listener: Listener, history: History) -> None:
        self.history = history
        self._model, self._material, self._config = model, material, config
        self._metrics, self._listener = metrics, listener
        self._val = DataLoader(RowDataset(material.val), config.batch_size, collate_fn=Collator(material.pad_id))

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._listener.begin(state.max_steps, state.global_step)
        if state.global_step == 0:
            self._checkup(state)

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        if "loss" not in logs:
            return
        progress = Progress(state.global_step, state.max_steps, state.epoch, logs["loss"], float(logs["grad_norm"]), logs["learning_rate"])
        self.history.losses.append(progress.loss)
        self._write({"event": "step", **asdict(progress)})
        self._listener.step(progress)

    def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._checkup(state)

    def _checkup(self, state: Any) -> None:
        loss = mean_loss(row_losses(self._model, self._val, device())) if self._material.val else None
        probe, tokenizer = self._material.probe, self._material.tokenizer
        if probe is None:
            return
        generator = Generator(tokenizer, self._material.stop_ids, self._material.pad_id)
        answer = generator.answers(self._model, [probe.prompt_ids], self._config.sample_tokens)[0]
        checkup = Checkup(
            step=state.global_step,
            epoch=float(state.epoch or 0),
            val_loss=loss,
            prompt=tokenizer.decode(probe.prompt_ids),
            answer=answer.text,
            reference=generator.text(probe.target_ids),
        )
        self.history.checkups.append(checkup)
        self._write({"event": "checkup", **asdict(checkup)})
        self._listener.checkup(checkup)
        # What the base says before the first step is the base's own affair.
        if state.global_step and (warning := guard_answer(answer.text)):
            self.history.warnings.append(warning)
            self._listener.warning(warning)

    def _write(self, record: dict[str, Any]) -> None:
        with self._metrics.open("ab") as file:
            file.write(dump_line(record))


def _rewound(metrics: Path, step: int) -> History:
    """What a run had written up to the checkpoint it goes on from; later lines, whose steps will be taken again, are cut off."""
    lines = [line.value for line in read_lines(metrics) if isinstance(line, Line)] if metrics.exists() else []
    kept = [line for line in lines if line["step"] <= step]
    write_file(metrics, dump_lines(kept))
    checkups = [Checkup(**{name: line[name] for name in Checkup.__slots__}) for line in kept if line["event"] == "checkup"]
    return History([line["loss"] for line in kept if line["event"] == "step"], checkups)
