"""What tests of agents need: the events that they log, caught in memory, and small sessions to build on.

``with capture_events() as events:`` makes a temporary logger the default one and hands out the list that its events go to, as
dictionaries of the log's own shape. Nothing is written to disk, and the logger before it comes back afterwards.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson

from agentlog._clock import Clock
from agentlog.capture.default import replace_default_logger
from agentlog.capture.logger import AgentLogger
from agentlog.store.writer import WriteStats

_START_NS = 1_767_225_600_000_000_000


@contextmanager
def capture_events() -> Iterator[list[dict[str, Any]]]:
    """A list that fills with every event logged in the block through the default logger, even where AGENTLOG_DISABLED is set."""
    sink = EventList()
    before = replace_default_logger(AgentLogger(sink=sink, enabled=True))
    try:
        yield sink.events
    finally:
        replace_default_logger(before)


class EventList:
    """A place for lines that keeps them as the events they are."""

    journal = None

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._lost = 0

    def write(self, line: bytes, *more: bytes) -> bool:
        """Keep one line, which may be given in parts, as an event."""
        self.events.append(orjson.loads(b"".join((line, *more))))
        return True

    def lose(self, error: BaseException) -> None:
        """Count an event that could not be made into a line."""
        self._lost += 1

    def stats(self) -> WriteStats:
        """Events submitted, kept and lost."""
        return WriteStats(len(self.events) + self._lost, len(self.events), self._lost)

    def close(self) -> None:
        """Nothing is held open."""


def ticking_clock(start_ns: int = _START_NS, step_ns: int = 1_000_000_000) -> Clock:
    """A clock that goes one step further each time it is read, from the beginning of 2026: records made by it have known times."""
    now = [start_ns]

    def tick() -> int:
        now[0] += step_ns
        return now[0]

    return Clock(tick, lambda: tick() / 1_000_000_000)


def log_toy_session(logger: AgentLogger, session_id: str = "toy", *, calls: int = 3, role: str = "coder") -> list[str]:
    """Log a short session in which each call's history is the one before it with its answer; returns the ids of its interactions."""
    history: list[dict[str, Any]] = [{"role": "system", "content": "You add numbers."}]
    ids = []
    with logger.session(session_id, task_id=f"task-{session_id}"):
        for number in range(calls):
            history.append({"role": "user", "content": f"How much is {number} + {number}?"})
            with logger.interaction(role=role, messages=history, model="toy-model", task_type="add") as call:
                call.output = str(number + number)
            history.append({"role": "assistant", "content": call.output})
            logger.result(call.id, status="success", tests_passed=True)
            ids.append(call.id)
    return ids
