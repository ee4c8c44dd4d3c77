"""Labels: is there a template, is every label proven, does every row fit as a whole, and is there anything to learn."""

import math
from pathlib import Path
from typing import Any

import orjson

from agentlog._hashing import digest, short
from agentlog.errors import RenderError
from agentlog.schema.sample import Sample, SplitName
from trainer.checklist import Checklist
from trainer.config import TrainConfig
from trainer.render import RenderedRow, Turn, render_sample, render_turns
from trainer.template import Tokenizer


def check_template(checklist: Checklist, tokenizer: Tokenizer, stop_ids: list[int]) -> None:
    if not tokenizer.chat_template:
        checklist.note("chat template", "the base has none", "refuse", "give its folder the chat_template.jinja that the server uses")
        return
    checklist.note("chat template", short(digest("chat_template", tokenizer.chat_template)))
    stops = [str(token) for token in tokenizer.convert_ids_to_tokens(stop_ids)]
    advice = "" if stops else "name eos_token_id in the base's generation_config.json, as the server that runs it has to"
    checklist.note("stop tokens", " ".join(stops) or "none", "ok" if stops else "refuse", advice)


def rendered(checklist: Checklist, split: str, samples: list[Sample], tokenizer: Tokenizer, stop_ids: list[int]) -> list[RenderedRow]:
    if not tokenizer.chat_template:
        return []
    rows: list[RenderedRow] = []
    errors: list[str] = []
    empty = 0
    for sample in samples:
        try:
            made = render_sample(sample, tokenizer, stop_ids)
        except RenderError as error:
            errors.append(str(error))
            continue
        empty += not made
        rows += made
    if errors:
        advice = f"the first: {errors[0]}. Leave such rows out of the build, or mend the template"
        checklist.note(f"labels of {split}", f"{len(errors)} of {len(samples)} rows cannot be proven", "refuse", advice)
    if empty:
        checklist.note(f"rows of {split} without targets", str(empty), "warn", "nothing in them is trained; they are left out")
    return rows


def check_lengths(checklist: Checklist, config: TrainConfig, base: Path, rows: dict[SplitName, list[RenderedRow]]) -> None:
    lengths = [len(row.input_ids) for split in rows.values() for row in split]
    if not lengths:
        return
    longest, most = max(lengths), config.max_length or context_of(base)
    checklist.note("longest row", f"{longest} tokens")
    cut = 0 if most is None else sum(length > most for length in lengths)
    advice = f"no target may be lost: --max-length {longest} would fit every row; or build with shorter rows" if cut else ""
    value = f"{cut} of {len(lengths)} rows are longer than {most} tokens"
    checklist.note("rows that would be cut", value if cut else f"none at {most} tokens", "refuse" if cut else "ok", advice)
    context = context_of(base)
    if context is not None and longest > context:
        checklist.note("context of the base", f"{context} tokens", "refuse", f"the longest row has {longest}: build with shorter rows")


def check_vocabulary(checklist: Checklist, base: Path, rows: dict[SplitName, list[RenderedRow]]) -> None:
    size = _setting(base, "vocab_size")
    largest = max((max(row.input_ids) for split in rows.values() for row in split), default=-1)
    if size is not None and largest >= size:
        advice = "tokenizer and weights do not belong together: put the base's own tokenizer back into its folder"
        checklist.note("vocabulary", f"the rows use token {largest}, the base has {size}", "refuse", advice)


def check_targets(checklist: Checklist, config: TrainConfig, rows: list[RenderedRow]) -> None:
    targets = sum(row.targets for row in rows)
    if not targets:
        checklist.note("target tokens", "none", "refuse", "the training split has nothing to learn: build a dataset with trained answers")
        return
    checklist.note("target tokens", f"{targets} of {sum(len(row.input_ids) for row in rows)} in {len(rows)} rows, per epoch")
    steps = predicted_steps(config, len(rows))
    checklist.note("predicted steps", f"{steps} ({config.epochs} epochs of {len(rows)} rows, {config.rows_per_step} rows a step)")


def predicted_steps(config: TrainConfig, rows: int) -> int:
    """Optimizer steps that a run takes."""
    return config.epochs * math.ceil(math.ceil(rows / config.batch_size) / config.accumulation)


def context_of(base: Path) -> int | None:
    """The longest sequence in tokens that a base was made for, where its configuration says."""
    return _setting(base, "max_position_embeddings")


def _setting(base: Path, name: str) -> int | None:
    said: dict[str, Any] = orjson.loads((base / "config.json").read_bytes())
    value = said.get(name)
    return value if isinstance(value, int) else None


def probe(samples: list[Sample], tokenizer: Tokenizer, stop_ids: list[int]) -> Turn | None:
    turns = (turn for sample in samples for turn in render_turns(sample, tokenizer, stop_ids))
    return next(turns, None)
