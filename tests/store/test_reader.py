"""The reader: every readable interaction once, joined; every unreadable line set aside with its place and reason."""

import itertools
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentlog import AgentLogger, read_interactions
from agentlog._hashing import canonical_json
from agentlog.errors import LogError
from agentlog.schema.events import FeedbackEvent, LostEvent, ResultEvent, in_order, joined, parse_event
from agentlog.schema.interaction import Interaction
from agentlog.store.layout import log_files
from agentlog.store.reader import Interactions
from agentlog.testing import log_toy_session, ticking_clock

LogOf = Callable[..., Path]


def interaction(name: str, role: str = "coder", **fields: Any) -> dict[str, Any]:
    message = {"role": "user", "content": "do it"}
    return {"event": "interaction", "id": name, "timestamp": "2026-01-01T00:00:00Z", "agent_role": role, "messages": [message]} | {
        "model_output": {"role": "assistant", "content": f"done by {name}"},
        **fields,
    }


def at(second: int) -> str:
    return f"2026-01-01T00:00:{second:02d}Z"


def result(name: str, target: str, second: int = 1, **said: Any) -> dict[str, Any]:
    return {"event": "result", "id": name, "interaction_id": target, "timestamp": at(second), "execution_result": said}


def feedback(name: str, target: str, second: int = 1, **said: Any) -> dict[str, Any]:
    return {"event": "feedback", "id": name, "interaction_id": target, "timestamp": at(second), "human_feedback": said}


def test_results_and_feedback_are_joined_even_from_earlier_files(log_of: LogOf) -> None:
    log = log_of([result("r", "a", status="success"), feedback("f", "a", rating=4)], [interaction("a")])
    [read] = read_interactions(log)
    assert read.execution_result is not None
    assert read.execution_result.status == "success"
    assert read.human_feedback is not None
    assert read.human_feedback.rating == 4


def test_the_newest_result_wins_field_by_field(log_of: LogOf) -> None:
    log = log_of([interaction("a"), result("r2", "a", 2, status="failure"), result("r1", "a", 1, status="success", tests_passed=True)])
    [read] = read_interactions(log)
    assert read.execution_result is not None
    assert (read.execution_result.status, read.execution_result.tests_passed) == ("failure", True)


def test_an_id_is_handed_out_once_and_the_same_copy_whatever_the_order(log_of: LogOf) -> None:
    files = [[interaction("a", task_type="x")], [interaction("a", task_type="b"), interaction("c")], [result("r", "a", status="partial")]]
    readings = []
    for order in itertools.permutations(files):
        readings.append(sorted(orjson.dumps(each.model_dump(mode="json")) for each in read_interactions(log_of(*order))))
    assert len(readings[0]) == 2
    assert all(reading == readings[0] for reading in readings)


def test_a_role_can_be_asked_for_and_the_others_are_counted(log_of: LogOf) -> None:
    log = read_interactions(log_of([interaction("a"), interaction("b", role="tester")]), role="tester")
    assert [each.id for each in log] == ["b"]
    assert log.other_roles == 1


BAD = [
    (b"no json\n", "not JSON"),
    (b"[]\n", "not an object"),
    (b'{"event":"party"}\n', "unknown event"),
    (b"{}\n", "missing field: event"),
    ({"event": "interaction", "id": "x"}, "missing field"),
    (interaction("x", messages="hello"), "wrong field messages"),
    (interaction("x", schema_version=99), "newer than this agentlog"),
    ({"event": "result", "id": "r"}, "missing field"),
    (result("r", "a", tests_passed=[1]), "wrong field execution_result.tests_passed"),
]


@pytest.mark.parametrize(("line", "reason"), BAD)
def test_a_bad_line_is_set_aside_with_its_place_and_the_rest_is_read(log_of: LogOf, line: Any, reason: str) -> None:
    log = read_interactions(log_of([interaction("a"), line, interaction("b")]))
    assert [each.id for each in log] == ["a", "b"]
    [bad] = log.skipped
    assert (bad.number, bad.file.name) == (2, "000000.jsonl")
    assert reason in bad.reason


