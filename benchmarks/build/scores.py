"""Each score moves the right way when what it measures is spoilt: rows of a made-up coder, spoilt by seeded corruptions at rising rates.

    python -m benchmarks.build.scores [--seeds 5] [--rows 400]

For every corruption the table has the score at each rate, as the mean over the seeds, and whether it fell (or widened) at every step for
every seed. Which rows are spoilt at a rate are among those spoilt at a higher one. Exits with 1 where a score did not move as it should.
"""

import argparse
import random
import re
import sys
from array import array
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from agentlog.schema.messages import text_of
from agentlog.schema.outline import InMemory, Outline
from agentlog.schema.sample import Answer, Sample
from agentlog.stages.score import ScoreConfig, score
from agentlog.stages.style import style_of

HALF = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
ALL = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
TASKS = {
    "implement": ("parse", "tokenize", "grammar", "syntax", "stream", "buffer", "literal", "operator", "bracket", "comment"),
    "fix": ("crash", "traceback", "deadlock", "race", "overflow", "leak", "timeout", "retry", "exception", "socket"),
    "refactor": ("duplicate", "module", "interface", "coupling", "rename", "inherit", "dependency", "layer", "cleanup", "pattern"),
    "test": ("assert", "fixture", "mock", "coverage", "edge", "property", "expected", "snapshot", "flaky", "golden"),
}
_THINGS = ("order", "price", "account", "ticket", "invoice", "shipment", "customer", "balance", "report", "schedule", "route", "sensor")
_ACTS = ("collect", "merge", "split", "rank", "filter", "group", "count", "align", "shift", "trim", "round", "encode", "compare", "index")


def make_rows(seed: int, number: int = 400) -> list[Sample]:
    """Rows of a coder with an even style: typed, documented, snake_case Python that parses, with a word before it; all tests passed."""
    draw = random.Random(seed)
    return [_row(position, list(TASKS)[position % len(TASKS)], draw) for position in range(number)]


def _row(position: int, task: str, draw: random.Random) -> Sample:
    thing, other = draw.sample(_THINGS, 2)
    act = draw.choice(_ACTS)
    words = " ".join(draw.sample(TASKS[task], 6))
    request = f"Please {act} the {thing}s by {other}: {words}."
    name = f"{act}_{thing}s"
    code = (
        f"def {name}({thing}_list: list[int], {other}_limit: int = {draw.randrange(2, 90)}) -> list[int]:\n"
        f'    """{act.title()} {thing}s by {other}: {" ".join(draw.sample(TASKS[task], 3))}."""\n'
        f"    chosen_{thing}s = [{thing} * {draw.randrange(2, 90)} for {thing} in {thing}_list if {thing} < {other}_limit]\n"
        f"    return sorted(chosen_{thing}s)[: {draw.randrange(2, 90)}]\n"
    )
    text = f"This will {act} the {thing}s, minding the {words}.\n\n```python\n{code}```"
    answer = Answer(index=1, interaction_id=f"call-{position}", timestamp="2026-11-20T17:00:00.000000Z", tests_passed=True)
    return Sample(
        id=f"row-{position}",
        messages=[{"role": "user", "content": request}, {"role": "assistant", "content": text}],
        trained=(1,),
        task_type=task,
        source_ids=(answer.interaction_id,),
        answers=(answer,),
    )


def outlined(sample: Sample) -> Outline:
    """What scores need of an outline."""
    answers = sample.trained_answers()
    lengths = [len(text_of(message)) for message in sample.messages]
    return Outline(
        id=sample.id,
        source_ids=sample.source_ids,
        task_type=sample.task_type,
        judged=sum(answer.judged for answer in answers),
        verified=sum(answer.verified for answer in answers),
        tested=sum(answer.tests_passed is not None for answer in answers),
        style=array("f", style_of(sample)).tobytes(),
        length=sum(lengths),
        answer_length=sum(lengths[index] for index in sample.trained),
        texts=InMemory(sample),
    )


def measures_of(samples: Sequence[Sample], config: ScoreConfig) -> dict[str, Any]:
    """The measures of the score stage."""
    return score([outlined(sample) for sample in samples], config).measures


def _in_answer(change: Callable[[str], str]) -> Callable[[Sample], Sample]:
    def changed(sample: Sample) -> Sample:
        text = change(text_of(sample.messages[1]))
        return sample.model_copy(update={"messages": [sample.messages[0], {"role": "assistant", "content": text}]})

    return changed


def _judged(passed: bool | None) -> Callable[[Sample], Sample]:
    def changed(sample: Sample) -> Sample:
        return sample.model_copy(update={"answers": tuple(one.model_copy(update={"tests_passed": passed}) for one in sample.answers)})

    return changed


