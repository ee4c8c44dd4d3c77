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

    # Presidio is loaded when the first candidate is met that needs its judgement: not within a test that has a deadline.
    _detector(("en",)).find(Text("+49 30 2653890, DE89370400440532013000, mia@curator.museum"))

    def find(text: str, *locales: str) -> list[tuple[str, str]]:
        spans: Sequence = _detector(locales or ("en",)).find(Text(text))
        return [(span.entity, text[span.start : span.end]) for span in spans]

    return find
