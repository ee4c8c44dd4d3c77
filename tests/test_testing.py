"""The public test helpers."""

import pytest

from agentlog import AgentLogger, log_interaction
from agentlog.capture.default import default_logger
from agentlog.testing import EventList, capture_events, log_toy_session, ticking_clock


def test_events_are_caught_even_where_logging_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTLOG_DISABLED", "1")
    with capture_events() as events:
        log_interaction(role="coder")(lambda prompt: prompt)("x")
    assert [event["event"] for event in events] == ["interaction"]


def test_the_former_default_logger_comes_back_even_after_an_error() -> None:
    before = default_logger()
    with pytest.raises(KeyError), capture_events():
        raise KeyError
    assert default_logger() is before


def test_a_toy_session_has_a_growing_history_and_known_times() -> None:
    sink = EventList()
    ids = log_toy_session(AgentLogger(sink=sink, clock=ticking_clock()), calls=2)
    calls = [event for event in sink.events if event["event"] == "interaction"]
    assert [event["id"] for event in calls] == ids
    assert [len(event["messages"]) for event in calls] == [2, 4]
    assert all(event["timestamp"].startswith("2026-01-01T00:00:") for event in calls)
