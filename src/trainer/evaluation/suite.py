"""Suite: what an evaluation asks. Every trained answer of the test split, with the conversation before it as the prompt.

The same renderer as in training makes prompts and references. A limit draws answers by the seed, the same for both sides and for every
later evaluation with that seed. Answers whose prompt leaves no room in the base's context, and those that cannot be proven, are left out
and counted: an adapter that is trained must not go without a judgement because one held-out answer of hundreds is empty.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from agentlog.errors import RenderError
from agentlog.schema.sample import Sample
from trainer.preflight.untrainable import Looked, look, only, reasons
from trainer.render import NO_LOSS, RenderedRow, Turn, render_sample, render_turns
from trainer.render.template import Tokenizer
from trainer.render.window import Windowed


@dataclass(frozen=True, slots=True)
class Question:
    """One held-out answer: where it comes from, and the tokens of its prompt and of the reference."""

    sample: Sample
    turn: Turn

    @property
    def id(self) -> str:
        """The row and the message in it."""
        return f"{self.sample.id}:{self.turn.index}"

    @property
    def task_type(self) -> str:
        """The kind of task, or a dash where the log does not say."""
        return self.sample.task_type or "–"

    def row(self) -> RenderedRow:
        """The question with its reference answer as a row whose targets are that answer."""
        prompt, target = self.turn.prompt_ids, self.turn.target_ids
        return RenderedRow(prompt + target, [NO_LOSS] * len(prompt) + target, self.sample.id, (self.turn.index,))


@dataclass(frozen=True, slots=True)
class Suite:
    """The questions, in the order of the split; ``left_out`` had no room in the context, ``unproven`` cannot be proven (why, in words)."""

    questions: list[Question]
    left_out: int
    unproven: int = 0
    why: str = ""

    @property
    def longest_reference(self) -> int:
        """Tokens of the longest reference answer."""
        return max(len(question.turn.target_ids) for question in self.questions)


def make_suite(
    samples: Sequence[Sample], tokenizer: Tokenizer, stop_ids: list[int], *, limit: int | None, seed: int, context: int | None
) -> Suite:
    """The questions of a split."""
    places = [(position, index) for position, sample in enumerate(samples) for index in sorted(sample.trained)]
    if limit is not None and limit < len(places):
        places = sorted(random.Random(seed).sample(places, limit))
    wanted: dict[int, set[int]] = {}
    for position, index in places:
        wanted.setdefault(position, set()).add(index)
    asked: list[Question] = []
    missing: list[Looked] = []
    for position, indices in wanted.items():
        sample = samples[position]
        turns, errors = _turns(sample, tokenizer, stop_ids)
        asked += [Question(sample, turn) for turn in turns if turn.index in indices]
        missing.append(Looked(sample, Windowed(), {index: error for index, error in errors.items() if index in indices}))
    fitting = [question for question in asked if context is None or len(question.row().input_ids) <= context]
    return Suite(fitting, len(asked) - len(fitting), sum(len(one.errors) for one in missing), reasons(missing))


def _turns(sample: Sample, tokenizer: Tokenizer, stop_ids: list[int]) -> tuple[list[Turn], dict[int, str]]:
    """The answers of a sample that can be proven, and why the others cannot."""
    try:
        return render_turns(sample, tokenizer, stop_ids), {}
    except RenderError:
        errors = look(sample, lambda part: Windowed(render_sample(part, tokenizer, stop_ids))).errors
        return render_turns(only(sample, set(sample.trained) - set(errors)), tokenizer, stop_ids), errors
