"""The trial: what base and adapter answered to held-out tasks is really run, as the coder's own answers were.

An evaluation keeps both sides' answers. Each is led back to its task by the row it belongs to, and judged by the checks of that task.
Calls of a tool are no code and are left out.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from agentlog import read_interactions
from examples.team.judging import judge
from examples.team.sandbox import Sandbox
from examples.team.tasks import Task


@dataclass(frozen=True)
class Trial:
    """How many held-out answers were run, and how many of each side passed."""

    answers: int
    base: int
    adapter: int


def try_out(evaluation: dict[str, Any], data: Path, tasks: list[Task], sandbox: Sandbox) -> Trial:
    """Run the answers of an evaluation."""
    task_of = _tasks_of_rows(data, {task.id: task for task in tasks})
    judged = [
        tuple(judge(task_of[result["sample_id"]], result[side]["answer"], sandbox).passed for side in ("base", "adapter"))
        for result in evaluation["results"]
        if "```" in result["reference"]
    ]
    return Trial(len(judged), sum(base for base, _ in judged), sum(adapter for _, adapter in judged))


def newest_evaluation(data: Path) -> dict[str, Any]:
    """The evaluation that was written last; the ids of evaluations sort as they happened."""
    files = sorted((data / "adapters").rglob("evaluations/*.json"), key=lambda file: file.name)
    return dict(orjson.loads(files[-1].read_bytes()))


def _tasks_of_rows(data: Path, tasks: dict[str, Task]) -> dict[str, Task]:
    """From the id of a held-out row to its task, by way of the logged call that the row was made of."""
    task_ids = {interaction.id: interaction.task_id for interaction in read_interactions(data, role="coder")}
    files = (data / "datasets" / "coder").glob("*/coder_agent_test.jsonl")
    rows = [orjson.loads(line) for file in files for line in file.read_bytes().splitlines()]
    return {row["id"]: tasks[task_ids[row["source_ids"][0]] or ""] for row in rows}
