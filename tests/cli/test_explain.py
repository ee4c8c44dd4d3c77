"""``agentlog explain`` says in words, or as JSON, what became of an id."""

import json
from pathlib import Path

from tests.cli.conftest import Cli
from tests.make import distinct_lines, line, write_log


def test_the_way_of_an_answer_is_told_in_words_and_as_json(cli: Cli, tmp_path: Path) -> None:
    write_log(tmp_path / "agentlog-data", distinct_lines(40))
    before = cli("explain", "coder-task-4-4")
    assert "in no dataset yet" in before.stdout
    assert cli("build", "--role", "coder").returncode == 0
    dropped = cli("explain", "coder-task-4-4")
    assert "dropped      by select: the answer failed when it was used (failed)" in dropped.stdout
    assert "a.jsonl:5" in dropped.stdout
    kept = json.loads(cli("explain", "coder-task-1-1", "--json").stdout)
    assert (kept["kind"], kept["datasets"][0]["split"] in ("train", "val", "test"), kept["places"][0]["line"]) == ("interaction", True, 2)
    unknown = cli("explain", "nobody")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (1, 1)


def test_ids_and_sessions_of_several_lines_are_told_in_one(cli: Cli, tmp_path: Path) -> None:
    write_log(tmp_path / "agentlog-data", [line(1, id="a\nb", session="s\nt", role="c\nd")])
    assert cli("explain", "a\nb").stdout.splitlines()[:2] == [
        "interaction a b",
        "  c d · implement · some-model · 2026-11-20T17:00:01 · session s t",
    ]