def _camel(text: str) -> str:
    return re.sub(r"(?<=[a-z])_([a-z])", lambda found: found[1].upper(), text)


def _without_hints(text: str) -> str:
    return text.replace(": list[int]", "").replace(": int", "").replace(" -> list[int]", "")


def _longer(text: str) -> str:
    return text + "\n\n" + "And there is much more that could be said about it, at length and in every detail. " * 40


class Corruption(NamedTuple):
    """What is done to a row, what is looked at, at which rates, and whether that should rise instead of fall."""

    name: str
    looked_at: tuple[str, ...]
    spoil: Callable[[Sample], Sample | None]
    rates: tuple[float, ...] = HALF
    rises: bool = False
    declared: bool = True
    only: str | None = None


_PARTS = tuple(("details", "diversity", part) for part in ("types", "distinct_1", "distinct_2", "distinct_3", "distance", "vendi"))
_FIRST = make_rows(0, 1)[0]


def _copied(sample: Sample) -> Sample:
    return _FIRST.model_copy(update={"id": sample.id, "source_ids": sample.source_ids})


CORRUPTIONS = (
    Corruption("rows of a declared type taken away", ("coverage",), lambda _: None, ALL, only="test"),
    Corruption("rows of an undeclared type taken away", ("coverage",), lambda _: None, (0.0, 0.3, 0.6, 0.8), declared=False, only="test"),
    Corruption("rows made copies of one", ("diversity",), _copied, ALL),
    *(Corruption("rows made copies of one", part, _copied, ALL) for part in _PARTS),
    Corruption("answers marked as failed", ("correctness",), _judged(False), ALL),
    Corruption("answers left unjudged", ("details", "correctness", "low"), _judged(None), (0.0, 0.2, 0.4, 0.6, 0.8, 0.95)),
    Corruption("code broken", ("consistency",), _in_answer(lambda text: text.replace("return sorted(", "return sorted((")), ALL),
    Corruption("type hints stripped", ("consistency",), _in_answer(_without_hints)),
    Corruption("docstrings stripped", ("consistency",), _in_answer(lambda text: re.sub(r'    """.*"""\n', "", text))),
    Corruption("names made camelCase", ("consistency",), _in_answer(_camel)),
    Corruption("fences taken away", ("consistency",), _in_answer(lambda text: text.replace("```python\n", "").replace("```", ""))),
    Corruption("answers made ten times as long", ("consistency",), _in_answer(_longer)),
)


def spoilt(samples: Sequence[Sample], corruption: Corruption, rate: float, seed: int) -> list[Sample]:
    """The rows, that share of them spoilt; a higher rate spoils the same rows and more."""
    draw = random.Random(f"{seed} {corruption.name}")
    luck = [draw.random() for _ in samples]
    whom = [corruption.only is None or sample.task_type == corruption.only for sample in samples]
    hit = sorted((place for place in range(len(samples)) if whom[place]), key=lambda place: luck[place])
    chosen = set(hit[: round(rate * len(hit))])
    changed = [corruption.spoil(sample) if place in chosen else sample for place, sample in enumerate(samples)]
    return [sample for sample in changed if sample is not None]


def curve(corruption: Corruption, seed: int, number: int = 400) -> list[float]:
    """What is looked at, at each rate."""
    rows = make_rows(seed, number)
    config = ScoreConfig(task_types=tuple(TASKS) if corruption.declared else ())
    values = []
    for rate in corruption.rates:
        value: Any = measures_of(spoilt(rows, corruption, rate, seed), config)
        for key in corruption.looked_at:
            value = value[key]
        values.append(value)
    return values


def falls(values: Sequence[float]) -> bool:
    """Whether no value is above the one before it, and the last is below the first."""
    return all(later <= earlier + 1e-9 for earlier, later in pairwise(values)) and values[-1] < values[0]


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=400)
    given = parser.parse_args()
    print("| corruption | score | at rates | mean over seeds | falls at each step, for each seed |\n|---|---|---|---|---|")
    wrong = 0
    for corruption in CORRUPTIONS:
        curves = [curve(corruption, seed, given.rows) for seed in range(given.seeds)]
        good = sum(map(falls, curves))
        wrong += good < given.seeds
        means = " ".join(f"{sum(column) / len(column):.3f}" for column in zip(*curves, strict=True))
        rates = " ".join(f"{rate:g}" for rate in corruption.rates)
        print(f"| {corruption.name} | {corruption.looked_at[-1]} | {rates} | {means} | {good} of {given.seeds} |")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
