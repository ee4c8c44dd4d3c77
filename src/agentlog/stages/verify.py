"""Verify: each finished row is read once more, by a reader that shares no code with what scrubbed it; a row that it stops is dropped.

What is looked at are the very bytes that will be written, with the answers that a person corrected, which go into preference pairs. One
row that cannot be proven clean costs that row, not the build of a million; what was found in it is named by entity and reason, never
shown. The finished files are looked at again before they are published (`agentlog.build.check`).
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from agentlog._io.jsonl import dump_line
from agentlog.privacy.settings import PrivacySettings, known_to
from agentlog.privacy.verifier import MOST_LEAKS, Leak, verify_files
from agentlog.schema.outcome import Drop, DropReason, Outcome
from agentlog.schema.sample import Sample
from agentlog.stages.registry import StageConfig, stage


class VerifyConfig(StageConfig):
    """The fields of `PrivacySettings` that a reader without recognisers understands; the key only hides them in what is shown."""

    key: str = ""
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    people: tuple[Any, ...] = ()


@stage("verify", config=VerifyConfig, scope="batch", version=1)
def verify(batch: Sequence[Sample], config: VerifyConfig) -> Outcome[Sample]:
    """Drop rows in which anything private is left.

    Raises:
        MissingExtraError: a package of the extra ``build`` is not installed.
    """
    found = _leaks(batch, config)
    dropped = [_drop(sample, found[number]) for number, sample in enumerate(batch) if number in found]
    return Outcome([sample for number, sample in enumerate(batch) if number not in found], dropped)


def _leaks(batch: Sequence[Sample], config: VerifyConfig) -> dict[int, list[Leak]]:
    """The leaks of each row that has any."""
    settings = PrivacySettings.model_validate({"allow": config.allow, "deny": config.deny, "people": config.people})
    content = b"".join(_bytes(sample) for sample in batch)
    leaks = verify_files({"row": content}, people=_people(settings.model_dump_json()), deny=settings.deny, allow=settings.allow)
    if len(leaks) >= MOST_LEAKS and len(batch) > 1:
        # The verifier has stopped there, and has not seen what comes behind.
        alone = {number: _leaks([sample], config) for number, sample in enumerate(batch)}
        return {number: found[0] for number, found in alone.items() if found}
    found: dict[int, list[Leak]] = {}
    for leak in leaks:
        found.setdefault((leak.line - 1) // 2, []).append(leak)
    return found


@lru_cache(maxsize=4)
def _people(written: str) -> tuple[str, ...]:
    return tuple(known_to(PrivacySettings.model_validate_json(written)))


def _bytes(sample: Sample) -> bytes:
    """Two lines: the row, and what was corrected in it."""
    return dump_line(sample.row()) + dump_line([answer.original for answer in sample.answers])


def _drop(sample: Sample, leaks: list[Leak]) -> Drop:
    kinds = ", ".join(f"{entity} {number}" for entity, number in sorted(Counter(leak.entity for leak in leaks).items()))
    return Drop(stage="verify", reason=DropReason.LEAK, source_ids=sample.source_ids, sample_id=sample.id, detail=kinds)
