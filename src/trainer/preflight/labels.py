"""Labels: is there a template, is every label proven, does every row fit as a whole, and is there anything to learn."""

import math
from pathlib import Path

import orjson

from agentlog._hashing import digest, short
from agentlog.schema.sample import Sample, SplitName
from trainer.base.weights import embedding_rows, setting
from trainer.checklist import Checklist
from trainer.config import TrainConfig
from trainer.preflight.untrainable import Looked, answer_tokens, first, look, reasons
from trainer.render import NO_LOSS, RenderedRow, Turn, render_sample
from trainer.render.template import FROZEN_DAY, Tokenizer, prints_the_day, prints_tools
from trainer.render.tokens import texts_of
from trainer.render.window import Windowed, windows
from trainer.steps.tree import flat_tokens

_FEW = 0.05
"""A smaller share of targets than this is worth a word: nearly all time goes into prompts."""
_ANY_TOKENIZER = ("PreTrainedTokenizer", "TokenizersBackend")
"""Classes that stand for whatever the files describe."""
_WITHOUT_ROWS = ("chat template", "stop tokens", "labels of train", "windows of train")
"""Points that, when they refuse, may leave nothing to be trained."""


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


def check_tokenizer(checklist: Checklist, base: Path, tokenizer: Tokenizer) -> None:
    """Warn where transformers makes another tokenizer of a folder than the folder says, as it may by the base's model_type."""
    file = base / "tokenizer_config.json"
    said = orjson.loads(file.read_bytes()).get("tokenizer_class") if file.is_file() else None
    loaded = type(tokenizer).__name__
    if not isinstance(said, str) or said.removesuffix("Fast") in _ANY_TOKENIZER or said.removesuffix("Fast") == loaded.removesuffix("Fast"):
        return
    value = f"the folder says {said}, and transformers loads it as {loaded}, by the base's model_type {setting(base, 'model_type')}"
    checklist.note("tokenizer", value, "warn", "the same ids may then mean other text: is the folder's tokenizer the base's own?")


def row_length(config: TrainConfig, base: Path) -> int | None:
    """The longest row in tokens that the run may train, where anything limits it."""
    return min((most for most in (config.max_length, context_of(base)) if most is not None), default=None)


def rendered(
    checklist: Checklist,
    split: str,
    samples: list[Sample],
    tokenizer: Tokenizer,
    stop_ids: list[int],
    most: int | None = None,
    *,
    context: int | None = None,
    leave_out: bool = False,
) -> list[RenderedRow]:
    """The rows of a split, and what became of its samples on the checklist.

    Args:
        checklist: what was found goes here.
        split: its name.
        samples: its samples.
        tokenizer: that of the base.
        stop_ids: the tokens that end an answer.
        most: the longest row in tokens, where longer ones become windows; nothing where they stay whole, to be refused.
        context: what the base was made for, where that is known.
        leave_out: whether the run goes on without the answers that cannot be trained.
    """
    if not (tokenizer.chat_template and stop_ids):
        return []

    def make(sample: Sample) -> Windowed:
        return Windowed(render_sample(sample, tokenizer, stop_ids)) if most is None else windows(sample, tokenizer, stop_ids, most)

    looked = [look(sample, make) for sample in samples]
    if unproven := [one for one in looked if one.errors]:
        about = sum(answer_tokens(one, tokenizer) for one in unproven)
        _note_unproven(checklist, split, looked, about, leave_out)
    untrained = sum(not sample.trained for sample in samples)
    if untrained:
        checklist.note(f"rows of {split} without targets", str(untrained), "warn", "nothing in them is trained; they are left out")
    unseen = sum(bool(one.made.rows and one.sample.tools) and not prints_tools(tokenizer, one.sample.tools) for one in looked)
    if unseen:
        value = f"{unseen:,} of {len(samples):,} rows offer tools that the chat template does not print"
        checklist.note(f"tools of {split}", value, "warn", "the model is trained without seeing them, as it is served by this template")
    if most is not None:
        _note_windows(checklist, split, looked, most, context, leave_out)
    return [row for one in looked for row in one.made.rows]


def _note_unproven(checklist: Checklist, split: str, looked: list[Looked], about: int, leave_out: bool) -> None:
    unproven = [one for one in looked if one.errors]
    lost, all_answers = sum(len(one.errors) for one in unproven), sum(len(set(one.sample.trained)) for one in looked)
    share = f"{lost:,} of {all_answers:,} answers, in {len(unproven):,} of {len(looked):,} rows"
    error, source = first(unproven)
    unfit = "most of the data does not fit this chat template: is it the one that the server uses? " if 2 * lost > all_answers else ""
    if leave_out:
        value = f"{share}, cannot be proven and carry no loss (about {about:,} tokens): {reasons(unproven)}"
        checklist.note(f"left out of {split}", value, "warn", f"{unfit}{'The' if unfit else 'the'} first: {error}")
        return
    advice = f"{unfit}{'The' if unfit else 'the'} first: {error}. To train without them: --untrainable leave_out"
    if source and not unfit:
        advice += f"; or, to leave that one out of the data: agentlog feedback {source} --rating 1, and build again"
    checklist.note(f"labels of {split}", f"{share}, cannot be proven: {reasons(unproven)}", "refuse", advice)


