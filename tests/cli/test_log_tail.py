"""`agentlog log tail --follow`: what other processes log appears as it is written."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.make import line, write_log

Tail = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with one interaction of each of two roles."""
    write_log(tmp_path / "data", [line(0), line(1, role="tester")])
    return tmp_path / "data"


@pytest.fixture
def tail(data: Path) -> Iterator[Tail]:
    """Start ``agentlog log tail --follow WORDS…``; it is ended with the test."""
    started = []

    def start(*words: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "agentlog.cli.main", "log", "tail", "--follow", "--data", str(data), *words]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "COLUMNS": "120"})
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def next_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def result(name: str, target: str) -> dict[str, Any]:
    said = {"timestamp": "2026-11-20T18:00:00Z", "execution_result": {"status": "success", "tests_passed": True}}
    return {"event": "result", "id": name, "interaction_id": target, **said}


def feedback(name: str, target: str) -> dict[str, Any]:
    said = {"timestamp": "2026-11-20T18:00:01Z", "human_feedback": {"rating": 4}}
    return {"event": "feedback", "id": name, "interaction_id": target, "reviewer": "ana", **said}


def test_new_interactions_results_and_feedback_of_any_file_are_shown(data: Path, tail: Tail) -> None:
    process = tail()
    assert [next_line(process)[:3] for _ in range(2)] == ["s-0", "s-1"]
    lost = {"event": "lost", "id": "l", "timestamp": "2026-11-20T19:00:00Z", "since": "2026-11-20T18:30:00Z", "count": 3, "reason": "full"}
    write_log(data, [line(2), result("r", "s-0"), feedback("f", "s-0"), lost], "b.jsonl")
    assert next_line(process) == "s-2  2026-11-20T17:00:02  coder  -  answer 2 of s\n"
    assert next_line(process) == "s-0  2026-11-20T18:00:00  result  status=success, tests_passed=True\n"
    assert next_line(process) == "s-0  2026-11-20T18:00:01  feedback  ana: rating=4.0\n"
    assert next_line(process) == "l  2026-11-20T19:00:00  lost  3 events since 2026-11-20T18:30:00: full\n"


def test_of_one_role_only_its_interactions_and_what_belongs_to_them_are_shown(data: Path, tail: Tail) -> None:
    process = tail("--role", "coder", "--json")
    assert orjson.loads(next_line(process))["id"] == "s-0"
    write_log(data, [result("r1", "s-1"), line(3, role="tester"), line(4), line(4), result("r4", "s-4")], "b.jsonl")
    assert [orjson.loads(next_line(process))["id"] for _ in range(2)] == ["s-4", "r4"]


def test_a_line_that_cannot_be_read_is_told_on_standard_error(data: Path, tail: Tail) -> None:
    process = tail("--json")
    for _ in range(2):
        next_line(process)
    file = write_log(data, [{"event": "party"}, line(5)], "b.jsonl")
    assert orjson.loads(next_line(process))["id"] == "s-5"
    assert process.stderr is not None
    assert process.stderr.readline() == f"agentlog: {file}:1: unknown event 'party'\n"


def test_ctrl_c_ends_it_in_one_line(tail: Tail) -> None:
    process = tail()
    next_line(process)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30)[1] == "agentlog: stopped; the log goes on without it\n"
    assert process.returncode == 130
