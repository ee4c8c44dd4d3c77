"""`agentlog feedback` writes what a person says, of one interaction or of a whole review sample, once."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from agentlog.store.reader import read_interactions
from tests.make import distinct_lines, write_log

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


def review_file(folder: Path, *rows: Any) -> Path:
    file = folder / "filled.jsonl"
    file.write_bytes(b"".join((row if isinstance(row, bytes) else orjson.dumps(row)) + b"\n" for row in rows))
    return file


def answer(interaction: str, **said: Any) -> dict[str, Any]:
    return {"interaction_id": interaction, "message": 2, "rating": None, "comments": None, "corrections": None, **said}


def test_one_interaction_is_rated(cli: Cli, tmp_path: Path) -> None:
    write_log(tmp_path, distinct_lines(3))
    done = cli("feedback", "coder-task-1", "--rating", "4", "--comment", "no docstring", "--reviewer", "ben", "--data", tmp_path)
    assert done.stdout.strip() == "coder coder-task-1-1 is rated 4"
    said = {each.id: each for each in read_interactions(tmp_path)}["coder-task-1-1"]
    assert said.human_feedback is not None
    assert (said.human_feedback.rating, said.human_feedback.comments, said.feedback[0].reviewer) == (4, "no docstring", "ben")


def test_a_filled_sample_becomes_feedback_and_adds_nothing_when_it_comes_again(cli: Cli, tmp_path: Path) -> None:
    lines = distinct_lines(5)
    write_log(tmp_path, lines)
    ids = [one["id"] for one in lines]
    rows = [
        {"id": "a", "answers": [answer(ids[0]), answer(ids[1], rating=2, comments="wrong")], "rating": 5, "comments": None},
        {"id": "b", "answers": [answer(ids[2])], "corrections": "done, and well"},
        {"id": "c", "answers": [answer(ids[3])], "rating": None},
    ]
    file = review_file(tmp_path, *rows)
    words = ("feedback", "--from", file, "--reviewer", "ana", "--data", tmp_path)
    done = cli(*words)
    assert done.returncode == 0, done.stderr
    assert "read 3 rows, 1 of them not filled in" in done.stdout
    assert "added feedback on 3 answers" in done.stdout
    assert "2 rated, 1 commented on, 1 corrected; 0 were there already" in done.stdout
    said = {each.id: each.human_feedback for each in read_interactions(tmp_path) if each.human_feedback}
    assert {name: (one.rating, one.comments, one.corrections) for name, one in said.items()} == {
        ids[0]: (5, None, None),
        ids[1]: (2, "wrong", None),
        ids[2]: (None, None, "done, and well"),
    }
    again = orjson.loads(cli(*words, "--json").stdout)
    assert (again["rows"], again["added"], again["already_there"], again["set_aside"]) == (3, 0, 3, [])
    reader = read_interactions(tmp_path)
    assert sum(len(each.feedback) for each in reader) == 3


def test_what_is_wrong_is_set_aside_with_its_line_and_the_rest_counts(cli: Cli, tmp_path: Path) -> None:
    lines = distinct_lines(3)
    write_log(tmp_path, lines)
    one, two, three = (line["id"] for line in lines)
    file = review_file(
        tmp_path,
        b"{not json",
        {"id": "a", "answers": [answer(one), answer(two)], "corrections": "which of them?"},
        {"id": "b", "answers": [answer(one, rating=6)]},
        {"id": "c", "answers": [answer("gone", rating=3)]},
        {"id": "d", "answers": []},
        {"id": "e", "answers": [answer(one, rating=True)]},
        {"id": "f", "answers": [answer(two, comments=["no text"])]},
        {"id": "g", "answers": [answer(three, rating=4)]},
        3,
    )
    report = orjson.loads(cli("feedback", "--from", file, "--data", tmp_path, "--json").stdout)
    assert report["added"] == report["rated"] == 1
    assert [bad["line"] for bad in report["set_aside"]] == [1, 2, 3, 4, 5, 6, 7, 9]
    reasons = [bad["reason"] for bad in report["set_aside"]]
    assert "correct the answer that it is about" in reasons[1]
    assert "answers[0].rating: must be a number from 1 to 5" in reasons[2]
    assert "has the id 'gone'" in reasons[3]


def test_an_answer_that_was_copied_and_left_as_it_was_is_no_correction(cli: Cli, tmp_path: Path) -> None:
    lines = distinct_lines(1)
    write_log(tmp_path, lines)
    messages = [*lines[0]["messages"], lines[0]["model_output"]]
    copied = messages[2]["content"]
    file = review_file(tmp_path, {"id": "a", "answers": [answer(lines[0]["id"], corrections=copied)], "messages": messages})
    assert "read 1 rows, 1 of them not filled in" in cli("feedback", "--from", file, "--data", tmp_path).stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["feedback"], "name the interaction by its ID"),
        (["feedback", "x"], "nothing is said of it"),
        (["feedback", "x", "--from", "f.jsonl"], "say either --from FILE, or an ID"),
        (["feedback", "--from", "f.jsonl", "--rating", "3"], "say either --from FILE, or an ID"),
        (["feedback", "--from", "gone.jsonl"], "gone.jsonl cannot be read"),
        (["feedback", "x", "--rating", "7"], "give a number from 1 to 5"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(cli: Cli, tmp_path: Path, words: list[str], said: str) -> None:
    write_log(tmp_path, distinct_lines(1))
    done = cli(*words, "--data", ".")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert said in done.stderr
