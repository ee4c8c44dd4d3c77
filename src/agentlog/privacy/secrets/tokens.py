"""Tokens: what is a secret by its form alone, wherever it stands.

Each vendor's form is a recogniser of its own, asked only where its prefix stands. A token stands alone (no letter or digit before it) and
is no placeholder: ``sk-your-key-here`` and ``ghp_xxxxxxxxxxxx`` stay.
"""

import re
from collections.abc import Iterator

from agentlog.privacy.recogniser import Anchored, Span
from agentlog.privacy.secrets.forms import PLATFORMS, Form
from agentlog.privacy.secrets.harmless import is_random
from agentlog.privacy.secrets.service_forms import SERVICES
from agentlog.privacy.text import Text

_BEFORE = 90
_RUN = 12
_ALONE_AFTER = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
"""Right behind one of these a token does not begin."""
_PREFIX = re.compile(r"[A-Za-z]{1,12}[-_.]")
_SAID = ("your", "example", "placeholder", "xxxxxx", "insert", "redacted", "-here", "_here")


def tokens() -> list[Anchored]:
    """One recogniser for each form."""
    return [_recogniser(form) for form in (*PLATFORMS, *SERVICES)]


def _recogniser(form: Form) -> Anchored:
    name = f"token:{form.name}"
    pattern = re.compile(form.pattern)
    before = re.compile(rf"(?<![A-Za-z0-9])(?:{form.before})$") if form.before else None
    amid = _ALONE_AFTER if before is None else frozenset()

    def at(text: Text, start: int, end: int) -> Iterator[Span]:
        if start and text.view[start - 1] in amid:
            return
        if _is_in_run(text.low, start, end):
            return
        found = pattern.match(text.view, start)
        if found is None:
            return
        first, last = found.span(found.re.groups and 1)
        if before is not None:
            lead = before.search(text.view[max(0, start - _BEFORE) : start])
            if lead is None:
                return
            first = start - len(lead[0])
        value = text.view[first:last].rstrip(".-")
        if _is_made_up(value) or (form.random and not is_random(_PREFIX.sub("", value, count=2), 12)):
            return
        yield Span(first, first + len(value), "SECRET", name, 1.0)

    return Anchored(name, form.anchors, at)


def _is_in_run(low: str, start: int, end: int) -> bool:
    """Whether the prefix stands right before as well: no token begins so, and a long run of prefixes must not take forever."""
    lead = low[max(0, start - _RUN) : start]
    again = lead.rfind(low[start:end])
    return again >= 0 and lead[again:].replace("-", "").replace("_", "").isalnum()


def _is_made_up(value: str) -> bool:
    said = value[:80].lower()
    return any(word in said for word in _SAID) or len(set(value[-24:])) <= 3
