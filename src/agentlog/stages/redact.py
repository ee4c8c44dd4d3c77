"""The stage `redact`: personal data gives way to stand-ins, whether it has a form, a key announces it, or a person is known by it.

What is looked for, and how, is `agentlog.privacy`.
"""

from collections.abc import Sequence
from typing import Any

from agentlog.privacy.settings import PrivacySettings, What, make_scrubber
from agentlog.schema.outcome import Outcome
from agentlog.schema.sample import Sample
from agentlog.stages.registry import stage
from agentlog.stages.scrubbing import KeyedConfig, scrub_samples


class RedactConfig(KeyedConfig):
    """The build's secret key, and the fields of `PrivacySettings`."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    people: tuple[Any, ...] = ()
    locales: tuple[str, ...] = ("en",)
    ner: str | None = None
    patterns: tuple[dict[str, Any], ...] = ()
    recognisers: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    """Digests of the files that the recognisers are in, so that a plan with another code is another plan."""

    def settings(self) -> PrivacySettings:
        """What counts as private."""
        return PrivacySettings.model_validate(self.model_dump(exclude={"key", "link_sessions", "code"}))


@stage("redact", config=RedactConfig, scope="session", version=2)
def redact(batch: Sequence[Sample], config: RedactConfig) -> Outcome[Sample]:
    """Put stand-ins in the place of personal data; what cannot be checked is dropped.

    Raises:
        MissingExtraError: a package of the extra ``build`` or ``ner`` is not installed.
        SettingError: a model, pattern or recogniser that the settings name cannot be used.
    """
    return scrub_samples("redact", batch, make_scrubber(config.settings(), config.key, What.PERSONAL), config)
