"""Replacing what a detector finds: the part that the stages `secrets` and `redact` share.

A value is walked to its texts, a detector says which parts are private, and every occurrence of such a part anywhere in the value is
replaced by its stand-in, also where no detector would have seen it. That is done until nothing is found any more; what cannot be settled
in a few passes, or makes a detector fail, counts as not scrubbed and is never passed on.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from agentlog.errors import AgentlogError
from agentlog.schema.outcome import Drop, DropReason, Outcome
from agentlog.schema.sample import Sample
from agentlog.stages.registry import StageConfig
from agentlog.privacy.standins import stand_in
from agentlog.stages.texts import Leaf, Replacer, leaves, with_texts

_PASSES = 4


class Finding(NamedTuple):
    """One private value: what it is, the text itself, who found it, and how sure it is (0 to 1)."""

    entity: str
    text: str
    recogniser: str
    score: float


Detector = Callable[[Leaf], Iterable[Finding]]


class ScrubConfig(StageConfig):
    """What both scrubbing stages need: the build's secret key, and texts known to be harmless."""

    key: str = ""
    allow: tuple[str, ...] = ()


class Scrubbed(NamedTuple):
    """A value without its private parts, how often each entity was replaced, and what was found."""

    value: Any
    counts: dict[str, int]
    findings: list[Finding]


class UnsettledError(AgentlogError):
    """A value still holds findings after several passes."""


def replace_found(value: Any, detect: Detector, *, key: str, scope: str, allow: Sequence[str] = ()) -> Scrubbed:
    """Replace what one detector finds, until it finds nothing.

    Raises:
        UnsettledError: it still finds something after several passes.
    """
    harmless = set(allow)
    counts: Counter[str] = Counter()
    seen: list[Finding] = []
    for _ in range(_PASSES):
        found = {finding.text: finding for leaf in leaves(value) for finding in detect(leaf) if finding.text not in harmless}
        if not found:
            return Scrubbed(value, dict(counts), seen)
        seen += found.values()
        replacer = Replacer({text: stand_in(finding.entity, text, scope=scope, key=key) for text, finding in found.items()})
        value = with_texts(value, replacer)
        for text, number in replacer.replaced.items():
            counts[found[text].entity] += number
    raise UnsettledError(f"still private after {_PASSES} passes: {', '.join(sorted({finding.entity for finding in found.values()}))}")


def scrub_samples(stage: str, batch: Sequence[Sample], detect: Detector, config: ScrubConfig) -> Outcome[Sample]:
    """Scrub every text of every sample; a sample on which that fails is dropped, whatever the failure."""
    kept: list[Sample] = []
    dropped: list[Drop] = []
    counts: Counter[str] = Counter()
    for sample in batch:
        try:
            clean, found = _scrub_sample(sample, detect, config)
        except Exception as error:  # noqa: BLE001 (fail-closed: text that a recogniser cannot handle must not pass)
            drop = Drop(stage=stage, reason=DropReason.SCRUB_FAILED, source_ids=sample.source_ids, sample_id=sample.id, detail=_said(error))
            dropped.append(drop)
        else:
            kept.append(clean)
            counts += Counter(found)
    return Outcome(kept, dropped, dict(sorted(counts.items())))


def _scrub_sample(sample: Sample, detect: Detector, config: ScrubConfig) -> tuple[Sample, dict[str, int]]:
    texts = {
        "messages": sample.messages,
        "tools": sample.tools,
        "originals": [answer.original for answer in sample.answers],
        "task_type": sample.task_type,
    }
    clean = replace_found(texts, detect, key=config.key, scope=sample.session_id or sample.id, allow=config.allow)
    if not clean.counts:
        return sample, {}
    answers = tuple(
        answer.model_copy(update={"original": original}) for answer, original in zip(sample.answers, clean.value["originals"], strict=True)
    )
    parts = {name: clean.value[name] for name in ("messages", "tools", "task_type")}
    return sample.model_copy(update={**parts, "answers": answers}), clean.counts


def _said(error: Exception) -> str:
    """The kind of a failure; its message might hold the very text that must not be kept."""
    return str(error) if isinstance(error, UnsettledError) else type(error).__name__
