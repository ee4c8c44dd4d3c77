"""Secrets: vendors' tokens by their documented form, private keys, passwords in URLs and headers, and values whose name says what they are.

A name such as ``password``, ``api_key`` or ``authorization`` makes its value a secret, in JSON as in ``NAME=value`` and ``name: value``.
Places where a secret only will be (``${TOKEN}``, ``os.environ[...]``, ``<your key>``) and stand-ins are left alone. What has neither a
known form nor a telling name is not found.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from agentlog.schema.outcome import Outcome
from agentlog.schema.sample import Sample
from agentlog.stages.registry import stage
from agentlog.stages.scrubbing import Finding, ScrubConfig, scrub_samples
from agentlog.privacy.standins import is_stand_in
from agentlog.stages.texts import Leaf

_TOKENS: tuple[tuple[str, str], ...] = (
    ("private-key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----[\s\S]+?-----END (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----"),
    ("anthropic", r"\bsk-ant-[a-z]+\d\d-[\w-]{20,}"),
    ("openai", r"\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}"),
    ("github", r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})"),
    ("gitlab", r"\bglpat-[\w-]{20,}"),
    ("aws", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    ("google", r"\bAIza[\w-]{35}"),
    ("slack", r"\bxox[abprs]-[\w-]{10,}"),
    ("stripe", r"\b[sr]k_live_[A-Za-z0-9]{16,}"),
    ("npm", r"\bnpm_[A-Za-z0-9]{36}"),
    ("pypi", r"\bpypi-[\w-]{50,}"),
    ("hugging-face", r"\bhf_[A-Za-z0-9]{30,}"),
    ("sendgrid", r"\bSG\.[\w-]{16,}\.[\w-]{30,}"),
    ("jwt", r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
)
_NAME = (
    r"(?:pass(?:word|wd|phrase)|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|client[_-]?secret|auth(?:orization)?|credentials?)"
)
_SAID: tuple[tuple[str, str], ...] = (
    ("authorization", r"(?i)\b(?:bearer|basic)\s+([A-Za-z0-9._~+/=-]{12,})"),
    ("url-password", r"[a-z][a-z0-9+.-]*://[^\s:/@]+:([^\s:/@]{3,})@"),
    (
        "assignment",
        rf"""(?i)\b[\w-]*?{_NAME}[\w-]*["']?\s*(?:=|:|=>|:=)\s*["']([^"'\s]{{6,}})["']""",
    ),
    ("environment", rf"(?im)^\s*(?:export\s+)?[A-Z0-9_]*?{_NAME}[A-Z0-9_]*=([^\s\"'()\[\]{{}}<>$]{{8,}})\s*$"),
)
_TELLING_KEY = re.compile(rf"(?i)(?:^|[_-]|[a-z](?=[A-Z])){_NAME}$|^(?:pwd|cookie|set-cookie)$")
_HARMLESS = re.compile(
    r"(?i)^[\s$<{%*.x•-]|^(?:none|null|true|false|str|string|int|bool|optional|required|bearer|basic|your|my)\b|^os\.|\(|getenv|environ"
)
_FORMS = [(name, re.compile(pattern)) for name, pattern in _TOKENS]
_NAMED = [(name, re.compile(pattern)) for name, pattern in _SAID]
_WORTH_A_LOOK = re.compile(
    r"(?i)-----BEGIN|sk-|gh[pousr]_|github_pat_|glpat-|AKIA|ASIA|AIza|xox|k_live_|npm_|pypi-|hf_|SG\.|eyJ|://"
    r"|bearer|basic|pass|secret|token|key|auth|cred"
)


class SecretsConfig(ScrubConfig):
    """The build's secret key, and texts known to be harmless."""


@stage("secrets", config=SecretsConfig, scope="batch", version=1)
def secrets(batch: Sequence[Sample], config: SecretsConfig) -> Outcome[Sample]:
    """Put stand-ins in the place of secrets; what cannot be checked is dropped."""
    return scrub_samples("secrets", batch, find_secrets, config)


def find_secrets(leaf: Leaf) -> list[Finding]:
    """The secrets in a text, the key it stands under taken into account."""
    found = list(_in_text(leaf.text))
    if _TELLING_KEY.search(leaf.key) and " " not in leaf.text.strip() and _is_secret(leaf.text):
        found.append(Finding("SECRET", leaf.text, "telling-key", 1.0))
    return found


@lru_cache(maxsize=4096)
def _in_text(text: str) -> tuple[Finding, ...]:
    return tuple(_search(text)) if _WORTH_A_LOOK.search(text) else ()


def _search(text: str) -> Iterator[Finding]:
    for name, form in _FORMS:
        yield from (Finding("SECRET", match[0], name, 1.0) for match in form.finditer(text) if not is_stand_in(match[0]))
    for name, form in _NAMED:
        yield from (Finding("SECRET", match[1], name, 0.8) for match in form.finditer(text) if _is_secret(match[1]))


def _is_secret(value: str) -> bool:
    return len(value) >= 6 and not _HARMLESS.search(value) and not is_stand_in(value)
