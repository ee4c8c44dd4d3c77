"""The team at work: a session per task, from the coder's first call to the reviewer's verdict, and everything in the log.

What the coder's answers are worth is known and logged at once. What the tester's and the reviewer's are worth is logged at the end of
the day, from the log itself: results may come at any later time, and are found by the session they belong to. Then the people speak.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agentlog import AgentLogger, read_interactions
from examples.team.agents import MODEL, Attempt, Coder, Reviewer, Tester, review_request
from examples.team.judging import code_in, judge_tests, run_tests
from examples.team.reviewing import measure
from examples.team.sandbox import Sandbox
from examples.team.scripted_model import ScriptedModel
from examples.team.tasks import Task
from examples.team.tools import Tools


@dataclass(frozen=True)
class Done:
    """A task as it ended: how often the coder tried, and whether coder, tester and reviewer were right. None is: was not asked."""

    task: Task
    attempts: int
    solved: bool
    tests_right: bool | None = None
    review_right: bool | None = None


class Team:
    """Coder, tester and reviewer around one model and one log."""

    def __init__(self, log: AgentLogger, seed: int, sandbox: Sandbox) -> None:
        self.tools = Tools(seed)
        self._model, self._log, self._sandbox = ScriptedModel(seed), log, sandbox
        self._coder = Coder(self._model, log, self.tools, sandbox)
        self._tester = Tester(self._model, log)
        self._reviewer = log.wrap(Reviewer(self._model), role="reviewer", task_type="review", model=MODEL)

    def work_on(self, task: Task) -> Done:
        """Do one task."""
        self._model.task = task
        with self._log.session(task.id, task_id=task.id):
            attempts = self._coder.solve(task)
            if task.type == "test":
                return Done(task, len(attempts), attempts[-1].verdict.passed)
            return self._check(task, attempts)

    def _check(self, task: Task, attempts: list[Attempt]) -> Done:
        """Let the tester and the reviewer look at the coder's last attempt."""
        last, code = attempts[-1], code_in(attempts[-1].answer)
        tests = self._tester.tests_for(task, code)
        seen = run_tests(task, code, tests, self._sandbox)
        self._reviewer.execute(review_request(task, code, seen.report))
        review = measure(code, seen.passed)
        self._log.result(last.call_id, review_score=review.score)
        right = judge_tests(task, tests, self._sandbox).passed
        return Done(task, len(attempts), last.verdict.passed, right, review.approved == last.verdict.passed)

    def close_the_day(self, done: list[Done]) -> None:
        """Log what the testers' and reviewers' answers were worth."""
        worth = {("tester", each.task.id): each.tests_right for each in done} | {
            ("reviewer", each.task.id): each.review_right for each in done
        }
        for interaction in read_interactions(self._log.data):
            right = worth.get((interaction.agent_role, interaction.session_id or ""))
            if right is not None:
                self._log.result(interaction.id, status="success" if right else "failure")


def give_feedback(log: AgentLogger, file: Path) -> int:
    """Log what people said in a file of JSON lines about the last answer to a task; returns how many of them were about this log."""
    said = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    last = {(interaction.agent_role, interaction.session_id): interaction.id for interaction in read_interactions(log.data)}
    meant = [(last[key], words) for words in said if (key := (words["role"], words["task"])) in last]
    for interaction_id, words in meant:
        log.feedback(interaction_id, **_opinion(words))
    return len(meant)


def _opinion(words: dict[str, Any]) -> dict[str, Any]:
    return {name: words.get(name) for name in ("rating", "comments", "corrections", "reviewer")}
