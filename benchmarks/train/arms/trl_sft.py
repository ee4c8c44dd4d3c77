"""TRL's SFTTrainer: as it comes, and tuned. Rows come tokenised, so that it need not know a template.

As it comes, it is given the conversations as they were logged and trains every token of them: a maximum length of 1,024, eight rows a
batch, gradient checkpointing, bf16 by autocast. Tuned, it is given labels, no maximum length and no checkpointing, and rows of like
length together.
"""

import tempfile
from typing import Any

import datasets
import transformers
import trl
from tokenizers import Tokenizer, models

from benchmarks.train.arms.plain import QUIET
from benchmarks.train.arms.timing import Setting, Stopwatch, Taken
from benchmarks.train.workloads import passes
from trainer.render import RenderedRow

DEFAULT_LENGTH = 1024


def run_default(model: Any, rows: list[RenderedRow], setting: Setting) -> Taken:
    """One epoch over the rows as TRL's documentation begins: nothing said but where the model and the rows are."""
    with tempfile.TemporaryDirectory() as folder:
        quiet = {name: QUIET[name] for name in ("num_train_epochs", "logging_steps", "save_strategy", "report_to", "disable_tqdm")}
        arguments = trl.SFTConfig(output_dir=folder, use_cpu=True, dataloader_pin_memory=False, **quiet)
        return _train(model, [{"input_ids": row.input_ids} for row in rows], arguments)


def run_tuned(model: Any, rows: list[RenderedRow], setting: Setting) -> Taken:
    """One optimizer step over the rows."""
    ordered = [row for batch in passes(rows, setting.batch) for row in batch]
    with tempfile.TemporaryDirectory() as folder:
        arguments = trl.SFTConfig(
            output_dir=folder,
            per_device_train_batch_size=setting.batch,
            gradient_accumulation_steps=-(-len(rows) // setting.batch),
            train_sampling_strategy="sequential",
            bf16=setting.precision == "autocast",
            use_cpu=True,
            max_length=None,
            gradient_checkpointing=False,
            padding_free=setting.flat,
            **QUIET,
        )
        return _train(model, [{"input_ids": row.input_ids, "labels": row.labels} for row in ordered], arguments)


def _train(model: Any, rows: list[dict[str, list[int]]], arguments: Any) -> Taken:
    watch = Stopwatch()
    datasets.disable_progress_bars()
    trainer = trl.SFTTrainer(
        model=model, args=arguments, train_dataset=datasets.Dataset.from_list(rows), processing_class=_tokenizer(), callbacks=[watch]
    )
    trainer.remove_callback(transformers.trainer_callback.PrinterCallback)
    trainer.train()
    return Taken(watch.seconds, trainer.state.log_history[0]["loss"])


def _tokenizer() -> Any:
    """One that only knows the token to pad with: the rows are tokenised."""
    words = models.WordLevel({"<pad>": 0, "<end>": 1}, unk_token="<pad>")
    return transformers.PreTrainedTokenizerFast(tokenizer_object=Tokenizer(words), pad_token="<pad>", eos_token="<end>")
