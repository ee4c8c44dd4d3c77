"""Telling key: a value in JSON is a secret because of the key it stands under, whatever it looks like.

The nearest key decides; a list's values stand under the list's key.
Booleans, numbers that count, placeholders, names of schemes (``token_type: bearer``) and the tokens of a text (``logprobs``) stay.
"""

import re
from collections.abc import Iterator

from agentlog.privacy.recogniser import Keyed, Span
from agentlog.privacy.secrets.judging import is_told, spreads
from agentlog.privacy.secrets.names import Weight, weight
from agentlog.privacy.text import Text

_SCHEME = re.compile(r"\s*(?:bearer|basic|token|ssws|apikey|api-key|negotiate|splunk|key|geniekey|jwt|bot)(?:[ :]\s*|%20)", re.IGNORECASE)
_LISTS = (
    "logprob",
    "vocab",
    "tokeniz",
    "added_tokens",
    "special_tokens",
    "tokens",
    "merges",
    "properties",
    "translations",
    "i18n",
    "labels",
    "schema",
)
_LONGEST = 16_384


def telling_key() -> Keyed:
    """The recogniser of secrets by their key."""
    return Keyed("telling-key", _under, _is_telling)


def _is_telling(key: str) -> bool:
    return weight(key) is not Weight.NONE


def _under(keys: tuple[str, ...], text: Text) -> Iterator[Span]:
    name = keys[-1]
    said = weight(name)
    if len(text.value) > _LONGEST:
        return
    if said is not Weight.PASSWORD and any(part in key.lower() for key in keys[-4:-1] for part in _LISTS):
        return
    value = text.value
    low = len(value) - len(value.lstrip())
    scheme = _SCHEME.match(value)
    if scheme is not None and " " not in value[scheme.end() :].strip():
        low = scheme.end()
    high = len(value.rstrip())
    inner = value[low:high]
    if ("cookie" in name.lower() and "=" in inner) or inner.startswith(("-----BEGIN", "{", "[")) or "://" in inner:
        return
    if is_told(said, name, inner):
        yield Span(low, high, "SECRET", "telling-key", 0.9, spreads(inner))
