"""Following the log: every whole line once, in whatever file it arrives, and no line before it is whole."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentlog._io.jsonl import BadLine
from agentlog.errors import LogError
from agentlog.store.closed import compress_closed
from agentlog.store.follow import Follower
from agentlog.store.layout import compressed_file, log_folder
from tests.make import line, write_log


def told(follower: Follower) -> list[str]:
    return [str(event) if isinstance(event, BadLine) else event.id for event in follower.arrived()]


def append(file: Path, *values: Any) -> None:
    with file.open("ab") as stream:
        for value in values:
            stream.write(value if isinstance(value, bytes) else orjson.dumps(value) + b"\n")


def test_only_what_arrives_from_now_on_is_told_and_once(tmp_path: Path) -> None:
    file = write_log(tmp_path, [line(0)])
    follower = Follower(tmp_path)
    assert told(follower) == []
    append(file, line(1), line(2))
    assert told(follower) == ["s-1", "s-2"]
    assert told(follower) == []


def test_new_files_and_new_days_are_followed_and_their_events_come_by_time(tmp_path: Path) -> None:
    write_log(tmp_path, [line(0)])
    follower = Follower(tmp_path)
    write_log(tmp_path, [line(5)], "b.jsonl")
    day = log_folder(tmp_path) / "2026-11-21"
    day.mkdir()
    append(day / "c.jsonl", line(7), line(3))
    assert told(follower) == ["s-3", "s-5", "s-7"]


def test_a_log_that_does_not_exist_yet_is_followed_from_its_first_line(tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    assert told(follower) == []
    write_log(tmp_path, [line(0)])
    assert told(follower) == ["s-0"]


def test_a_line_is_told_when_it_is_whole(tmp_path: Path) -> None:
    raw = orjson.dumps(line(1)) + b"\n"
    file = write_log(tmp_path, [line(0)])
    append(file, raw[:10])
    follower = Follower(tmp_path)
    append(file, raw[10:50])
    assert told(follower) == []
    append(file, raw[50:], b'{"event":"party"}\n', b"\n", b"{torn\n")
    assert told(follower) == ["s-1", f"{file}:3: unknown event 'party'", f"{file}:5: {told_of_torn()}"]


def told_of_torn() -> str:
    try:
        orjson.loads(b"{torn\n")
    except orjson.JSONDecodeError as error:
        return f"not JSON: {error.msg}"
    raise AssertionError


def test_a_file_that_is_compressed_meanwhile_is_read_on(tmp_path: Path) -> None:
    file = write_log(tmp_path, [line(0)])
    follower = Follower(tmp_path)
    append(file, line(1))
    assert told(follower) == ["s-1"]
    append(file, line(2))
    compress_closed(tmp_path)
    assert compressed_file(file).exists()
    assert not file.exists()
    assert told(follower) == ["s-2"]
    write_log(tmp_path, [line(3)], "b.jsonl")
    compress_closed(tmp_path)
    assert told(follower) == ["s-3"]
    assert told(follower) == []


def test_compressed_files_that_were_there_are_not_told(tmp_path: Path) -> None:
    write_log(tmp_path, [line(0)])
    compress_closed(tmp_path)
    assert told(Follower(tmp_path)) == []


WRITER = """
import sys
from agentlog import AgentLogger
log = AgentLogger(sys.argv[1], rotate_bytes=20_000)
for number in range(300):
    with log.interaction(role="coder", prompt=f"number {number}") as call:
        call.output = "done"
    print(call.id, flush=True)
"""


def test_what_other_processes_write_meanwhile_is_told_once_and_whole(tmp_path: Path) -> None:
    follower = Follower(tmp_path)
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, tmp_path], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    found: list[str] = []
    while any(writer.poll() is None for writer in writers):
        found += told(follower)
    found += told(follower)
    written = [name for writer in writers for name in writer.communicate()[0].split()]
    assert sorted(found) == sorted(written)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(1, 2000), max_size=12))
def test_however_the_bytes_arrive_each_line_is_told_once_and_in_order(tmp_path: Path, cuts: list[int]) -> None:
    file = write_log(tmp_path, [])
    raw = b"".join(orjson.dumps(line(number)) + b"\n" for number in range(10))
    follower, found, at = Follower(tmp_path), [], 0
    for cut in (*cuts, len(raw)):
        append(file, raw[at : at + cut])
        at += cut
        found += told(follower)
    assert found == [f"s-{number}" for number in range(10)]


def test_a_place_without_anything_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="there is no log at"):
        Follower(tmp_path / "nothing")
