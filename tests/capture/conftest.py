"""A logger that keeps its events in memory."""

from typing import Any, NamedTuple

import pytest

from agentlog import AgentLogger
from agentlog.testing import EventList


class Caught(NamedTuple):
    logger: AgentLogger
    events: list[dict[str, Any]]


@pytest.fixture
def caught() -> Caught:
    """A logger and the events it has logged."""
    sink = EventList()
    return Caught(AgentLogger(sink=sink), sink.events)