def test_an_empty_file_is_set_aside(log_of: LogOf) -> None:
    log = read_interactions(log_of([], [interaction("a")]))
    assert len(list(log)) == 1
    assert [bad.reason for bad in log.skipped] == ["the file is empty"]


def test_a_last_line_without_a_newline_is_read(log_of: LogOf) -> None:
    log = read_interactions(log_of([interaction("a"), orjson.dumps(interaction("b"))]))
    assert len(list(log)) == 2
    assert log.skipped == []


def test_events_that_point_at_nothing_are_counted(log_of: LogOf) -> None:
    log = read_interactions(log_of([interaction("a"), result("r", "gone"), feedback("f", "gone"), feedback("g", "a")]))
    list(log)
    assert log.orphans == 2


def test_reading_twice_counts_anew(log_of: LogOf) -> None:
    log = read_interactions(log_of([interaction("a"), b"bad\n"]))
    assert list(log) == list(log)
    assert len(log.skipped) == 1


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogError):
        read_interactions(tmp_path / "nothing")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(min_value=0, max_value=5000))
def test_a_file_torn_anywhere_costs_only_the_line_it_is_torn_in(tmp_path: Path, cut: int) -> None:
    """Whatever the length that is left of a file, all whole lines are read and at most one is set aside."""
    data = tmp_path / "whole"
    if not data.exists():
        log_toy_session(AgentLogger(data, clock=ticking_clock()), calls=4)
    [file] = log_files(data)
    raw = file.read_bytes()
    torn = tmp_path / "torn.jsonl"
    torn.write_bytes(raw[:cut])
    log = read_interactions(torn)
    read = [each.id for each in log]
    whole = [orjson.loads(line) for line in raw[:cut].split(b"\n")[:-1]]
    expected = [event["id"] for event in whole if event["event"] == "interaction"]
    assert read[: len(expected)] == expected
    assert len(read) - len(expected) + len(log.skipped) <= 1


def uuid(number: int) -> str:
    return f"01932c00-0000-7000-8000-{number:012x}"


def own(number: int, **fields: Any) -> dict[str, Any]:
    """A line as agentlog itself writes it."""
    return {
        "event": "interaction",
        "schema_version": 1,
        "id": uuid(number),
        "timestamp": "2026-01-01T00:00:00.000000Z",
        "session_id": None,
        "parent_id": None,
        "agent_role": "coder",
        "task_id": None,
        "task_type": None,
        "task_description": None,
        "messages": [{"role": "user", "content": "do it"}],
        "tools": [],
        "model_output": {"role": "assistant", "content": f"done by {number}", "tool_calls": []},
        "model": {"name": "m", "provider": None, "revision": None, "quantization": None},
        "params": {},
        "usage": None,
        "latency_ms": 1.5,
        "finish_reason": None,
        "execution_result": None,
        "human_feedback": None,
        "variant": None,
        "metadata": {},
        **fields,
    }


def own_later(kind: str, name: int, target: int, second: int, said: dict[str, Any]) -> dict[str, Any]:
    event = {"event": kind, "id": uuid(name), "interaction_id": uuid(target), "timestamp": f"2026-01-01T00:00:{second:02d}.000000Z"}
    return event | ({"execution_result": said} if kind == "result" else {"reviewer": f"r{name}", "human_feedback": said})


def lost(name: str, count: int) -> dict[str, Any]:
    return {"event": "lost", "id": name, "timestamp": at(2), "since": at(1), "count": count, "reason": "OSError: no space"}


