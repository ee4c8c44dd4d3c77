"""Scrubbing samples: the part that the stages `secrets` and `redact` share.

What is found in one sample of a session is looked for in all samples of that session, so a batch must hold whole sessions. A sample on
which scrubbing fails, in whatever way, is dropped with the kind of failure; the others of its session are scrubbed without it.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from agentlog.errors import AgentlogError
from agentlog.privacy.scrubber import Finding, Scrubbed, Scrubber
from agentlog.schema.outcome import Drop, DropReason, Outcome, Replacement
from agentlog.schema.sample import Sample
from agentlog.stages.registry import StageConfig


class KeyedConfig(StageConfig):
    """What both scrubbing stages need: the build's secret key, and whether a value has the same stand-in in all sessions."""

    key: str = ""
    link_sessions: bool = False


def scrub_samples(stage: str, batch: Sequence[Sample], scrubber: Scrubber, config: KeyedConfig) -> Outcome[Sample]:
    """Scrub every text of every sample, session by session."""
    sessions: dict[str, list[int]] = {}
    for number, sample in enumerate(batch):
        sessions.setdefault(sample.session_id or sample.id, []).append(number)
    clean: dict[int, Sample] = {}
    failed: dict[int, Drop] = {}
    counts: Counter[str] = Counter()
    replaced: dict[int, list[Replacement]] = {}
    for scope, numbers in sessions.items():
        samples = {number: batch[number] for number in numbers}
        done, drops = _scrub_session(stage, samples, scrubber, "" if config.link_sessions else scope)
        failed |= drops
        if done is None:
            continue
        counts += Counter(done.counts)
        told: dict[int, list[Finding]] = defaultdict(list)
        for found in done.findings:
            told[int(found.place[1 : found.place.index("]")])].append(found)
        for place, (number, parts) in enumerate(zip((n for n in numbers if n not in drops), done.value, strict=True)):
            clean[number] = _with_parts(batch[number], parts)
            replaced[number] = [_told(stage, batch[number], found) for found in told[place]]
    return Outcome(
        [clean[number] for number in sorted(clean)],
        [failed[number] for number in sorted(failed)],
        dict(sorted(counts.items())),
        replacements=[found for number in sorted(replaced) for found in replaced[number]],
    )


def _scrub_session(stage: str, samples: dict[int, Sample], scrubber: Scrubber, scope: str) -> tuple[Scrubbed | None, dict[int, Drop]]:
    try:
        return scrubber.scrub([_parts(sample) for sample in samples.values()], scope), {}
    except Exception as error:  # noqa: BLE001 (fail-closed: text that a recogniser cannot handle must not pass)
        trouble = error
    drops: dict[int, Drop] = {}
    for number, sample in samples.items():
        try:
            scrubber.scrub([_parts(sample)], scope)
        except Exception as error:  # noqa: BLE001
            drops[number] = _drop(stage, sample, error)
    left = {number: sample for number, sample in samples.items() if number not in drops}
    if left and drops:
        done, more = _scrub_session(stage, left, scrubber, scope)
        return done, drops | more
    # Each sample alone may pass where all of them together do not; then none of them is known to be clean.
    return None, drops | {number: _drop(stage, sample, trouble) for number, sample in left.items()}


def _parts(sample: Sample) -> dict[str, Any]:
    return {
        "messages": sample.messages,
        "tools": sample.tools,
        "originals": [answer.original for answer in sample.answers],
        "task_type": sample.task_type,
    }


def _with_parts(sample: Sample, parts: dict[str, Any]) -> Sample:
    if parts == _parts(sample):
        return sample
    answers = tuple(
        answer.model_copy(update={"original": original}) for answer, original in zip(sample.answers, parts["originals"], strict=True)
    )
    return sample.model_copy(update={**{name: parts[name] for name in ("messages", "tools", "task_type")}, "answers": answers})


def _told(stage: str, sample: Sample, found: Finding) -> Replacement:
    place = found.place.partition("].")[2]
    return Replacement(
        stage=stage,
        sample_id=sample.id,
        entity=found.entity,
        place=place,
        start=found.start,
        end=found.end,
        recogniser=found.recogniser,
        score=found.score,
    )


def _drop(stage: str, sample: Sample, error: Exception) -> Drop:
    """The kind of a failure; the message of a foreign error might hold the very text that must not be kept."""
    detail = str(error) if isinstance(error, AgentlogError) else type(error).__name__
    return Drop(stage=stage, reason=DropReason.SCRUB_FAILED, source_ids=sample.source_ids, sample_id=sample.id, detail=detail)
