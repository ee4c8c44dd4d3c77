"""Reflexion's logs: solutions, reflections and transcripts become calls that were asked with what the log tells, and nothing else."""

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from agentlog import read_interactions
from agentlog.errors import ImportRefusedError
from agentlog.formats.reflexion import read_file
from agentlog.formats.run import FileRead, Options
from agentlog.ingest import import_logs
from agentlog.schema.events import parse_event

ROW = {"task_id": "T/1", "prompt": "def twice(x):", "test": "assert twice(2) == 4", "solution": "    return 2 * x", "is_solved": True}
TRANSCRIPT = """
########
BEGIN TRIAL {trial}
Trial summary: Correct: 1, Incorrect: 1, Halted: 0
########
------------- BEGIN CORRECT AGENTS -------------

Question: Which is taller?
Thought 1: I look up the first.
Action 1: Search[First]
Observation 1: First is 10 m tall.
Thought 7: is a line of this page.
Thought 2: I know it.
Action 2: Finish[First]
Observation 2: Answer is CORRECT
Correct answer: First

------------- BEGIN INCORRECT AGENTS -----------

Question: Which is older?{again}
Thought 1: I guess.
Action 1: Finish[Second]
Observation 1: Answer is INCORRECT
Correct answer: First

"""
AGAIN = " You have attempted to answer following question before and failed. Reflect.\nReflections:\n- I should look it up."


def read(path: Path, *rows: Any, model: str | None = None) -> FileRead:
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return read_file(path, Options("coder", model))


def transcript(path: Path, *texts: str) -> FileRead:
    path.write_text("".join(texts))
    return read_file(path, Options("r"))


def said(lines: list[dict[str, Any]]) -> list[tuple[list[str], str]]:
    return [([message["content"] for message in line["messages"]], line["model_output"]["content"]) for line in lines]


def test_a_solution_answers_its_prompt(tmp_path: Path) -> None:
    [run] = read(tmp_path / "a.jsonl", ROW).runs
    [line] = run.lines
    assert said([line]) == [(["def twice(x):"], "    return 2 * x")]
    assert (line["task_id"], line["task_type"], run.session) == ("T/1", "implement", "T/1")
    assert line["execution_result"] == {"status": "success", "tests_passed": True}
    assert line["metadata"]["test"] == ROW["test"]
    assert parse_event(line).id == line["id"]


def test_a_solution_that_is_a_list_of_tests_is_their_text(tmp_path: Path) -> None:
    [line] = read(tmp_path / "a.jsonl", {**ROW, "solution": ["assert a", "assert b"], "is_solved": False}).runs[0].lines
    assert (line["model_output"]["content"], line["task_type"]) == ("assert a\nassert b", "test")
    assert line["execution_result"]["status"] == "failure"


def test_reflections_are_answers_and_told_to_what_comes_after_them(tmp_path: Path) -> None:
    lines = read(tmp_path / "a.jsonl", {**ROW, "reflections": ["one", "two"]}).runs[0].lines
    prompt = ROW["prompt"]
    assert said(lines) == [([prompt], "one"), ([prompt, "one"], "two"), ([prompt, "one", "two"], ROW["solution"])]
    assert {message["role"] for line in lines for message in line["messages"]} == {"user"}
    assert [line["task_type"] for line in lines] == ["reflect", "reflect", "implement"]
    assert [line["execution_result"]["status"] for line in lines] == ["failure", "success", "success"]


def test_attempts_that_the_row_keeps_stand_where_they_were_made(tmp_path: Path) -> None:
    row = {**ROW, "reflections": ["r"], "implementations": ["first", "second"], "test_feedback": ["it failed"]}
    lines = read(tmp_path / "a.jsonl", row).runs[0].lines
    history = [ROW["prompt"], "first", "it failed"]
    assert said(lines) == [(history[:1], "first"), (history, "r"), ([*history, "r"], ROW["solution"])]
    assert [line["execution_result"]["status"] for line in lines] == ["failure", "success", "success"]


def test_the_model_is_the_file_names_unless_one_is_given(tmp_path: Path) -> None:
    name = "humaneval_simple_1_gpt-4_pass_at_k_1_py.jsonl"
    assert read(tmp_path / name, ROW).runs[0].lines[0]["model"]["name"] == "gpt-4"
    assert read(tmp_path / name, ROW, model="mine").runs[0].lines[0]["model"]["name"] == "mine"
    assert read(tmp_path / "a.jsonl", ROW).runs[0].lines[0]["model"]["name"] is None


