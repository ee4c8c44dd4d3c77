"""Aider's histories: who said what is told by how lines begin and end, and results belong to the chat that cost as much."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from agentlog import read_interactions
from agentlog.errors import ImportRefusedError
from agentlog.formats.aider import read_file
from agentlog.formats.run import FileRead, Options
from agentlog.ingest import import_logs
from agentlog.schema.events import parse_event

# ``@@`` stands for the two spaces at the end of a line.
CHAT = """
# aider chat started at 2026-02-03 04:05:06

> Aider v0@@
> Models: small-model with diff edit format, weak model tiny@@

#### Rename f to g.@@
#### @@
#### In all files.@@
> 1,200 prompt tokens, 30 completion tokens, $0.010000 cost@@

I need a.py.

> quoted by the model, with no spaces at the end

#### A heading of the model

> a.py@@
> Add these files to the chat? yes@@
> 1,500 prompt tokens, 40 completion tokens, $0.020000 cost@@

a.py
<<<<<<< SEARCH
def f():  x
=======
def g():  x
>>>>>>> REPLACE

> Applied edit to a.py@@
""".replace("@@", "  ")
STREAMED = """# aider chat started at 2026-02-03 04:05:06

> Main model: openai/big-model with diff edit format@@

#### Say hi.@@

Hi.

> Tokens: 3.1k sent, 2 received. Cost: $0.01 message, $0.01 session.@@

#### Again.@@

Hi again.

> Tokens: 3.2k sent, 1.1k cache hit, 5 received.@@
""".replace("@@", "  ")


def attempt(cost: float, **more: Any) -> dict[str, Any]:
    return {"try": 1, "model": "known-model", "model_patch": "diff", "cost": cost, "edit_outcome": True, "test_outcome": False, **more}


def read(tmp_path: Path, text: str = CHAT, results: Any = None) -> FileRead:
    (tmp_path / "repo-1.md").write_text(text)
    if results is not None:
        (tmp_path / "repo-1.json").write_bytes(orjson.dumps(results))
    return read_file(tmp_path / "repo-1.md", Options("coder"))


def said(line: dict[str, Any]) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in [*line["messages"], line["model_output"]]]


def test_each_answer_is_a_call_asked_with_what_stands_before_it(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert found.set_aside == []
    first, second = found.runs[0].lines
    answer = "I need a.py.\n\n> quoted by the model, with no spaces at the end\n\n#### A heading of the model"
    assert said(first) == [("user", "Rename f to g.\n\nIn all files."), ("assistant", answer)]
    assert said(second)[:3] == [*said(first), ("user", "a.py\nAdd these files to the chat? yes")]
    assert second["model_output"]["content"].endswith("def g():  x\n>>>>>>> REPLACE")
    assert first["usage"] == {"input_tokens": 1200, "output_tokens": 30, "cost": 0.01}
    assert first["model"]["name"] == "small-model"
    assert [line["timestamp"] for line in (first, second)] == ["2026-02-03T04:05:06.000000Z", "2026-02-03T04:05:07.000000Z"]
    assert parse_event(second).id == second["id"]


def test_a_count_of_tokens_may_come_after_its_answer(tmp_path: Path) -> None:
    first, second = read(tmp_path, STREAMED).runs[0].lines
    assert said(second) == [("user", "Say hi."), ("assistant", "Hi."), ("user", "Again."), ("assistant", "Hi again.")]
    assert first["usage"] == {"input_tokens": 3100, "output_tokens": 2, "cost": 0.01}
    assert second["usage"] == {"input_tokens": 3200, "output_tokens": 5}
    assert first["model"]["name"] == "openai/big-model"


def test_each_chat_is_a_session(tmp_path: Path) -> None:
    found = read(tmp_path, CHAT + STREAMED)
    assert [(run.session, len(run.lines)) for run in found.runs] == [("repo-1-1", 2), ("repo-1-2", 2)]


def test_the_result_of_the_chosen_attempt_is_that_of_the_hidden_tests(tmp_path: Path) -> None:
    chosen = attempt(0.03)
    [run] = read(tmp_path, results={**chosen, "cost": 9, "instance_id": "repo-1", "resolved": True, "all_results": [chosen]}).runs
    line = run.lines[0]
    assert line["execution_result"] == {
        "status": "success",
        "tests_passed": True,
        "resolved": True,
        "edit_outcome": True,
        "test_outcome": False,
    }
    assert (line["task_id"], line["model"]["name"]) == ("repo-1", "known-model")


def test_another_attempt_failed_if_its_visible_tests_did(tmp_path: Path) -> None:
    chosen, other = attempt(0.5), attempt(0.03, model_patch="other")
    [run] = read(tmp_path, results={**chosen, "resolved": True, "all_results": [chosen, other]}).runs
    assert run.lines[0]["execution_result"] == {"status": "failure", "tests_passed": False, "edit_outcome": True, "test_outcome": False}


@pytest.mark.parametrize("attempts", [[], [attempt(0.7)], [attempt(0.03), attempt(0.03, model="other")]])
def test_a_chat_whose_attempt_is_not_known_has_no_result(tmp_path: Path, attempts: list[dict[str, Any]]) -> None:
    [run] = read(tmp_path, results={"resolved": True, "all_results": attempts}).runs
    assert run.lines[0]["execution_result"] is None


def test_what_is_no_answer_is_set_aside_with_its_line(tmp_path: Path) -> None:
    empty = "# aider chat started at 2026-02-03 04:05:06\n#### Hi.  \n> 5 prompt tokens, 0 completion tokens, $0.1 cost  \n"
    text = f"{CHAT}words that follow nothing\n{empty}"
    found = read(tmp_path, text)
    assert (len(found.runs), len(found.runs[0].lines), found.runs_set_aside) == (1, 2, 1)
    assert [(text.split("\n")[bad.number - 1], bad.reason) for bad in found.set_aside] == [
        ("words that follow nothing", "a text that answers nothing"),
        ("> 5 prompt tokens, 0 completion tokens, $0.1 cost  ", "a count of tokens without an answer"),
        ("# aider chat started at 2026-02-03 04:05:06", "a chat without an answer of a model"),
    ]


@pytest.mark.parametrize(("text", "why"), [("# Notes\n", "no history of aider"), ("", "is empty")])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(ImportRefusedError, match=why):
        read(tmp_path, text)


def test_broken_results_beside_a_chat_are_refused(tmp_path: Path) -> None:
    (tmp_path / "repo-1.json").write_text("{")
    with pytest.raises(ImportRefusedError, match=r"repo-1\.json, the results beside repo-1\.md, is not JSON"):
        read(tmp_path)


def test_the_real_chats_are_accounted_for(tmp_path: Path, real_log: Path) -> None:
    """140 tasks, 356 chats, 1,261 counts of tokens and as many answers; 41 tasks resolved."""
    report = import_logs([real_log], tmp_path / "data", format="aider", options=Options("coder"))
    assert (report.runs, report.runs_set_aside, report.interactions_added) == (356, 1, 1261)
    assert [bad.reason for bad in report.set_aside] == ["a chat without an answer of a model"]
    read = list(read_interactions(tmp_path / "data"))
    judged = {each.task_id: each.execution_result.resolved for each in read if hasattr(each.execution_result, "resolved")}
    assert (len({each.task_id for each in read}), sum(judged.values())) == (140, 41)
