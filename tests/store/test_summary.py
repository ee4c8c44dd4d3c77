"""What is counted of a log is what is in it."""

from collections.abc import Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog import AgentLogger
from agentlog._io.spill import Spill
from agentlog.store.distinct import Distinct
from agentlog.store.summary import summarise
from agentlog.testing import log_toy_session, ticking_clock
from tests.make import line

LogOf = Callable[..., Path]


def test_written_events_are_counted_as_the_logger_counts_them(tmp_path: Path) -> None:
    logger = AgentLogger(tmp_path, clock=ticking_clock())
    ids = log_toy_session(logger, calls=3)
    logger.feedback(ids[0], rating=4)
    logger.result("nobody", status="success")
    logger.close()
    summary = summarise(tmp_path)
    assert (summary.submitted, summary.written, summary.lost) == logger.stats()
    assert (summary.results, summary.feedback, summary.orphans) == (4, 1, 1)


def test_lost_events_are_part_of_those_submitted(log_of: LogOf) -> None:
    time = "2026-01-01T00:00:00Z"
    summary = summarise(log_of([line(1), {"event": "lost", "id": "t", "timestamp": time, "since": time, "count": 5}]))
    assert (summary.submitted, summary.written, summary.lost) == (6, 1, 5)


def test_sessions_are_counted_by_role_and_a_call_without_one_is_one(log_of: LogOf) -> None:
    lines = [line(n, session=f"s{n % 3}") for n in range(9)] + [line(n, id=f"own{n}", session_id=None, role="tester") for n in range(4)]
    summary = summarise(log_of(lines))
    assert {name: role.sessions for name, role in summary.roles.items()} == {"coder": 3, "tester": 4}


@settings(deadline=None)
@given(st.lists(st.text(max_size=3), max_size=60), st.sampled_from([1, 5, 1000]), st.sampled_from([0, 1 << 20]))
def test_different_texts_are_counted_in_however_little_memory(texts: list[str], held: int, budget: int) -> None:
    with Spill(budget) as spill:
        one, other = Distinct(spill, "one", held), Distinct(spill, "other", held)
        for text in texts:
            one.add(text)
            other.add(text + "x")
        assert one.count() == other.count() == len(set(texts))
