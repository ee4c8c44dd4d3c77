"""Session outcome: what the first half of a build made of one session, in bytes that can cross to another process and be kept.

It has two parts. ``outlines`` is small and is read for every session of a build: what each stage counted, and the outlines of the rows.
``texts`` is compressed and is read only where texts are needed. It holds lines just as they will be written, so that writing a dataset is
copying: the rows, then the drops, the replacements and the preference pairs, and before them a line that says how many there are of each,
with what is known of the answers of each row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import Any, NamedTuple, TypeVar

import orjson
import zstandard
from pydantic import BaseModel

from agentlog._io.jsonl import dump_line
from agentlog.build.preferences import pairs_of
from agentlog.schema.manifest import FunnelStep
from agentlog.schema.outcome import Drop, DropReason, Replacement
from agentlog.schema.outline import Outline, Texts, outline_from
from agentlog.schema.sample import Answer, Sample

_M = TypeVar("_M", bound=BaseModel)
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

    def add(self, dropped: Mapping[str, int], counts: Mapping[str, int]) -> None:
        """Add what the stage dropped and counted in another session."""
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


class SessionTexts(NamedTuple):
    """The lines of a session as they will be written; of each row the answers and the preference pairs; and their size in bytes."""

    rows: list[bytes]
    drops: list[bytes]
    replacements: list[bytes]
    pairs: list[list[bytes]]
    answers: list[list[dict[str, Any]]]
    size: int


def packed(
    key: bytes, steps: Sequence[StageCount], rows: Sequence[Outline], drops: Sequence[Drop], replacements: Sequence[Replacement]
) -> SessionOutcome:
    """The outcome of a session whose rows are at hand."""
    light = {
        "numbers": [number for step in steps for number in (step.answers_in, step.answers_out, step.rows_out)],
        "told": [[place, step.dropped, step.counts] for place, step in enumerate(steps) if step.dropped or step.counts],
        "rows": [row.as_json() for row in rows],
    }
    samples = [row.sample() for row in rows]
    pairs = [list(map(dump_line, pairs_of(sample))) for sample in samples]
    head = [len(drops), len(replacements), [len(own) for own in pairs], [list(map(_answer, sample.answers)) for sample in samples]]
    texts = [
        dump_line(head),
        *(dump_line(sample.row()) for sample in samples),
        *(dump_line(drop.model_dump(mode="json", exclude_none=True)) for drop in drops),
        *(dump_line(found.model_dump(mode="json")) for found in replacements),
        *(pair for own in pairs for pair in own),
    ]
    return SessionOutcome(key, orjson.dumps(light), _compressor.compress(b"".join(texts)))


class SessionOutlines(NamedTuple):
    """The small part: for each stage in a row the answers that came in, the answers and the rows that were left; what stages dropped and
    counted, by the place of the stage; and the outlines."""

    numbers: list[int]
    told: list[tuple[int, Mapping[str, int], Mapping[str, int]]]
    rows: list[Outline]


def read_outlines(outlines: bytes, texts: Texts) -> SessionOutlines:
    """The small part, read."""
    light = orjson.loads(outlines)
    return SessionOutlines(light["numbers"], light["told"], [outline_from(row, texts) for row in light["rows"]])


def read_texts(texts: bytes) -> SessionTexts:
    """The large part, read."""
    plain = _decompressor.decompress(texts)
    head, *lines = plain.splitlines(keepends=True)
    drops, replacements, pairs, answers = orjson.loads(head)
    rows = len(pairs)
    told = lines[rows + drops + replacements :]
    ends = accumulate(pairs, initial=0)
    return SessionTexts(
        lines[:rows],
        lines[rows : rows + drops],
        lines[rows + drops : rows + drops + replacements],
        [told[start:end] for start, end in pairwise(ends)],
        answers,
        len(plain),
    )


def sample_of(line: bytes, answers: Sequence[dict[str, Any]], outline: Outline) -> Sample:
    """A row as the stages knew it."""
    row = orjson.loads(line)
    known = tuple(_made(Answer, _ANSWER | answer) for answer in answers)
    facts = {"session_id": outline.session_id, "task_id": outline.task_id, "answers": known}
    return _made(Sample, _SAMPLE | row | {"trained": tuple(row["trained"]), "source_ids": tuple(row["source_ids"])} | facts)


def _made(kind: type[_M], content: dict[str, Any]) -> _M:
    """A model of content that was one before; pydantic's own `model_construct` takes several times as long, and near-duplicates of a
    million rows need some hundred thousand."""
    made = object.__new__(kind)
    object.__setattr__(made, "__dict__", content)
    object.__setattr__(made, "__pydantic_fields_set__", set(content))
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made


def _defaults(kind: type[BaseModel]) -> dict[str, Any]:
    return {name: about.default for name, about in kind.model_fields.items() if not about.is_required()}


_ANSWER, _SAMPLE = _defaults(Answer), _defaults(Sample)


def _answer(answer: Answer) -> dict[str, Any]:
    return answer.model_dump(mode="json", exclude_defaults=True)
