"""Decontamination: rows that share a long word n-gram with a benchmark are dropped, so that a test on it stays a test.

Thirteen words in a row is the measure of Brown et al. (2020, appendix C). The benchmark's files are read once per process, and the plan
names them with their digests, so that another content is another plan.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from agentlog._hashing import file_digest
from agentlog._io.jsonl import BadLine, read_lines
from agentlog.errors import SettingError
from agentlog.privacy.json_value import leaves
from agentlog.schema.outcome import Drop, DropReason, Outcome
from agentlog.schema.sample import Sample
from agentlog.stages.dedup_near import conversation, shingles
from agentlog.stages.registry import StageConfig, stage


class BenchmarkFile(StageConfig):
    """A file of a benchmark: JSON lines, plain or compressed, all of whose texts count."""

    path: str
    digest: str


class DecontaminateConfig(StageConfig):
    """Whose texts must not be trained, and how many words in a row are too many."""

    files: tuple[BenchmarkFile, ...] = ()
    ngram: int = Field(13, ge=1)


def benchmark_file(path: Path) -> BenchmarkFile:
    """A benchmark's file as a plan names it.

    Raises:
        SettingError: it cannot be read.
    """
    try:
        return BenchmarkFile(path=str(path), digest=file_digest(path))
    except OSError as error:
        raise SettingError(f"benchmark file {path} cannot be read: {error.strerror}") from error


@stage("decontaminate", config=DecontaminateConfig, scope="batch", version=1)
def decontaminate(batch: Sequence[Sample], config: DecontaminateConfig) -> Outcome[Sample]:
    """Drop rows that overlap a benchmark."""
    kept: list[Sample] = []
    dropped: list[Drop] = []
    for sample in batch:
        hit = next(_overlaps(sample, config), None)
        if hit is None:
            kept.append(sample)
        else:
            drop = Drop(
                stage="decontaminate",
                reason=DropReason.CONTAMINATED,
                source_ids=sample.source_ids,
                sample_id=sample.id,
                detail=f"{config.ngram} words in a row of {Path(hit).name}",
            )
            dropped.append(drop)
    return Outcome(kept, dropped)


def _overlaps(sample: Sample, config: DecontaminateConfig) -> Iterator[str]:
    if config.files:
        said = shingles(conversation(sample), config.ngram)
        yield from (file.path for file in config.files if not said.isdisjoint(_known(file, config.ngram)))


@lru_cache(maxsize=64)
def _known(file: BenchmarkFile, ngram: int) -> frozenset[str]:
    """The n-grams of a file; a text with fewer words has none, or every short row would be a hit."""
    found: set[str] = set()
    for line in read_lines(Path(file.path)):
        if isinstance(line, BadLine):
            raise SettingError(f"benchmark file is not JSON lines: {line}")
        for leaf in leaves(line.value):
            found |= {shingle for shingle in shingles(leaf.text, ngram) if shingle.count(" ") == ngram - 1}
    return frozenset(found)