IDS, LATER_IDS = st.integers(0, 5), st.integers(100, 106)
SECONDS = st.integers(0, 3)
OUTCOMES = st.fixed_dictionaries({}, optional={"status": st.sampled_from(["success", "failure"]), "review_score": st.integers(0, 2)})
OPINIONS = st.fixed_dictionaries({"rating": st.sampled_from([None, 1, 4.5])}, optional={"comments": st.text(max_size=3)})
EVENTS = st.one_of(
    st.builds(own, IDS, task_type=st.sampled_from([None, "x"])),
    st.builds(own, IDS, latency_ms=st.sampled_from([3, "2.5", "bad"]), mood=st.just("odd")),
    st.builds(lambda number: interaction(uuid(number)), IDS),
    st.builds(own_later, st.just("result"), LATER_IDS, IDS, SECONDS, OUTCOMES),
    st.builds(own_later, st.just("feedback"), LATER_IDS, IDS, SECONDS, OPINIONS),
    st.builds(lambda name, target, second, said: result(uuid(name), uuid(target), second, **said), LATER_IDS, IDS, SECONDS, OUTCOMES),
    st.builds(lambda name, count: lost(uuid(name), count), st.integers(200, 202), st.integers(0, 2)),
)
LINES = EVENTS.map(lambda event: orjson.dumps(event) + b"\n")
RAW_LINES = LINES | LINES | LINES.flatmap(lambda line: st.integers(1, len(line) - 1).map(lambda cut: line[:cut] + b"\n")) | st.just(b"\n")


def as_it_should_be(lines: list[bytes]) -> tuple[list[bytes], int, dict[str, int]]:
    """The same, told without any cleverness: everything in memory, every line validated."""
    read: list[Any] = []
    bad = 0
    for line in filter(bytes.strip, lines):
        try:
            read.append(parse_event(orjson.loads(line)))
        except ValueError:
            bad += 1
    copies: dict[str, list[Interaction]] = {}
    for event in read:
        if isinstance(event, Interaction):
            copies.setdefault(event.id, []).append(event)
    names = {event.interaction_id for event in read if not isinstance(event, Interaction | LostEvent)}
    results = {name: in_order([each for each in of_kind(read, ResultEvent) if each.interaction_id == name]) for name in names}
    said = {name: in_order([each for each in of_kind(read, FeedbackEvent) if each.interaction_id == name]) for name in names}
    whole = [joined(min(rivals, key=canonical), results.get(name, []), said.get(name, [])) for name, rivals in copies.items()]
    counts = {
        "results": sum(map(len, results.values())),
        "feedback": sum(map(len, said.values())),
        "orphans": sum(len(events) for told in (results, said) for name, events in told.items() if name not in copies),
        "lost": sum(event.count for event in in_order(of_kind(read, LostEvent))),
    }
    return sorted(map(everything, whole)), bad, counts


def of_kind(events: list[Any], kind: type[Any]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def canonical(event: Interaction) -> bytes:
    return canonical_json(event.model_dump(mode="json"))


def everything(each: Interaction) -> bytes:
    return canonical(each) + canonical_json([event.model_dump(mode="json") for event in each.feedback])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.lists(st.lists(RAW_LINES, max_size=12), min_size=1, max_size=3),
    memory=st.sampled_from([0, 500, 1 << 20]),
    stretch=st.sampled_from([1, 2, 1000]),
)
def test_whatever_stands_in_a_log_is_read_as_it_should_be_in_however_little_memory(
    tmp_path: Path, files: list[list[bytes]], memory: int, stretch: int
) -> None:
    places = []
    for number, lines in enumerate(files):
        places.append(tmp_path / f"{number}.jsonl")
        places[-1].write_bytes(b"".join(lines))
    log = Interactions(places, memory=memory, stretch=stretch)
    read = sorted(map(everything, log))
    expected, bad, counts = as_it_should_be([line for lines in files for line in lines])
    assert read == expected
    assert {name: getattr(log, name) for name in counts} == counts
    assert len([each for each in log.skipped if each.reason != "the file is empty"]) == bad


def test_every_opinion_is_kept_beside_the_one_that_counts(log_of: LogOf) -> None:
    ben, ana = feedback("f2", "a", 2, comments="fine"), feedback("f1", "a", 1, rating=2, corrections="better")
    ben["reviewer"], ana["reviewer"] = "ben", "ana"
    [read] = read_interactions(log_of([ben, ana], [interaction("a"), ben]))
    assert [(event.reviewer, event.human_feedback.rating, event.human_feedback.comments) for event in read.feedback] == [
        ("ana", 2, None),
        ("ben", None, "fine"),
    ]
    assert read.human_feedback is not None
    assert (read.human_feedback.rating, read.human_feedback.comments, read.human_feedback.corrections) == (2, "fine", "better")


