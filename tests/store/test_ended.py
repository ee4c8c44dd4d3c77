"""Which calls have ended: those whose line stands whole in the log, wherever and however it was written."""

from pathlib import Path

import orjson
import pytest

from agentlog._ids import uuid7
from agentlog.store.closed import compress_closed
from agentlog.store.ended import ended_calls, files_since
from agentlog.store.layout import log_files, log_folder
from tests.make import line, write_log

SINCE = "2026-11-20T17:00:00.000000Z"


def test_calls_are_found_in_any_file_in_any_spelling_plain_and_compressed(tmp_path: Path) -> None:
    own, spaced, small, absent, bad = (uuid7() for _ in range(5))
    write_log(tmp_path, [line(0, id=small)], "a.jsonl")
    compress_closed(tmp_path)
    write_log(tmp_path, [line(1, id=uuid7()), line(2, id=own), line(3, id=bad, messages="no list")], "b.jsonl")
    other = log_folder(tmp_path) / "2026-11-20" / "c.jsonl"
    other.write_text('{"metadata": {}, ' + orjson.dumps(line(4, id=spaced)).decode()[1:] + "\nno json\n")
    assert ended_calls(log_files(tmp_path), {own, spaced, small, absent, bad}) == {own, spaced, small}


def test_a_torn_line_is_no_end(tmp_path: Path) -> None:
    file = write_log(tmp_path, [line(0, id=(name := uuid7()))])
    file.write_bytes(file.read_bytes()[:-10] + b"\n")
    assert ended_calls(log_files(tmp_path), {name}) == set()


def test_what_only_points_at_a_call_is_no_end(tmp_path: Path) -> None:
    name = uuid7()
    said = {"timestamp": SINCE, "execution_result": {"status": "success"}}
    write_log(tmp_path, [{"event": "result", "id": name, "interaction_id": name, **said}, line(0, id=uuid7(), parent_id=name)])
    assert ended_calls(log_files(tmp_path), {name}) == set()


@pytest.mark.parametrize(("since", "found"), [("2026-11-21", True), ("2026-11-22", False), ("", True), ("no time", True)])
def test_days_before_the_call_began_are_passed_over_but_for_one(tmp_path: Path, since: str, found: bool) -> None:
    file = write_log(tmp_path, [line(0)])
    assert files_since(tmp_path, since) == ([file] if found else [])
