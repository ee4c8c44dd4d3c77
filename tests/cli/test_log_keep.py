"""`agentlog log verify`, `recover` and `compress`: a log that is kept for years."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from agentlog.store.closed import compress_closed
from agentlog.store.layout import compressed_file, journal_files, log_files, new_journal_file
from tests.make import line, write_log

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder that the command line looks into, with a closed log file."""
    write_log(tmp_path / "agentlog-data", [line(number) for number in range(30)])
    return tmp_path / "agentlog-data"


def test_verify_says_that_all_is_well(cli: Cli, data: Path) -> None:
    done = cli("log", "verify")
    assert done.returncode == 0, done.stderr
    assert "files: 1 · lines: 30" in done.stdout
    assert done.stdout.endswith("all is well\n")
    assert orjson.loads(cli("log", "verify", "--json").stdout)["findings"] == []


def test_verify_names_each_thing_that_is_wrong_in_one_line_and_fails(cli: Cli, data: Path) -> None:
    compress_closed(data)
    [file] = log_files(data)
    file.write_bytes(b"".join(orjson.dumps(line(number)) + b"\n" for number in range(29)))
    bad = write_log(data, [line(40), {"event": "party"}], "b.jsonl")
    done = cli("log", "verify")
    assert done.returncode == 1
    assert done.stderr == ""
    first, second, *counts = done.stdout.splitlines()
    assert first.startswith(f"{file}: is not what it was when it was closed")
    assert second == f"{bad}:2: unknown event 'party'"
    assert counts[-1].startswith("wrong: 2; ")
    told = orjson.loads(cli("log", "verify", "--json").stdout)
    assert told["findings"][1] == {"file": str(bad), "line": 2, "reason": "unknown event 'party'"}


def test_compress_says_what_it_saved_and_verify_compares_it(cli: Cli, data: Path) -> None:
    [file] = log_files(data)
    size = file.stat().st_size
    done = cli("log", "compress")
    assert done.returncode == 0, done.stderr
    assert f"files compressed: 1 · {size:,} bytes became {compressed_file(file).stat().st_size:,}" in done.stdout
    assert "files compressed: 0\n" in cli("log", "compress").stdout
    assert "closed files compared: 1" in cli("log", "verify").stdout
    assert orjson.loads(cli("log", "tail", "-n", "1", "--json").stdout)[0]["id"] == "s-29"


def test_compress_fails_if_a_file_cannot_be_made_small(cli: Cli, data: Path) -> None:
    [file] = log_files(data)
    compressed_file(file).write_bytes(b"in the way")
    done = cli("log", "compress")
    assert done.returncode == 1
    assert "not compressed: 1" in done.stdout
    assert orjson.loads(cli("log", "compress", "--json").stdout)["files"] == []


KILLED_IN_A_CALL = """
import os, signal, sys
from agentlog import AgentLogger
log = AgentLogger(sys.argv[1])
with log.interaction(role="coder", prompt="how?") as call:
    print(call.id, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_recover_writes_the_calls_of_a_killed_process(cli: Cli, data: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED_IN_A_CALL, data], capture_output=True, text=True, check=False)
    name = killed.stdout.strip()
    assert "journals of dead processes: 1; `agentlog log recover`" in cli("log", "verify").stdout
    done = cli("log", "recover")
    assert done.returncode == 0, done.stderr
    assert name in done.stdout
    assert "journals of dead processes: 1 · calls recovered: 1 · ended before: 0" in done.stdout
    assert "status=interrupted" in cli("log", "show", name).stdout
    assert orjson.loads(cli("log", "recover", "--json").stdout)["calls"] == []


def test_recover_says_which_journals_could_not_be_read(cli: Cli, data: Path) -> None:
    new_journal_file(data, 0).write_bytes(b"\x1enonsense")
    done = cli("log", "recover")
    assert done.returncode == 0, done.stderr
    assert "records that could not be read: 1" in done.stdout
    assert "set-aside" in done.stdout
    assert journal_files(data) == []


@pytest.mark.parametrize("command", ["verify", "recover", "compress"])
def test_a_place_without_a_log_is_refused_in_one_line(cli: Cli, command: str) -> None:
    done = cli("log", command, "--data", "nowhere")
    assert done.returncode == 1
    assert "there is no log at" in done.stderr
    assert done.stderr.count("\n") == 1