def test_losses_are_counted_once_for_each_tombstone(log_of: LogOf) -> None:
    log = read_interactions(log_of([lost("t", 3), interaction("a")], [lost("t", 3), lost("u", 4)]))
    assert len(list(log)) == 1
    assert (log.lost, log.orphans) == (7, 0)


def test_a_file_that_is_compressed_after_it_was_listed_is_read_all_the_same(log_of: LogOf) -> None:
    log = read_interactions(log_of([interaction("a"), result("r", "b")], [interaction("b")]))
    for file in log.files:
        file.with_name(file.name + ".zst").write_bytes(zstandard.compress(file.read_bytes()))
        file.unlink()
    assert [(each.id, each.execution_result is not None) for each in log] == [("a", False), ("b", True)]


def test_a_file_compressed_between_the_passes_is_read_all_the_same(log_of: LogOf) -> None:
    log = read_interactions(log_of([own(1), own(2)], [own(3), own_later("result", 9, 3, 1, {"status": "success"})]))
    reading = iter(log)
    assert next(reading).id == uuid(1)
    last = log.files[1]
    last.with_name(last.name + ".zst").write_bytes(zstandard.compress(last.read_bytes()))
    last.unlink()
    assert [(each.id, each.execution_result is not None) for each in reading] == [(uuid(2), False), (uuid(3), True)]


def test_a_file_and_its_compressed_form_are_one(log_of: LogOf) -> None:
    path = log_of([own(1), own(2), own_later("result", 9, 1, 1, {"status": "success"}), own_later("feedback", 8, 1, 1, {"rating": 3})])
    [file] = log_files(path)
    file.with_name(file.name + ".zst").write_bytes(zstandard.compress(file.read_bytes()))
    log = read_interactions(path)
    read = {each.id: each for each in log}
    assert (len(log.files), sorted(read), log.results, log.feedback) == (2, [uuid(1), uuid(2)], 1, 1)
    assert len(read[uuid(1)].feedback) == 1


def test_what_is_written_while_the_log_is_read_waits_for_the_next_reading(log_of: LogOf) -> None:
    log = read_interactions(log_of([own(1)], [own(2)]))
    reading = iter(log)
    assert next(reading).id == uuid(1)
    with log.files[1].open("ab") as file:
        file.write(orjson.dumps(own(3)) + b"\n")
    assert [each.id for each in reading] == [uuid(2)]
    assert len(list(log)) == 3


@pytest.mark.parametrize("twice", [b'"id":"x"', b'"event":"result"', b'"interaction_id":"y"'])
def test_a_line_that_says_two_things_of_itself_is_set_aside_or_joined_to_nothing(log_of: LogOf, twice: bytes) -> None:
    line = orjson.dumps(own_later("result", 9, 1, 1, {"status": "success"}) if b"interaction" in twice else own(1))
    log = read_interactions(log_of([own(1) | {"id": uuid(1)}, own(2), line[:-1] + b"," + twice + b"}\n"]))
    assert [each.execution_result for each in log] == [None, None]
    assert len(log.skipped) + log.orphans == 1


def peak_of_reading(folder: Path, calls: int) -> int:
    """Bytes of Python memory that reading takes at most, for a log all whose results and opinions stand in another file."""
    places = [folder / f"{calls}-a.jsonl", folder / f"{calls}-b.jsonl"]
    later = [own_later("result", 10**6 + number, number, 1, {"error": "x" * 200}) for number in range(calls)]
    for place, events in zip(places, ([own(number) for number in range(calls)], later), strict=True):
        place.write_bytes(b"".join(orjson.dumps(event) + b"\n" for event in events))
    del later, events
    log = Interactions(places, memory=1 << 18, stretch=256)
    tracemalloc.start()
    try:
        assert sum(each.execution_result is not None for each in log) == calls
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_log_eight_times_as_long_takes_no_more_memory(tmp_path: Path) -> None:
    short, long = peak_of_reading(tmp_path, 2_000), peak_of_reading(tmp_path, 16_000)
    assert long < short + (1 << 18)
