"""`scrub`: secrets and personal data out of a text or JSON value, for use outside a build."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from agentlog.stages.redact import RedactConfig, make_detector
from agentlog.stages.scrubbing import Scrubbed, replace_found
from agentlog.stages.secrets import find_secrets


def scrub(
    value: Any,
    *,
    key: str = "",
    scope: str = "",
    allow: Sequence[str] = (),
    people: Sequence[str] = (),
    locales: Sequence[str] = ("en",),
) -> Scrubbed:
    """Replace secrets and personal data in a text or JSON value by stand-ins of the same type and syntax.

    Args:
        value: a string, or any JSON value; it is not changed.
        key: a secret of yours; without it, stand-ins of short values can be guessed.
        scope: within one scope, equal values have equal stand-ins.
        allow: texts that are known to be harmless.
        people: full names of people to look for.
        locales: whose phone formats are looked for.

    Returns:
        The value in the same shape, counts per entity, and the findings. Names of others and addresses are not looked for.

    Raises:
        UnsettledError: the value cannot be scrubbed completely.
    """
    personal = make_detector(RedactConfig(key=key, allow=tuple(allow), people=tuple(people), locales=tuple(locales)))
    first = replace_found(value, find_secrets, key=key, scope=scope, allow=allow)
    second = replace_found(first.value, personal, key=key, scope=scope, allow=allow)
    return Scrubbed(second.value, dict(Counter(first.counts) + Counter(second.counts)), first.findings + second.findings)
