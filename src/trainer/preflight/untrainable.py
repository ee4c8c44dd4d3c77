"""Untrainable: which answers of a row can be trained, which cannot, and why, so that a few of thousands need not cost the run.

A row whose labels cannot all be proven is looked at answer by answer: those that can be proven alone, and then together, could be trained,
and the others would stay in the conversation as what was said before. Whether a run goes on without them is the team's to say (the setting
``untrainable``); here they are only found, counted and grouped by reason.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from agentlog.errors import RenderError
from agentlog.schema.sample import Sample
from trainer.render.template import REASONING_FIELDS, Tokenizer
from trainer.render.tokens import token_ids
from trainer.render.window import Windowed

_REASONS = 4
"""So many reasons are told one by one; the others are counted."""


@dataclass(slots=True)
class Looked:
    """What became of a sample: its rows, and for each answer that no row trains, why its labels cannot be proven."""

    sample: Sample
    made: Windowed
    errors: dict[int, str] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        """How many answers are proven, and fit in no window."""
        return len(set(self.sample.trained)) - len(self.errors) - len({index for row in self.made.rows for index in row.trained})


def look(sample: Sample, make: Callable[[Sample], Windowed]) -> Looked:
    """The rows of all answers of a sample that can be proven, and why the others cannot."""
    try:
        return Looked(sample, make(sample))
    except RenderError as error:
        whole = str(error)
    errors: dict[int, str] = {}
    trained = sorted(set(sample.trained))
    for index in trained:
        try:
            make(only(sample, {index}))
        except RenderError as error:
            errors[index] = str(error)
    kept = set(trained) - set(errors)
    try:
        # Each may be proven by itself and not beside another: then none of them is.
        made = make(only(sample, kept)) if errors else None
    except RenderError as error:
        whole, made = str(error), None
    return Looked(sample, made, errors) if made else Looked(sample, Windowed(), {index: errors.get(index, whole) for index in trained})


def only(sample: Sample, wanted: set[int]) -> Sample:
    """The sample with no other answers trained than these messages; the others are still said in it."""
    pairs = [(index, source) for index, source in zip(sample.trained, sample.source_ids, strict=True) if index in wanted]
    return sample.model_copy(update={"trained": tuple(pair[0] for pair in pairs), "source_ids": tuple(pair[1] for pair in pairs)})


def reasons(looked: Iterable[Looked]) -> str:
    """Why answers cannot be proven, most frequent first, with how many answers each reason costs."""
    counts = Counter(_reason(one.sample, error) for one in looked for error in one.errors.values())
    told = [f"{count:,} × {reason}" for reason, count in counts.most_common(_REASONS)]
    more = counts.total() - sum(count for _, count in counts.most_common(_REASONS))
    return "; ".join([*told, f"{more:,} × something else"] if more else told)


def first(looked: Iterable[Looked]) -> tuple[str, str | None]:
    """The first answer that cannot be proven: row, message and reason, and the logged interaction that it is."""
    one = next(one for one in looked if one.errors)
    index, error = next(iter(one.errors.items()))
    source = dict(zip(one.sample.trained, one.sample.source_ids, strict=True)).get(index)
    return error, source


def answer_tokens(one: Looked, tokenizer: Tokenizer) -> int:
    """About how many tokens the answers that cannot be proven have: of their texts alone, for they have no targets to count."""
    return sum(_length(text, tokenizer) for index in one.errors for text in _texts(one.sample.messages[index]))


def _reason(sample: Sample, error: str) -> str:
    said = re.sub(r"^(message \d+: )+", "", error.removeprefix(f"row {sample.id}: "))
    short = re.split(r""" \(|: ['"]""", said, maxsplit=1)[0]
    # What a template says when it refuses is the same for all rows, and the only thing that helps.
    return said if short.endswith("refuses it") else short


def _texts(message: Mapping[str, Any]) -> Iterator[str]:
    content = message.get("content")
    parts = [part.get("text") for part in content if isinstance(part, Mapping)] if isinstance(content, list) else [content]
    for call in message.get("tool_calls") or []:
        parts += [call["function"]["name"], str(call["function"].get("arguments") or "")]
    thoughts = [message.get(name) for name in REASONING_FIELDS]
    yield from (text for text in (*parts, *thoughts[:1]) if isinstance(text, str))


def _length(text: str, tokenizer: Tokenizer) -> int:
    try:
        return len(token_ids(tokenizer, text))
    except RenderError:
        return 0
