"""Scores: what a set of rows covers, how varied it is, how much of it is known to be right, and how even its style.

Each is 0 to 1, or None where it cannot be measured, and its module under ``scoring`` says what it is made of: coverage of task types,
diversity of answers, correctness of what was judged, consistency of style. The parts lie under ``details``, with histograms of lengths.
Scores look at the whole and drop nothing; gates decide elsewhere. Texts are read of a bounded choice of rows only, so that a million rows
cost seconds.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from agentlog._extras import require
from agentlog.schema.outcome import Outcome
from agentlog.schema.outline import Outline
from agentlog.stages.registry import StageConfig, stage
from agentlog.stages.scoring import diversity as varied
from agentlog.stages.scoring.chosen import answer_of, chosen_rows, request_of
from agentlog.stages.scoring.consistency import consistency
from agentlog.stages.scoring.correctness import correctness
from agentlog.stages.scoring.coverage import declared_coverage, discovered_coverage
from agentlog.stages.scoring.lengths import lengths
from agentlog.stages.scoring.task_kinds import TaskKinds, task_kinds

_REQUESTS = 1000
"""Requests that are clustered where no task types are declared."""


class ScoreConfig(StageConfig):
    """The task types that the role should cover, and the file of the base's tokenizer, where there is one, with its digest."""

    task_types: tuple[str, ...] = ()
    tokenizer: str | None = None
    tokenizer_digest: str | None = None


@stage("score", config=ScoreConfig, scope="whole", version=2)
def score(batch: Sequence[Outline], config: ScoreConfig) -> Outcome[Outline]:
    """Measure the rows; keep them all.

    Raises:
        MissingExtraError: a package of the extra ``build`` is not installed.
        SettingError: the file of the tokenizer is none.
    """
    require("numpy", "build")
    types = Counter(outline.task_type for outline in batch)
    kinds = None if config.task_types else task_kinds([request_of(outline.sample()) for outline in chosen_rows(batch, _REQUESTS)])
    covered = discovered_coverage(kinds) if kinds else declared_coverage(types, config.task_types)
    answers = [answer_of(outline.sample()) for outline in chosen_rows(batch, varied.SAMPLE)]
    parts: dict[str, dict[str, Any]] = {
        "coverage": {"score": covered.score, **covered.details},
        "diversity": varied.diversity(_shares(types, kinds), answers, config.task_types),
        "correctness": correctness(batch),
        "consistency": consistency(batch),
    }
    scores: dict[str, Any] = {name: part.pop("score") for name, part in parts.items()}
    details = {**parts, "lengths": lengths(batch, config.tokenizer)}
    return Outcome(list(batch), measures=_rounded({**scores, "details": details}))


def _shares(types: Counter[str | None], kinds: TaskKinds | None) -> Counter[Any]:
    """Rows by task type; by discovered kind where no row carries a type."""
    if kinds is None or any(name is not None for name in types):
        return Counter(types)
    return Counter(kinds.labels)


def _rounded(value: Any) -> Any:
    """The same with six digits: what lies beyond differs between processors."""
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list) else value
