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
from trainer.render.template import FROZEN_DAY, Tokenizer, prints_the_day, prints_tools
from trainer.render.tokens import texts_of
from trainer.render.window import Windowed, windows


def check_template(checklist: Checklist, tokenizer: Tokenizer, stop_ids: list[int]) -> None:
    if not tokenizer.chat_template:
        checklist.note("chat template", "the base has none", "refuse", "give its folder the chat_template.jinja that the server uses")
        return
    checklist.note("chat template", short(digest("chat_template", tokenizer.chat_template)))
    stops = texts_of(tokenizer, stop_ids)
    advice = "" if stops else "name eos_token_id in the base's generation_config.json, as the server that runs it has to"
    checklist.note("stop tokens", " ".join(stops) or "none", "ok" if stops else "refuse", advice)
    if prints_the_day(tokenizer):
        checklist.note("day in prompts", f"the chat template prints the day; every prompt here says {FROZEN_DAY:%d %b %Y}")


def row_length(config: TrainConfig, base: Path) -> int | None:
    """The longest row in tokens that the run may train, where anything limits it."""
    return min((most for most in (config.max_length, context_of(base)) if most is not None), default=None)


def rendered(
    checklist: Checklist, split: str, samples: list[Sample], tokenizer: Tokenizer, stop_ids: list[int], most: int | None = None
) -> list[RenderedRow]:
    """The rows of a split, and what became of its samples on the checklist.

    Args:
        checklist: what was found goes here.
        split: its name.
        samples: its samples.
        tokenizer: that of the base.
        stop_ids: the tokens that end an answer.
        most: the longest row in tokens, where longer ones become windows; nothing where they stay whole, to be refused.
    """
    if not tokenizer.chat_template:
        return []
    made: list[Windowed] = []
    errors: list[str] = []
    untrained = unseen = 0
    for sample in samples:
        try:
            one = Windowed(render_sample(sample, tokenizer, stop_ids)) if most is None else windows(sample, tokenizer, stop_ids, most)
        except RenderError as error:
            errors.append(_way_out(sample, str(error)))
            continue
        untrained += not sample.trained
        unseen += bool(sample.tools) and not prints_tools(tokenizer, sample.tools)
        made.append(one)
    if errors:
        checklist.note(f"labels of {split}", f"{len(errors)} of {len(samples)} rows cannot be proven", "refuse", f"the first: {errors[0]}")
    if untrained:
        checklist.note(f"rows of {split} without targets", str(untrained), "warn", "nothing in them is trained; they are left out")
    if unseen:
        value = f"{unseen} of {len(samples)} rows offer tools that the chat template does not print"
        checklist.note(f"tools of {split}", value, "warn", "the model is trained without seeing them, as it is served by this template")
    if most is not None:
        _note_windows(checklist, split, made, most)
    return [row for one in made for row in one.rows]


def _way_out(sample: Sample, error: str) -> str:
    named = [source for index, source in zip(sample.trained, sample.source_ids, strict=True) if f"message {index}: " in error]
    source = (named or [*sample.source_ids])[:1]
    rated = f"agentlog feedback {source[0]} --rating 1, and build again" if source else "build without it"
    return f"{error}. To leave it out: {rated}"


def _note_windows(checklist: Checklist, split: str, made: list[Windowed], most: int) -> None:
    cut = [one for one in made if one.windows or one.lost]
    if not cut:
        return
    kept, lost, left_out = (sum(getattr(one, name) for one in made) for name in ("kept", "lost", "left_out"))
    value = (
        f"{len(cut)} of {len(made)} rows became {sum(one.windows for one in cut)} windows of at most {most} tokens: "
        f"{kept} of {kept + lost} target tokens are trained, {left_out} tokens of context are left out"
    )
    need = max(one.need for one in made)
    advice = f"no target may be lost: --max-length {need} would fit the longest answer with its task" if lost else ""
    checklist.note(f"windows of {split}", value, "refuse" if lost else "ok", advice)


def check_lengths(checklist: Checklist, config: TrainConfig, base: Path, rows: dict[SplitName, list[RenderedRow]]) -> None:
    lengths = [len(row.input_ids) for split in rows.values() for row in split]
    if not lengths:
        return
    longest, most = max(lengths), config.max_length or context_of(base)
    checklist.note("longest row", f"{longest} tokens")
    cut = 0 if most is None else sum(length > most for length in lengths)
    fits = f"--max-length {longest} would fit every row; --overlong window would train them in parts that keep task and newest turns"
    advice = f"no target may be lost: {fits}; or build with shorter rows" if cut else ""
    value = f"{cut} of {len(lengths)} rows are longer than {most} tokens"
    checklist.note("rows that would be cut", value if cut else f"none at {most} tokens", "refuse" if cut else "ok", advice)
    context = context_of(base)
    if context is not None and longest > context:
        advice = f"the longest row has {longest}: --max-length {context} --overlong window would fit, or build with shorter rows"
        checklist.note("context of the base", f"{context} tokens", "refuse", advice)


def check_vocabulary(checklist: Checklist, base: Path, rows: dict[SplitName, list[RenderedRow]]) -> None:
    size = _setting(base, "vocab_size")
    largest = max((max(row.input_ids) for split in rows.values() for row in split), default=-1)
    if size is not None and largest >= size:
        advice = "tokenizer and weights do not belong together: put the base's own tokenizer back into its folder"
        checklist.note("vocabulary", f"the rows use token {largest}, the base has {size}", "refuse", advice)


def check_targets(checklist: Checklist, config: TrainConfig, rows: list[RenderedRow]) -> None:
    targets, samples = sum(row.targets for row in rows), len({row.sample_id for row in rows})
    if not targets:
        checklist.note("target tokens", "none", "refuse", "the training split has nothing to learn: build a dataset with trained answers")
        return
    checklist.note("target tokens", f"{targets} of {sum(len(row.input_ids) for row in rows)} in {len(rows)} rows, per epoch")
    steps = predicted_steps(config, samples)
    checklist.note("predicted steps", f"{steps} ({config.epochs} epochs of {samples} rows, {config.rows_per_step} rows a step)")


def predicted_steps(config: TrainConfig, rows: int) -> int:
    """Optimizer steps that a run takes; a row of the dataset counts once, whatever it renders to."""
    return config.epochs * math.ceil(rows / config.rows_per_step)


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
