"""The stage `secrets`: vendors' tokens, keys, passwords and whatever a name or key says is secret gives way to stand-ins.

What is looked for, and how, is `agentlog.privacy.secrets`.
"""

from collections.abc import Sequence

from agentlog.privacy.settings import PrivacySettings, What, make_scrubber
from agentlog.schema.outcome import Outcome
from agentlog.schema.sample import Sample
from agentlog.stages.registry import stage
from agentlog.stages.scrubbing import KeyedConfig, scrub_samples


class SecretsConfig(KeyedConfig):
    """The build's secret key, and texts that are known to be harmless."""

    allow: tuple[str, ...] = ()


@stage("secrets", config=SecretsConfig, scope="session", version=2)
def secrets(batch: Sequence[Sample], config: SecretsConfig) -> Outcome[Sample]:
    """Put stand-ins in the place of secrets; what cannot be checked is dropped.

    Raises:
        MissingExtraError: a package of the extra ``build`` is not installed.
    """
    return scrub_samples("secrets", batch, make_scrubber(PrivacySettings(allow=config.allow), config.key, What.SECRETS), config)
