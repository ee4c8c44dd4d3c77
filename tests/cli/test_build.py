"""`agentlog build` prints where every answer went, refuses in one line, and leaves nothing half-written."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from agentlog.dataset.reader import list_datasets
from tests.make import distinct_lines, write_log

TOOLS = [{"type": "function", "function": {"name": "run", "parameters": {"type": "object"}}}]
COMMAND = [sys.executable, "-m", "agentlog.cli.main"]


def agentlog(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *words], cwd=cwd, capture_output=True, text=True, env={**os.environ, "COLUMNS": "120"}, check=False)


def test_the_funnel_and_the_folder_are_printed(tmp_path: Path) -> None:
    write_log(tmp_path / "agentlog-data", distinct_lines(40))
    done = agentlog("build", "--role", "coder", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for expected in ("read from the log", "40", "failed: the answer failed when it was used", "train", "val", "test", "wrote "):
        assert expected in done.stdout
    assert Path(done.stdout.strip().splitlines()[-1].removeprefix("wrote ")).is_dir()


def test_what_overlaps_a_benchmark_what_alpaca_cannot_say_and_gates_that_fail_are_printed(tmp_path: Path) -> None:
    lines = distinct_lines(40)
    question = lines[1]["messages"][-1]
    write_log(tmp_path / "agentlog-data", [one if number else one | {"tools": TOOLS} for number, one in enumerate(lines)])
    (tmp_path / "own.jsonl").write_bytes(orjson.dumps({"text": question["content"]}))
    settings = {"decontaminate": {"files": ["own.jsonl"]}, "gates": {"correctness": 0.9, "diversity": 1}}
    (tmp_path / "agentlog.yaml").write_bytes(orjson.dumps({"build": settings}))
    done = agentlog("build", "--role", "coder", "--export", "alpaca", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "overlapped: own.jsonl 1" in done.stdout
    assert "all 31 trained answers were judged" in done.stdout
    assert "alpaca: 30 of 31 rows; 1 left out, for whose history, tools or several answers it has no word" in done.stdout
    assert "gates failed: diversity; agentlog train refuses this dataset" in done.stdout


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("build", "(one for each core)"),
        ("build", "(data in agentlog.yaml)"),
        ("train", "(the newest dataset of the role)"),
        ("evaluate", "(the newest of the role)"),
    ],
)
def test_help_says_what_an_option_is_that_is_not_given(tmp_path: Path, command: str, said: str) -> None:
    shown = agentlog(command, "--help", cwd=tmp_path).stdout
    assert said in " ".join(shown.replace("│", " ").split())


def test_json_is_one_value_with_the_manifest(tmp_path: Path) -> None:
    write_log(tmp_path / "agentlog-data", distinct_lines(40) + distinct_lines(40, role="tester"))
    done = agentlog("build", "--all-roles", "--json", cwd=tmp_path)
    built = orjson.loads(done.stdout)["built"]
    assert [one["manifest"]["role"] for one in built] == ["coder", "tester"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--role", "nobody"], 1, "no interactions of role 'nobody'"),
        ([], 1, "either --role R or --all-roles"),
        (["--role", "coder", "--engine", "warp"], 1, "unknown engine 'warp'"),
        (["--role", "coder", "--frobnicate"], 2, "No such option"),
    ],
)
def test_a_refusal_is_one_line_and_an_exit_code(tmp_path: Path, words: list[str], code: int, said: str) -> None:
    write_log(tmp_path / "agentlog-data", distinct_lines(4))
    done = agentlog("build", *words, cwd=tmp_path)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    if code == 1:
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_wrong_setting_names_file_and_key(tmp_path: Path) -> None:
    (tmp_path / "agentlog.yaml").write_text("build: {near_duplicates: {treshold: 0.8}}\n")
    done = agentlog("build", "--role", "coder", cwd=tmp_path)
    assert done.returncode == 1
    assert "agentlog.yaml: build.near_duplicates.treshold" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_build_lists_nothing_and_says_how_to_go_on(tmp_path: Path, number: signal.Signals) -> None:
    data = tmp_path / "agentlog-data"
    log = write_log(data, distinct_lines(40))
    fifo = log.with_name("b.jsonl")
    os.mkfifo(fifo)
    running = subprocess.Popen(
        [*COMMAND, "build", "--role", "coder"], cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with fifo.open("wb"):  # opens once the build reads the log, and keeps it waiting there
        running.send_signal(number)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 128 + number
    assert "stopped; no dataset was written: run the same command again" in said
    assert list_datasets(data, "coder") == []


def test_init_writes_a_project_that_loads_and_never_overwrites_it(tmp_path: Path) -> None:
    assert agentlog("init", "--role", "coder", cwd=tmp_path).returncode == 0
    again = agentlog("init", cwd=tmp_path)
    assert again.returncode == 1
    assert "is there already" in again.stderr


def test_scrub_and_dedup_read_files_and_print_clean_ones(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("mail ana.ruiz@corp.io now\n")
    done = agentlog("scrub", "in.txt", cwd=tmp_path)
    assert "ana.ruiz" not in done.stdout
    assert "EMAIL_ADDRESS 1" in done.stderr
    rows = [{"text": "one two three four five six seven"}] * 2 + [{"text": "something else"}]
    (tmp_path / "in.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows) + b"no json\n")
    done = agentlog("dedup", "in.jsonl", "--field", "text", cwd=tmp_path)
    assert len(done.stdout.splitlines()) == 2
    assert "1 lines set aside" in done.stderr


def test_dedup_and_init_speak_json_too(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"a": "x"}\n{"a": "x"}\n')
    done = agentlog("dedup", "in.jsonl", "--field", "a", "--json", cwd=tmp_path)
    assert orjson.loads(done.stderr) == {"texts": 2, "kept": 1, "near_duplicates": 1, "near_indexed": 0, "clusters": 1, "set_aside": 0}
    done = agentlog("init", "--role", "tester", "--json", cwd=tmp_path)
    assert orjson.loads(done.stdout) == {"wrote": str(tmp_path / "agentlog.yaml"), "role": "tester"}


def test_scrub_keeps_lines_whole_whatever_separators_their_texts_hold(tmp_path: Path) -> None:
    rows = [{"text": "one\u2028two\x85three"}, {"text": "mail ana.ruiz@corp.io"}]
    (tmp_path / "in.jsonl").write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    done = agentlog("scrub", "in.jsonl", "--jsonl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    first, second = map(orjson.loads, done.stdout.removesuffix("\n").split("\n"))
    assert first == rows[0]
    assert "ana.ruiz" not in second["text"]


def test_a_role_that_cannot_be_built_keeps_none_of_the_others_from_it(tmp_path: Path) -> None:
    odd = [{**line, "agent_role": "a role"} for line in distinct_lines(3)]
    write_log(tmp_path / "agentlog-data", odd + distinct_lines(40, role="tester"))
    done = agentlog("build", "--all-roles", cwd=tmp_path)
    assert done.returncode == 1
    assert "role 'a role' cannot name a folder" in done.stderr
    assert len(list_datasets(tmp_path / "agentlog-data", "tester")) == 1


def test_an_empty_role_is_no_role_and_not_all_of_them(tmp_path: Path) -> None:
    write_log(tmp_path / "agentlog-data", distinct_lines(40))
    done = agentlog("build", "--role", "", cwd=tmp_path)
    assert done.returncode == 1
    assert "role '' cannot name a folder" in done.stderr


def test_what_the_system_refuses_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    (tmp_path / "in.txt").write_text("hello")
    done = agentlog("scrub", "in.txt", "--data", "taken", cwd=tmp_path)
    assert done.returncode == 1
    [said] = done.stderr.splitlines()
    assert said.startswith("agentlog: ")
    assert "taken: File exists" in said
