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


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
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
