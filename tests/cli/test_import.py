"""`agentlog import` says what it read and what it could not, and refuses in one line."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

Cli = Callable[..., "subprocess.CompletedProcess[str]"]
RUN = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}], "score": 1}


def test_an_import_is_accounted_for(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "runs.json").write_bytes(orjson.dumps([RUN, {"messages": None}, 3]))
    done = cli("import", "runs.json", "--role", "coder", "--result-path", "score")
    assert done.returncode == 0, done.stderr
    assert "read 3 runs: 1 interactions of 1 runs" in done.stdout
    assert "added 1 interactions" in done.stdout
    assert "set aside: 2" in done.stdout
    assert "runs.json:3: not an object but int" in done.stdout
    assert "0 interactions" in cli("import", "runs.json", "--role", "coder", "--result-path", "score").stdout


def test_json_is_one_value(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "runs.json").write_bytes(orjson.dumps([RUN, 3]))
    report = orjson.loads(cli("import", "runs.json", "--role", "coder", "--json").stdout)
    assert (report["runs"], report["interactions_added"], report["set_aside"][0]["place"]) == (2, 1, 2)


def test_reasons_that_are_alike_are_told_once_with_their_number(cli: Cli, tmp_path: Path) -> None:
    elsewhere = {"request": {"method": "GET", "uri": "https://elsewhere.test/a?key=k"}, "response": {}}
    asked = {"method": "POST", "uri": "https://example.test/v1/chat/completions", "body": orjson.dumps(RUN).decode()}
    answer = {"choices": [{"message": {"role": "assistant", "content": "ho"}}]}
    call = {"request": asked, "response": {"body": {"string": orjson.dumps(answer).decode()}}}
    (tmp_path / "c.json").write_bytes(orjson.dumps({"interactions": [elsewhere, call, elsewhere, elsewhere]}))
    done = cli("import", "c.json", "--role", "crew", "--format", "cassette")
    assert "read 1 runs: 1 interactions of 1 runs" in done.stdout, done.stderr
    assert "set aside: 3" in done.stdout
    assert "c.json:1: GET elsewhere.test/a: no model call of a kind that is read (and 2 more like it)" in done.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["import", ".", "--role", "r", "--format", "cassette"], 1, "a folder without a file named *.yaml, *.yml, *.json"),
        (["import", ".", "--role", "r", "--format", "aider", "--task-path", "t"], 1, "--task-path belongs to the format messages"),
        (["import", "gone.json", "--role", "r"], 1, "agentlog: gone.json cannot be read"),
        (["import", "gone.json", "--role", "r", "--format", "xml"], 1, "unknown format 'xml'"),
        (["import", "gone.json"], 2, "--role"),
        (["import", "--role", "r"], 2, "FILE"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(cli: Cli, words: list[str], code: int, said: str) -> None:
    done = cli(*words)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
