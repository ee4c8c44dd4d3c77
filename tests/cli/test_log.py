"""`agentlog log` and `agentlog feedback`: looking into the log, and saying what one thinks of it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from agentlog import AgentLogger, read_interactions
from agentlog.store.layout import log_files
from agentlog.testing import log_toy_session, ticking_clock

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def ids(tmp_path: Path) -> list[str]:
    """Five logged interactions of two roles; their ids."""
    logger = AgentLogger(tmp_path / "agentlog-data", clock=ticking_clock())
    return log_toy_session(logger, calls=3) + log_toy_session(logger, "other", calls=2, role="tester")


def test_stats_counts_by_role_and_names_lines_set_aside(cli: Cli, ids: list[str], tmp_path: Path) -> None:
    [file] = log_files(tmp_path / "agentlog-data")
    file.write_bytes(file.read_bytes() + b"{torn")
    done = cli("log", "stats")
    assert done.returncode == 0, done.stderr
    for said in ("coder", "tester", "toy-model 3", "success 2", "lines set aside: 1", f"{file}:11: not JSON"):
        assert said in done.stdout
    counted = orjson.loads(cli("log", "stats", "--json").stdout)
    assert {role: said["interactions"] for role, said in counted["roles"].items()} == {"coder": 3, "tester": 2}
    assert counted["set_aside"][0]["line"] == 11


def test_stats_tells_what_was_lost(cli: Cli, ids: list[str], tmp_path: Path) -> None:
    [file] = log_files(tmp_path / "agentlog-data")
    lost = {"event": "lost", "id": "t", "timestamp": "2026-01-01T00:00:09Z", "since": "2026-01-01T00:00:01Z", "count": 7}
    file.write_bytes(file.read_bytes() + orjson.dumps(lost) + b"\n")
    assert "events written: 10 · lost: 7 · submitted: 17" in cli("log", "stats").stdout
    counted = orjson.loads(cli("log", "stats", "--json").stdout)
    assert (counted["written"], counted["lost"], counted["submitted"]) == (10, 7, 17)


def test_stats_tells_of_calls_that_can_be_recovered(cli: Cli, ids: list[str], tmp_path: Path) -> None:
    assert "recover" not in cli("log", "stats").stdout
    program = "import os, agentlog\nwith agentlog.AgentLogger('agentlog-data').interaction(role='coder', prompt='hi'):\n    os._exit(9)"
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=False, timeout=60)
    assert "calls that had not ended when their process did: 1; `agentlog log recover`" in cli("log", "stats").stdout
    cli("log", "recover")
    assert orjson.loads(cli("log", "stats", "--json").stdout)["waiting"] == 0


def test_show_prints_what_every_reviewer_said(cli: Cli, ids: list[str], tmp_path: Path) -> None:
    logger = AgentLogger(tmp_path / "agentlog-data")
    logger.feedback(ids[0], rating=2, comments="too short", reviewer="ana")
    logger.feedback(ids[0], rating=4, reviewer="ben")
    shown = cli("log", "show", ids[0]).stdout
    assert "ana: rating=2.0, comments=too short" in shown
    assert "ben: rating=4.0" in shown
    told = orjson.loads(cli("log", "show", ids[0], "--json").stdout)
    assert [event["reviewer"] for event in told["feedback"]] == ["ana", "ben"]
    assert (told["human_feedback"]["rating"], told["human_feedback"]["comments"]) == (4, "too short")


def test_tail_prints_the_latest_of_a_role(cli: Cli, ids: list[str]) -> None:
    lines = cli("log", "tail", "-n", "2", "--role", "coder").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ids[1:3]
    assert [each["id"] for each in orjson.loads(cli("log", "tail", "-n", "1", "--json").stdout)] == ids[4:]


def test_show_prints_the_conversation_and_what_became_of_it(cli: Cli, ids: list[str]) -> None:
    done = cli("log", "show", ids[1])
    for said in ("You add numbers.", "How much is 1 + 1?", "── answer\n2", "status=success", "task-toy"):
        assert said in done.stdout
    assert orjson.loads(cli("log", "show", ids[1], "--json").stdout)["id"] == ids[1]


def test_a_beginning_of_an_id_must_be_unmistakable(cli: Cli, ids: list[str]) -> None:
    done = cli("log", "show", ids[0][:2])
    assert done.returncode == 1
    assert "give more of it" in done.stderr


def test_feedback_is_joined_to_its_interaction(cli: Cli, ids: list[str], tmp_path: Path) -> None:
    (tmp_path / "right.txt").write_text("the right answer")
    done = cli("feedback", ids[0], "--rating", "2", "--comment", "wrong", "--correction-file", "right.txt", "--reviewer", "ana")
    assert done.returncode == 0, done.stderr
    said = {each.id: each.human_feedback for each in read_interactions(tmp_path / "agentlog-data")}[ids[0]]
    assert said is not None
    assert (said.rating, said.comments, said.corrections) == (2, "wrong", "the right answer")


def test_a_comment_or_a_correction_needs_no_rating(cli: Cli, ids: list[str], tmp_path: Path) -> None:
    (tmp_path / "right.txt").write_text("the right answer")
    assert cli("feedback", ids[0], "--comment", "hm").stdout == f"coder {ids[0]} is commented on\n"
    assert cli("feedback", ids[0], "--correction-file", "right.txt").stdout == f"coder {ids[0]} is corrected\n"
    assert cli("feedback", ids[0], "--rating", "4").stdout == f"coder {ids[0]} is rated 4\n"
    said = {each.id: each.human_feedback for each in read_interactions(tmp_path / "agentlog-data")}[ids[0]]
    assert said is not None
    assert (said.rating, said.comments, said.corrections) == (4, "hm", "the right answer")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["feedback", "nobody", "--rating", "3"], "no interaction in"),
        (["feedback", "ID", "--rating", "6"], "from 1 to 5"),
        (["feedback", "ID", "--reviewer", "ana"], "give --rating, --comment or --correction-file"),
        (["feedback", "ID", "--rating", "0"], "from 1 to 5"),
        (["feedback", "ID", "--rating", "3", "--correction-file", "gone"], "cannot be read from gone"),
        (["log", "show", "nobody"], "no interaction in"),
        (["log", "stats", "--data", "nowhere"], "there is no log at"),
        (["log", "tail", "--data", "nowhere"], "there is no log at"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(cli: Cli, ids: list[str], tmp_path: Path, words: list[str], said: str) -> None:
    [before] = [file.read_bytes() for file in log_files(tmp_path / "agentlog-data")]
    done = cli(*(ids[0] if word == "ID" else word for word in words))
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert [file.read_bytes() for file in log_files(tmp_path / "agentlog-data")] == [before]


def test_commands_to_the_terminal_in_a_log_are_shown_and_not_given(cli: Cli, tmp_path: Path) -> None:
    logger = AgentLogger(tmp_path / "agentlog-data")
    with logger.interaction(role="coder", prompt="\x1b]0;owned\x07 and\ttab") as call:
        call.output = "\x1b[2Jgone"
    for done in (cli("log", "show", call.id), cli("log", "tail")):
        assert "\x1b" not in done.stdout
        assert "\\x1b[2Jgone" in done.stdout


def test_one_interaction_is_one_line_whatever_its_role_and_its_feedback(cli: Cli, tmp_path: Path) -> None:
    logger = AgentLogger(tmp_path / "agentlog-data")
    with logger.interaction(role="A senior\nresearcher " + "who knows " * 500, prompt="hi", model="m\n" * 500) as call:
        call.output = "one\ntwo"
    logger.result(call.id, status="all\ngood")
    [line] = cli("log", "tail").stdout.splitlines()
    assert line.startswith(f"{call.id}  ")
    assert "A senior researcher who knows" in line
    assert line.endswith("…  all good  one two")
    assert len(cli("log", "stats").stdout.splitlines()) < 10


def test_tail_says_that_there_is_nothing_to_show(cli: Cli, ids: list[str]) -> None:
    done = cli("log", "tail", "--role", "nobody")
    assert (done.returncode, done.stdout) == (0, "")
    assert "no interaction of the role nobody in " in done.stderr
    assert cli("log", "tail", "--role", "nobody", "--json").stdout == "[]\n"


def test_show_names_what_is_no_text_and_what_could_not_be_found_out(cli: Cli, tmp_path: Path) -> None:
    logger = AgentLogger(tmp_path / "agentlog-data")
    picture = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}
    with logger.interaction(role="r", messages=[{"role": "user", "content": [{"type": "text", "text": "What? "}, picture]}]) as call:
        call.note("role: KeyError")
    shown = cli("log", "show", call.id).stdout
    assert "What? [image_url]" in shown
    assert "noted      role: KeyError" in shown
