"""What the tests of the recognisers of secrets share."""

import random
import string
from collections.abc import Callable

import pytest

from agentlog.privacy.detector import Detector
from agentlog.privacy.secrets import recognisers
from agentlog.privacy.text import Text


@pytest.fixture(scope="session")
def detector() -> Detector:
    """One detector of secrets for all."""
    return Detector(recognisers())


@pytest.fixture(scope="session")
def found(detector: Detector) -> Callable[[str], list[str]]:
    """The secrets in a text."""
    return lambda text: [text[span.start : span.end] for span in detector.find(Text(text))]


@pytest.fixture(scope="session")
def under(detector: Detector) -> Callable[..., list[str]]:
    """The secrets in a JSON value under keys."""
    return lambda value, *keys: [value[span.start : span.end] for span in detector.under(keys, Text(value))]


@pytest.fixture(scope="session")
def made() -> Callable[..., str]:
    """Token-like text of a length, always the same, so that none stands in a source file."""

    def text(length: int, alphabet: str = string.ascii_letters + string.digits) -> str:
        return "".join(random.Random(11).choices(alphabet, k=length))

    return text
