"""What a build reads: sessions in an order that no order of files changes, each with a key that everything known of it goes into."""

import random
from pathlib import Path

import orjson
import pytest

from agentlog.build.reading import read_sessions
from agentlog.build.sessions import session_of
from agentlog.errors import BuildRefusedError
from agentlog.store.reader import read_interactions
from tests.make import distinct_lines, line, write_log


def contents(data: Path, role: str = "coder") -> list[tuple[bytes, bytes]]:
    with read_sessions(data, role) as sessions:
        return [(sessions.keys[place], sessions.content(place)) for place in range(len(sessions))]


def several(sessions: int = 12) -> list[dict[str, object]]:
    return [line(10 * session + call, session=f"s{session}") for session in range(sessions) for call in range(session % 4 + 1)]


def test_sessions_and_their_calls_come_in_order_of_time_whatever_the_order_of_files_and_lines(tmp_path: Path) -> None:
    lines = several()
    found = []
    for run in range(3):
        random.Random(run).shuffle(lines)
        for part in range(3):
            write_log(tmp_path / str(run), lines[part::3], name=f"{run * 7 + part}-{run}.jsonl")
        found.append(contents(tmp_path / str(run)))
    assert found[0] == found[1] == found[2]
    sessions = [session_of(content) for _, content in found[0]]
    assert [session.id for session in sessions] == [f"s{number}" for number in range(12)]
    assert all(list(s.interactions) == sorted(s.interactions, key=lambda one: one.timestamp) for s in sessions)


def test_calls_of_one_moment_come_in_the_order_of_their_ids(tmp_path: Path) -> None:
    moment = "2026-11-20T17:00:00.000000Z"
    write_log(tmp_path, [line(number, timestamp=moment) for number in (5, 3, 9, 1)])
    [(_, content)] = contents(tmp_path)
    assert [one.id for one in session_of(content).interactions] == ["s-1", "s-3", "s-5", "s-9"]


def test_what_is_read_from_a_session_is_what_the_log_holds(tmp_path: Path) -> None:
    odd = {
        "params": {"a": [1, {"b": None}]},
        "unknown": {"field": 1},
        "human_feedback": {"rating": 4, "comments": "x", "corrections": None},
    }
    lines = [line(1, **odd), line(2, usage={"input_tokens": 3, "output_tokens": 4, "cached": 1})]
    file = write_log(tmp_path, lines)
    told = {"event": "feedback", "id": "f1", "interaction_id": "s-2", "timestamp": "2026-11-20T18:00:00Z", "human_feedback": {"rating": 2}}
    with file.open("ab") as stream:
        stream.write(orjson.dumps(told) + b"\n")
    [(_, content)] = contents(tmp_path)
    assert list(session_of(content).interactions) == list(read_interactions(tmp_path))


def test_the_key_of_a_session_changes_with_anything_that_is_learned_of_it_and_those_of_others_stay(tmp_path: Path) -> None:
    file = write_log(tmp_path, several())
    before = [key for key, _ in contents(tmp_path)]
    said = {
        "event": "result",
        "id": "r1",
        "interaction_id": "s3-31",
        "timestamp": "2026-11-20T18:00:00Z",
        "execution_result": {"status": "failure"},
    }
    with file.open("ab") as stream:
        stream.write(orjson.dumps(said) + b"\n")
    after = [key for key, _ in contents(tmp_path)]
    assert [number for number, (one, other) in enumerate(zip(before, after, strict=True)) if one != other] == [3]


def test_other_roles_are_left_out(tmp_path: Path) -> None:
    write_log(tmp_path, [*distinct_lines(5), *distinct_lines(3, role="tester")])
    with read_sessions(tmp_path, "tester") as sessions:
        assert (sessions.facts.interactions, len(sessions)) == (3, 3)
    with pytest.raises(BuildRefusedError, match=r"'nobody'.*coder \(5\), tester \(3\)"):
        read_sessions(tmp_path, "nobody")


def test_a_time_before_all_others_such_as_programs_without_one_give_is_a_time_like_any_other(tmp_path: Path) -> None:
    write_log(tmp_path, [line(1), line(2, session="t", timestamp="0001-01-01T00:00:00Z"), line(3)])
    found = [session_of(content) for _, content in contents(tmp_path)]
    assert [(one.id, len(one.interactions)) for one in found] == [("t", 1), ("s", 2)]
    assert found[0].interactions[0].timestamp == "0001-01-01T00:00:00.000000Z"


def test_of_copies_that_differ_in_the_order_of_keys_the_same_stands_whatever_the_order_of_files(tmp_path: Path) -> None:
    error = [{"kind": "x", "at": 1}, {"at": 1, "kind": "x"}]
    calls = [line(1, params=part, messages=[{"role": "user", "content": "q", **part}]) for part in error]
    told = [
        {"event": "result", "id": "r", "interaction_id": "s-1", "timestamp": "2026-11-20T18:00:00Z", "execution_result": {"error": part}}
        for part in error
    ]
    found = []
    for order in (1, -1):
        for number, lines in enumerate(list(zip(calls, told, strict=True))[::order]):
            write_log(tmp_path / str(order), list(lines), name=f"{number}.jsonl")
        found.append(contents(tmp_path / str(order)))
    assert found[0] == found[1]
