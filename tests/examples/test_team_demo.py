"""The demo runs from beginning to end, by its own command, and harms nothing that exists."""

import os
import subprocess
import sys
from pathlib import Path

from examples.team.privacy import left_in
from tests.conftest import DemoRun

ROOT = Path(__file__).parents[2]


def demo(*words: str) -> "subprocess.CompletedProcess[str]":
    """Run the demo as a user does."""
    command = [sys.executable, "-m", "examples.team.demo", *words]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_it_goes_all_the_way_from_the_log_to_an_evaluated_adapter(quick_demo: DemoRun) -> None:
    folder, told = quick_demo
    assert [f"{number}. " in told for number in range(1, 7)] == [True] * 6
    assert list((folder / "agentlog-data" / "adapters" / "coder").glob("*/evaluations/*.json"))
    assert {path.name for path in (folder / "agentlog-data" / "datasets").iterdir()} >= {"coder", "tester", "reviewer"}


def test_it_shows_every_command_that_it_runs(quick_demo: DemoRun) -> None:
    for command in ("build --all-roles", "train --role coder --base-model tiny-base", "evaluate --role coder"):
        assert f"$ agentlog {command}" in quick_demo.told


def test_it_says_how_many_held_out_answers_were_really_run(quick_demo: DemoRun) -> None:
    assert "Really run and tested: of " in " ".join(quick_demo.told.split())


def test_no_private_value_is_left_in_the_datasets(quick_demo: DemoRun) -> None:
    assert "private values printed by tools, 0 are there" in " ".join(quick_demo.told.split())


def test_a_folder_that_exists_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = demo("--quick", "--out", str(tmp_path))
    assert done.returncode == 1
    assert "nothing is ever deleted" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_private_value_that_is_left_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "row.jsonl").write_text('{"content": "write to mara@harbour.io"}')
    assert left_in(["mara@harbour.io", "jonas@harbour.io"], tmp_path) == {"mara@harbour.io": [tmp_path / "row.jsonl"]}
