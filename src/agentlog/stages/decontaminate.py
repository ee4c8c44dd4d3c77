"""Decontamination: rows that share a run of words with a benchmark are dropped, so that a test on it stays a test.

Thirteen words in a row is the measure of Brown et al. (2020, appendix C), and one such run is enough. With ``overlap`` a row may share less
than that share of the runs of any one text of the benchmark, much as Lambert et al. (2024, Tülu 3) allow half of its tokens. Rows are
judged by what users, models and tools said, arguments of tool calls included; system prompts are the agent's own. The benchmarks' files are
read once per process, and the plan names them with their digests, so that another content is another plan.

This comes before duplicates are looked for: a row that goes may not have taken the place of a clean one.
"""

import json
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from agentlog.errors import SettingError
from agentlog.schema.messages import text_of
from agentlog.schema.outcome import Drop, DropReason, Outcome
from agentlog.schema.sample import Sample
from agentlog.stages.benchmark import BenchmarkFile, benchmark_file, read_items
from agentlog.stages.message_tree import reasoning_of
from agentlog.stages.registry import StageConfig, stage
from agentlog.stages.word_runs import LEAST_WORDS, Hit, RunIndex, Text, words

__all__ = ["BenchmarkFile", "DecontaminateConfig", "benchmark_file", "decontaminate"]

_MOST_NAMED = 3


class DecontaminateConfig(StageConfig):
    """Whose texts must not be trained, how many words in a row are too many, and which share of a text's runs (0: a single one)."""

    files: tuple[BenchmarkFile, ...] = ()
    ngram: int = Field(13, ge=1)
    overlap: float = Field(0.0, ge=0, le=1)


class _Index(NamedTuple):
    """The runs of all files, and for each item its file's name and its own."""

    runs: RunIndex
    items: list[tuple[str, str]]


@stage("decontaminate", config=DecontaminateConfig, scope="session", version=2)
def decontaminate(batch: Sequence[Sample], config: DecontaminateConfig) -> Outcome[Sample]:
    """Drop rows that overlap a benchmark; a drop says which items, and how many of their runs. Counts the rows that each file hit.

    Raises:
        SettingError: a benchmark's file cannot be read, or holds nothing that could be found.
    """
    if not config.files or not batch:
        return Outcome(list(batch))
    index = _index(config.files, config.ngram)
    kept: list[Sample] = []
    dropped: list[Drop] = []
    counts: dict[str, int] = {}
    for sample, found in zip(batch, index.runs.hits([map(words, _said(sample)) for sample in batch]), strict=True):
        hits = [hit for hit in found if hit.shared >= config.overlap * hit.runs]
        if not hits:
            kept.append(sample)
            continue
        for name in sorted({index.items[hit.item][0] for hit in hits}):
            counts[name] = counts.get(name, 0) + 1
        drop = Drop(
            stage="decontaminate",
            reason=DropReason.CONTAMINATED,
            source_ids=sample.source_ids,
            sample_id=sample.id,
            detail=_told(hits, index.items),
        )
        dropped.append(drop)
    return Outcome(kept, dropped, counts)


def _said(sample: Sample) -> Iterator[str]:
    for message in sample.messages:
        if message["role"] in ("system", "developer"):
            continue
        yield text_of(message)
        if len(message) > 2:
            yield reasoning_of(message)
            for call in message.get("tool_calls") or ():
                given = call["function"].get("arguments")
                yield _unescaped(given) if isinstance(given, str) else json.dumps(given, ensure_ascii=False)


def _unescaped(arguments: str) -> str:
    """Arguments whose letters are written as letters; what is no JSON stays as it is."""
    if "\\u" not in arguments:
        return arguments
    try:
        return json.dumps(json.loads(arguments), ensure_ascii=False)
    except (ValueError, RecursionError):
        return arguments


def _told(hits: Sequence[Hit], items: Sequence[tuple[str, str]]) -> str:
    """What was hit, the worst first: files, items and numbers, and never a text."""
    worst = sorted(hits, key=lambda hit: (-hit.shared, hit.item))
    named = dict[int, str]()
    for hit in worst:
        runs = f"{hit.shared} of {hit.runs} {hit.length}-grams"
        named.setdefault(hit.item, f"{' '.join(items[hit.item])}: {runs}")
    told = list(named.values())
    more = [f"{len(told) - _MOST_NAMED} more items"] if len(told) > _MOST_NAMED else []
    return "; ".join(told[:_MOST_NAMED] + more)


@lru_cache(maxsize=4)
def _index(files: tuple[BenchmarkFile, ...], ngram: int) -> _Index:
    runs, items = RunIndex(ngram), list[tuple[str, str]]()
    for file in files:
        texts: list[Text] = []
        before = len(items)
        for item in read_items(file):
            texts += [Text(len(items), words(text)) for text in dict.fromkeys(item.texts)]
            items.append((Path(file.path).name, item.name))
        if not runs.add_file(texts, len(items) - before):
            raise SettingError(f"benchmark file {file.path} protects nothing: it has no text of {min(LEAST_WORDS, ngram)} words or more")
    return _Index(runs, items)
