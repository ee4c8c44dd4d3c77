"""Scores: what a set of rows covers, how varied it is, how much of it is known to be right, and how even its style.

coverage     share of the declared task types that have a row; not measured where none are declared
diversity    mean of the normalised entropy of task types and of distinct-2 of the answers (Li et al., 2016), each 0 to 1
correctness  share of trained answers that tests, an outcome or a person say are right; an answer without a verdict counts against it,
             and where no answer has one, it is not measured
consistency  mean over features of style (a code block, code that parses, a tool call, prose around it) of the share of the commoner side

Scores look at the whole and drop nothing; gates decide elsewhere.
"""

import ast
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from agentlog.schema.messages import ChatMessage, text_of
from agentlog.schema.outcome import Outcome
from agentlog.schema.sample import Sample
from agentlog.stages.registry import StageConfig, stage

_CODE = re.compile(r"```[a-zA-Z]*\n(.*?)```", re.DOTALL)


class ScoreConfig(StageConfig):
    """The task types that the role should cover."""

    task_types: tuple[str, ...] = ()


@stage("score", config=ScoreConfig, scope="whole", version=1)
def score(batch: Sequence[Sample], config: ScoreConfig) -> Outcome[Sample]:
    """Measure the rows; keep them all."""
    answers = [sample.messages[index] for sample in batch for index in sample.trained]
    measures = {
        "coverage": _coverage(batch, config.task_types),
        "diversity": _diversity(batch, answers),
        "correctness": _correctness(batch),
        "consistency": _consistency(answers),
    }
    return Outcome(list(batch), measures={name: None if value is None else round(value, 6) for name, value in measures.items()})


def _coverage(batch: Sequence[Sample], declared: Sequence[str]) -> float | None:
    if not declared:
        return None
    return len(set(declared) & {sample.task_type for sample in batch}) / len(set(declared))


def _diversity(batch: Sequence[Sample], answers: Sequence[ChatMessage]) -> float | None:
    if not batch:
        return None
    kinds = Counter(sample.task_type for sample in batch)
    entropy = -sum(number / len(batch) * math.log(number / len(batch)) for number in kinds.values())
    evenness = entropy / math.log(len(kinds)) if len(kinds) > 1 else 0.0
    return (evenness + _distinct_two(map(text_of, answers))) / 2


def _distinct_two(texts: Iterable[str]) -> float:
    """Distinct word pairs as a share of all word pairs."""
    total = 0
    pairs: set[tuple[str, str]] = set()
    for text in texts:
        words = text.split()
        pairs.update(pairwise(words))
        total += max(len(words) - 1, 0)
    return len(pairs) / total if total else 0.0


def _correctness(batch: Sequence[Sample]) -> float | None:
    answers = [answer for sample in batch for answer in sample.trained_answers()]
    if not any(answer.judged for answer in answers):
        return None
    return sum(answer.verified for answer in answers) / len(answers)


def _consistency(answers: Sequence[ChatMessage]) -> float | None:
    if not answers:
        return None
    shares: list[float] = [sum(column) / len(answers) for column in zip(*map(_style, answers), strict=True)]
    return sum(max(share, 1.0 - share) for share in shares) / len(shares)


def _style(answer: ChatMessage) -> tuple[bool, bool, bool, bool]:
    text = text_of(answer)
    blocks = _CODE.findall(text)
    prose = _CODE.sub("", text).strip()
    return bool(blocks), all(map(_parses, blocks)), bool(answer.get("tool_calls")), bool(prose)


def _parses(code: str) -> bool:
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