def test_a_step_of_a_transcript_answers_all_that_was_seen_before(tmp_path: Path) -> None:
    first, second = transcript(tmp_path / "t.txt", TRANSCRIPT.format(trial=1, again="")).runs
    seen = "Observation 1: First is 10 m tall.\nThought 7: is a line of this page."
    step = "Thought 1: I look up the first.\nAction 1: Search[First]"
    assert said(first.lines) == [
        (["Question: Which is taller?"], step),
        (["Question: Which is taller?", step, seen], "Thought 2: I know it.\nAction 2: Finish[First]"),
    ]
    assert [line["execution_result"]["status"] for line in [*first.lines, *second.lines]] == ["success", "success", "failure"]
    assert first.lines[0]["task_id"] == "Which is taller?"
    assert first.lines[0]["metadata"]["correct_answer"] == "First"


def test_an_agent_that_was_right_is_not_read_again_in_later_trials(tmp_path: Path) -> None:
    trials = [TRANSCRIPT.format(trial=1, again=""), TRANSCRIPT.format(trial=2, again=AGAIN), TRANSCRIPT.format(trial=3, again=AGAIN)]
    found = transcript(tmp_path / "t.txt", *trials)
    assert len(found.runs) == 4
    lines = "".join(trials).split("\n")
    assert [lines[bad.number - 1] for bad in found.set_aside] == ["Question: Which is taller?"] * 2
    assert len({bad.number for bad in found.set_aside}) == 2
    assert {run.lines[0]["task_id"] for run in found.runs} == {"Which is taller?", "Which is older?"}
    assert len({run.key for run in found.runs}) == 4
    assert "- I should look it up." in found.runs[2].lines[0]["messages"][0]["content"]


def test_memories_are_reflections_and_known_again_when_they_have_grown(tmp_path: Path) -> None:
    early = read(tmp_path / "0.json", {"name": "env_1", "memory": ["a"], "is_success": False}).runs[0].lines
    late = read(tmp_path / "1.json", {"name": "env_1", "memory": ["a", "b"], "is_success": True}).runs[0].lines
    assert said(late) == [([], "a"), (["a"], "b")]
    assert [line["execution_result"] for line in late] == [{"status": "failure"}, {"status": "success", "tests_passed": True}]
    assert early[0]["execution_result"] is None
    assert early[0]["id"] == late[0]["id"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (3, "not an object"),
        ({"a": 1}, "the row has a"),
        ({"name": "e", "memory": [], "is_success": True}, "a verdict only"),
        ({"name": "e", "memory": [1]}, "memory is not a list of texts"),
        ({**ROW, "solution": None}, "neither text nor a list of tests"),
        ({**ROW, "reflections": "r"}, "reflections is not a list of texts"),
    ],
)
def test_rows_of_another_kind_are_set_aside(tmp_path: Path, row: Any, why: str) -> None:
    found = read(tmp_path / "a.jsonl", ROW, row)
    assert (len(found.runs), found.runs_set_aside) == (1, 1)
    assert found.set_aside[0].number == 2
    assert why in found.set_aside[0].reason


@pytest.mark.parametrize(("content", "why"), [(b"hello", "no line that begins with"), (b"\xff\xfe", "neither JSON nor text")])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(ImportRefusedError, match=why):
        read_file(tmp_path / "f", Options("r"))


def test_the_real_logs_are_accounted_for(tmp_path: Path, real_log: Path) -> None:
    """984 programming rows with 194 reflections; 1010 printed attempts, 308 of them reprints; 402 memories, 252 of them empty."""
    data = tmp_path / "data"
    last = [
        real_log / "alfworld_runs/root" / name
        for name in ("base_run_logs/env_results_trial_6.json", "reflexion_run_logs/env_results_trial_14.json")
    ]

    def bring(*files: Path) -> tuple[int, ...]:
        report = import_logs(files, data, format="reflexion", options=Options("r"))
        assert report.runs_set_aside == len(report.set_aside)
        return report.runs, len(report.set_aside), report.interactions_read, report.interactions_added

    assert bring(real_log / "programming_runs") == (984, 0, 1178, 1178)
    assert bring(real_log / "hotpotqa_runs") == (1010, 308, 2766, 2658)
    assert bring(*last) == (268, 168, 363, 307)
    assert bring(real_log / "alfworld_runs") == (2948, 1848, 3283, 0)
    read = list(read_interactions(data))
    solved = Counter(each.task_type for each in read if each.execution_result and each.execution_result.tests_passed)
    assert (solved["implement"], solved["test"]) == (563, 96)