def _note_windows(checklist: Checklist, split: str, looked: list[Looked], most: int, context: int | None, leave_out: bool) -> None:
    made = [one.made for one in looked]
    cut = [one for one in made if one.windows or one.lost]
    if not cut:
        return
    kept, lost, left_out = (sum(getattr(one, name) for one in made) for name in ("kept", "lost", "left_out"))
    shown = f"{len(cut):,} of {len(made):,} rows are longer than {most:,} tokens; windows made of them: {sum(one.windows for one in cut):,}"
    value = f"{shown}; {kept:,} of {kept + lost:,} target tokens are trained, {left_out:,} tokens of context are left out"
    if not lost:
        checklist.note(f"windows of {split}", value)
        return
    need, answers = max(one.need for one in made), sum(one.lost for one in looked)
    why = f"{answers:,} {'answer is' if answers == 1 else 'answers are'} too long with the task for any window ({lost:,} target tokens)"
    fits = f"--max-length {need} would fit all"
    if context is not None and need > context:
        fits = f"to fit all takes {need:,} tokens, and the base was made for {context:,}"
    if leave_out:
        checklist.note(f"windows of {split}", value, "warn", f"{why}: no loss is taken there; {fits}")
        return
    advice = f"no target may be lost in silence: {why}; {fits}. To train without them: --untrainable leave_out"
    checklist.note(f"windows of {split}", value, "refuse", advice)


def check_lengths(checklist: Checklist, config: TrainConfig, base: Path, rows: dict[SplitName, list[RenderedRow]]) -> None:
    lengths = [len(row.input_ids) for split in rows.values() for row in split]
    if not lengths:
        return
    context, longest = context_of(base), max(lengths)
    most = min((length for length in (config.max_length, context) if length is not None), default=None)
    checklist.note("longest row", f"{longest:,} tokens")
    cut = 0 if most is None else sum(length > most for length in lengths)
    if not cut:
        checklist.note("rows that would be cut", "none" if most is None else f"none at {most:,} tokens")
        return
    value = f"{cut:,} of {len(lengths):,} rows are longer than {most:,} tokens"
    advice = "no target may be lost: "
    if context is None or longest <= context:
        advice += f"--max-length {longest} would fit every row; "
    else:
        value += ", the context of the base" if most == context else f"; the context of the base is {context:,}"
    advice += "--overlong window would train them in parts that keep task and newest turns; or build with shorter rows"
    checklist.note("rows that would be cut", value, "refuse", advice)


def check_vocabulary(checklist: Checklist, base: Path, tokenizer: Tokenizer, rows: dict[SplitName, list[RenderedRow]]) -> None:
    size = embedding_rows(base) or setting(base, "vocab_size")
    if not isinstance(size, int):
        return
    largest = max((max(row.input_ids) for split in rows.values() for row in split), default=-1)
    known = max(tokenizer.get_vocab().values(), default=-1) + 1
    advice = "tokenizer and weights do not belong together: put the base's own tokenizer back into its folder"
    if largest >= size:
        checklist.note("vocabulary", f"the rows use token {largest}, the base has {size}", "refuse", advice)
    elif known > size:
        # Tokens that somebody added and nothing uses do no harm in training; a prompt that holds one would end the server.
        value = f"the tokenizer knows {known:,} tokens, the base {size:,}"
        checklist.note("vocabulary", value, "warn", f"no row uses one of the others, but a prompt might: {advice}")


def check_targets(checklist: Checklist, config: TrainConfig, rows: list[RenderedRow]) -> None:
    targets, tokens = sum(row.targets for row in rows), _computed(rows)
    if not targets:
        # Where nothing could be rendered there is a reason already, and this would only be its shadow.
        if not any(item.name.startswith(_WITHOUT_ROWS) for item in checklist.refusals):
            advice = "the training split has nothing to learn: build a dataset with trained answers"
            checklist.note("target tokens", "none", "refuse", advice)
        return
    advice = "most of the time goes into prompts: fold turns of one session into one row where the build can"
    value = f"{targets:,} of {tokens:,} ({targets / tokens:.1%}) in {len(rows):,} rows, per epoch"
    value += "; what rows of one conversation share is counted once" if len(rows) > samples_of(rows) else ""
    checklist.note("target tokens", value, "ok", advice if targets < _FEW * tokens else "")
    samples = samples_of(rows)
    steps = predicted_steps(config, samples)
    checklist.note("predicted steps", f"{steps:,} ({config.epochs:,} epochs of {samples:,} rows, {config.rows_per_step:,} rows a step)")


def _computed(rows: list[RenderedRow]) -> int:
    """The tokens of rows, with what the rows of one conversation share counted once: so they are computed where they are laid out flat."""
    conversations: dict[str, list[RenderedRow]] = {}
    for row in rows:
        conversations.setdefault(row.sample_id, []).append(row)
    return sum(flat_tokens(several) for several in conversations.values())


def predicted_steps(config: TrainConfig, rows: int) -> int:
    """Optimizer steps that a run takes; a row of the dataset counts once, whatever it renders to."""
    return config.epochs * math.ceil(rows / config.rows_per_step)


def samples_of(rows: list[RenderedRow]) -> int:
    """How many rows of the dataset these were rendered from."""
    return len({row.sample_id for row in rows})


def context_of(base: Path) -> int | None:
    """The longest sequence in tokens that a base was made for, where its configuration says."""
    value = setting(base, "max_position_embeddings")
    return value if isinstance(value, int) else None


def probe(rows: list[RenderedRow]) -> Turn | None:
    """The first answer of rows that are trained, with its prompt."""
    for row in rows:
        begin = next(place for place, label in enumerate(row.labels) if label != NO_LOSS)
        end = next((place for place in range(begin, len(row.labels)) if row.labels[place] == NO_LOSS), len(row.labels))
        return Turn(row.trained[0], row.input_ids[:begin], row.input_ids[begin:end])
    return None
