"""What the recognisers of personal data with a form find in a text, as pairs of entity and value."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import pytest

from agentlog.privacy.detector import Detector
from agentlog.privacy.patterns import recognisers
from agentlog.privacy.text import Text

Found = Callable[..., list[tuple[str, str]]]


@lru_cache(maxsize=8)
def _detector(locales: tuple[str, ...]) -> Detector:
    return Detector(recognisers(locales))


@pytest.fixture(scope="session")
def found() -> Found:
    """``found(text, *locales)``; without locales, the English ones."""

    # The judges are loaded when the first candidate is met: not within a test that has a deadline.
    _detector(("en",)).find(Text("+1 415 265 3890, visa 4111 1111 1111 1111, mia@curator.museum"))

    def find(text: str, *locales: str) -> list[tuple[str, str]]:
        spans: Sequence = _detector(locales or ("en",)).find(Text(text))
        return [(span.entity, text[span.start : span.end]) for span in spans]

    return find
