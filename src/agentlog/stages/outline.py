"""Outline: of each finished row, what the stages that see the whole need to know; its texts stay where they are.

Likeness is judged by what was said, with every stand-in reduced to one word: stand-ins differ from session to session, and would hide that
two rows are the same. System prompts count for equality, but not for likeness: all rows of a role share them, and with them two unlike
runs of one agent would be near.
"""

from array import array
from collections import Counter
from collections.abc import Sequence

from pydantic import Field

from agentlog._hashing import canonical_json, digest, short
from agentlog.privacy.forms.in_text import reduced
from agentlog.schema.messages import text_of
from agentlog.schema.outcome import Outcome
from agentlog.schema.outline import InMemory, Outline
from agentlog.schema.sample import Answer, Sample
from agentlog.stages.conversation import conversation
from agentlog.stages.minhash import likeness
from agentlog.stages.registry import StageConfig, stage
from agentlog.stages.style import style_of


class OutlineConfig(StageConfig):
    """Words per shingle."""

    ngram: int = Field(5, ge=1)


@stage("outline", config=OutlineConfig, scope="batch", version=1)
def outline(batch: Sequence[Sample], config: OutlineConfig) -> Outcome[Outline]:
    """Outline every row.

    Raises:
        MissingExtraError: a package of the extra ``build`` is not installed.
    """
    said = [conversation(sample) for sample in batch]
    likenesses = likeness(said, config.ngram)
    return Outcome([_outline(sample, *alike) for sample, alike in zip(batch, likenesses, strict=True)])


def _outline(sample: Sample, shingles: int, bands: bytes) -> Outline:
    answers = sample.trained_answers()
    ratings = [answer.rating for answer in answers if answer.rating is not None]
    scores = [answer.review_score for answer in answers if answer.review_score is not None]
    lengths = [len(text_of(message)) for message in sample.messages]
    return Outline(
        id=sample.id,
        source_ids=sample.source_ids,
        session_id=sample.session_id,
        task_id=sample.task_id,
        task_type=sample.task_type,
        models=tuple(sorted(Counter(answer.model or "unknown" for answer in answers).items())),
        variants=tuple(sorted({answer.variant for answer in answers if answer.variant is not None})),
        corrected=sum(answer.original is not None for answer in answers),
        rating=max(ratings, default=0.0),
        lowest=min(ratings, default=0.0),
        review_score=min(scores, default=None),
        judged=sum(answer.judged for answer in answers),
        verified=sum(answer.verified for answer in answers),
        passed=sum(map(_passed, answers)),
        tested=sum(answer.tests_passed is not None for answer in answers),
        newest=max((answer.timestamp for answer in answers), default=""),
        key=_key(sample),
        shingles=shingles,
        bands=bands,
        style=array("f", style_of(sample)).tobytes(),
        messages=len(sample.messages),
        length=sum(lengths),
        answer_length=sum(lengths[index] for index in sample.trained),
        texts=InMemory(sample),
    )


def _passed(answer: Answer) -> bool:
    return answer.tests_passed is True or (answer.tests_passed is None and answer.status == "success")


def _key(sample: Sample) -> str:
    """Equal for rows that say and train the same."""
    return short(digest("row", reduced(canonical_json([sample.messages, sample.tools, sample.trained]).decode())), 32)
