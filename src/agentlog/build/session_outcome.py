"""Session outcome: what the first half of a build made of one session, in bytes that can cross to another process and be kept.

It has two parts. ``outlines`` is small and is read for every session of a build: what each stage counted, and the outlines of the rows.
``texts`` is compressed and is read only where texts are needed: the drops and replacements, the preference pairs and answers of each row,
and the rows themselves, as the very lines that will be written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
import zstandard

from agentlog._io.jsonl import dump_line
from agentlog.build.preferences import pairs_of
from agentlog.schema.manifest import FunnelStep
from agentlog.schema.outcome import Drop, DropReason, Replacement
from agentlog.schema.outline import Outline, Texts, outline_from
from agentlog.schema.sample import Answer, Sample

_compressor = zstandard.ZstdCompressor(level=1, write_checksum=True)
_decompressor = zstandard.ZstdDecompressor()


class SessionOutcome(NamedTuple):
    """The key of the session as it was read, and the two parts."""

    key: bytes
    outlines: bytes
    texts: bytes


@dataclass(slots=True)
class StageCount:
    """What one stage did: answers that came in, drops by reason, answers and rows that were left, and its own counts."""

    answers_in: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    answers_out: int = 0
    rows_out: int = 0
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, other: Sequence[Any]) -> None:
        """Add what the stage did to another session, as `packed` wrote it."""
        answers_in, dropped, answers_out, rows_out, counts = other
        self.answers_in += answers_in
        self.answers_out += answers_out
        self.rows_out += rows_out
        for mine, theirs in ((self.dropped, dropped), (self.counts, counts)):
            for name, number in theirs.items():
                mine[name] = mine.get(name, 0) + number

    def as_step(self, stage: str) -> FunnelStep:
        """The line of a funnel."""
        return FunnelStep(
            stage=stage,
            answers_in=self.answers_in,
            dropped={reason.value: self.dropped[reason.value] for reason in DropReason if reason.value in self.dropped},
            answers_out=self.answers_out,
            rows_out=self.rows_out,
            counts=dict(sorted(self.counts.items())),
        )


class Ledger(NamedTuple):
    """What is told beside the rows of a session, as it will be written."""

    drops: list[dict[str, Any]]
    replacements: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    """For each row its ``answers`` and preference ``pairs``."""


def packed(
    key: bytes, steps: Sequence[StageCount], rows: Sequence[Outline], drops: Sequence[Drop], replacements: Sequence[Replacement]
) -> SessionOutcome:
    """The outcome of a session whose rows are at hand."""
    light = {
        "steps": [[step.answers_in, step.dropped, step.answers_out, step.rows_out, step.counts] for step in steps],
        "rows": [row.as_json() for row in rows],
    }
    samples = [row.sample() for row in rows]
    told = {
        "drops": [drop.model_dump(mode="json", exclude_none=True) for drop in drops],
        "replacements": [found.model_dump(mode="json") for found in replacements],
        "rows": [{"answers": [_answer(answer) for answer in sample.answers], "pairs": pairs_of(sample)} for sample in samples],
    }
    texts = dump_line(told) + b"".join(dump_line(sample.row()) for sample in samples)
    return SessionOutcome(key, orjson.dumps(light), _compressor.compress(texts))


def steps_and_rows(outlines: bytes, texts: Texts) -> tuple[list[Sequence[Any]], list[Outline]]:
    """The small part, read; the steps as `StageCount.add` takes them."""
    light = orjson.loads(outlines)
    return light["steps"], [outline_from(row, texts) for row in light["rows"]]


def lines_of(texts: bytes) -> list[bytes]:
    """The ledger's line and one line for each row, newlines included."""
    return _decompressor.decompress(texts).splitlines(keepends=True)


def ledger_of(line: bytes) -> Ledger:
    """The ledger, read."""
    told = orjson.loads(line)
    return Ledger(told["drops"], told["replacements"], told["rows"])


def sample_of(line: bytes, told: Mapping[str, Any], outline: Outline) -> Sample:
    """A row as the stages knew it."""
    row = orjson.loads(line)
    answers = tuple(Answer.model_construct(**answer) for answer in told["answers"])
    row["trained"], row["source_ids"] = tuple(row["trained"]), tuple(row["source_ids"])
    return Sample.model_construct(**row, session_id=outline.session_id, task_id=outline.task_id, answers=answers)


def _answer(answer: Answer) -> dict[str, Any]:
    return answer.model_dump(mode="json", exclude_defaults=True)
