"""A plain transformers Trainer, tuned: labels given, rows of like length together, no checkpointing, nothing reported."""

import tempfile
from typing import Any

import torch
import transformers
from torch.utils.data import Dataset

from benchmarks.train.arms.timing import Setting, Stopwatch, Taken
from benchmarks.train.workloads import PAD, passes
from trainer.render import NO_LOSS, RenderedRow


def run(model: Any, rows: list[RenderedRow], setting: Setting) -> Taken:
    """One optimizer step over the rows."""
    watch = Stopwatch()
    ordered = [row for batch in passes(rows, setting.batch) for row in batch]
    with tempfile.TemporaryDirectory() as folder:
        arguments = transformers.TrainingArguments(
            output_dir=folder,
            per_device_train_batch_size=setting.batch,
            gradient_accumulation_steps=-(-len(rows) // setting.batch),
            train_sampling_strategy="sequential",
            bf16=setting.precision == "autocast",
            use_cpu=True,
            **QUIET,
        )
        trainer = transformers.Trainer(model=model, args=arguments, train_dataset=_Rows(ordered), data_collator=_padded, callbacks=[watch])
        trainer.remove_callback(transformers.trainer_callback.PrinterCallback)
        trainer.train()
    return Taken(watch.seconds, trainer.state.log_history[0]["loss"])


QUIET: dict[str, Any] = {
    "num_train_epochs": 1,
    "learning_rate": 2e-4,
    "max_grad_norm": 1.0,
    "weight_decay": 0.01,
    "logging_steps": 1,
    "save_strategy": "no",
    "report_to": "none",
    "disable_tqdm": True,
    "dataloader_pin_memory": False,
}
"""What every Trainer here is told: the library's own optimizer settings, and to keep quiet."""


class _Rows(Dataset):  # type: ignore[type-arg]
    def __init__(self, rows: list[RenderedRow]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> dict[str, list[int]]:
        return {"input_ids": self._rows[index].input_ids, "labels": self._rows[index].labels}


def _padded(batch: list[dict[str, list[int]]]) -> dict[str, torch.Tensor]:
    length = max(len(row["input_ids"]) for row in batch)

    def column(name: str, filler: int) -> torch.Tensor:
        return torch.tensor([row[name] + [filler] * (length - len(row[name])) for row in batch])

    mask = [[1] * len(row["input_ids"]) + [0] * (length - len(row["input_ids"])) for row in batch]
    return {"input_ids": column("input_ids", PAD), "labels": column("labels", NO_LOSS), "attention_mask": torch.tensor(mask)}
