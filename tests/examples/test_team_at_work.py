"""The team's log is whole and says what really happened."""

import itertools
import json
from collections import Counter
from pathlib import Path

import pytest

from agentlog import AgentLogger, read_interactions
from agentlog.schema.interaction import Interaction
from examples.team.judging import code_in, judge
from examples.team.sandbox import Sandbox
from examples.team.scripted_model import NAME, PROVIDER, ScriptedModel
from examples.team.tasks import make_tasks
from examples.team.team import Done, Team, give_feedback

SEED = 7
COUNT = 24
FEEDBACK = Path(__file__).parents[2] / "examples" / "team" / "feedback.jsonl"


class Day:
    """One day of a small team: its log, what was done, and what its tools printed."""

    def __init__(self, data: Path) -> None:
        log = AgentLogger(data)
        team = Team(log, SEED, Sandbox())
        self.done: list[Done] = [team.work_on(task) for task in make_tasks(SEED, COUNT)]
        team.close_the_day(self.done)
        self.opinions = give_feedback(log, FEEDBACK)
        log.close()
        self.private = team.tools.private
        self.stats = log.stats()
        read = read_interactions(data)
        self.interactions: list[Interaction] = list(read)
        self.skipped, self.orphans = read.skipped, read.orphans

    def of(self, role: str) -> list[Interaction]:
        """The interactions of a role."""
        return [interaction for interaction in self.interactions if interaction.agent_role == role]


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    """A day's work, done once for all tests here."""
    return Day(tmp_path_factory.mktemp("team"))


def test_every_line_of_the_log_can_be_read_and_nothing_was_lost(day: Day) -> None:
    assert (day.skipped, day.orphans, day.stats.lost) == ([], 0, 0)
    assert {interaction.agent_role for interaction in day.interactions} == {"coder", "tester", "reviewer"}


def test_every_call_is_logged_under_the_model_s_true_name_with_its_task(day: Day) -> None:
    assert {(each.model.name, each.model.provider) for each in day.interactions} == {(NAME, PROVIDER)}
    assert {each.session_id for each in day.interactions} == {task.id for task in make_tasks(SEED, COUNT)}
    assert all(each.usage and each.usage.output_tokens and each.latency_ms is not None for each in day.interactions)


def test_every_answer_has_a_result_and_there_are_successes_and_failures(day: Day) -> None:
    statuses = Counter(each.execution_result and each.execution_result.status for each in day.of("coder"))
    assert set(statuses) == {"success", "failure"}
    assert all(each.execution_result for each in day.interactions)


def test_what_the_log_says_of_an_answer_is_what_running_it_again_shows(day: Day) -> None:
    tasks = {task.id: task for task in make_tasks(SEED, COUNT)}
    for each in day.of("coder")[:12]:
        assert each.model_output
        assert each.execution_result
        if not each.model_output.get("tool_calls"):
            verdict = judge(tasks[each.task_id or ""], str(each.model_output["content"]), Sandbox())
            assert verdict.passed == each.execution_result.tests_passed


def test_a_retry_carries_its_whole_history(day: Day) -> None:
    """A later call of the coder begins with all the messages of the earlier one and its answer."""
    sessions: dict[str | None, list[Interaction]] = {}
    for each in day.of("coder"):
        sessions.setdefault(each.session_id, []).append(each)
    longer = [calls for calls in sessions.values() if len(calls) > 1]
    assert longer
    for calls in longer:
        for before, after in itertools.pairwise(calls):
            assert after.messages[: len(before.messages)] == before.messages
            assert len(after.messages) == len(before.messages) + 2


def test_tool_output_carries_private_values(day: Day) -> None:
    printed = " ".join(str(message["content"]) for each in day.of("coder") for message in each.messages if message["role"] == "tool")
    assert day.private
    assert all(value in printed for value in day.private)
    assert any("@" in value for value in day.private)


def test_feedback_reaches_the_interactions_it_is_about(day: Day) -> None:
    assert day.opinions == sum(each.human_feedback is not None for each in day.interactions) > 5
    assert any(each.human_feedback and each.human_feedback.corrections for each in day.of("coder"))


def test_every_opinion_is_about_a_task_that_exists() -> None:
    tasks = {task.id for task in make_tasks(SEED)}
    assert {words["task"] for words in map(json.loads, FEEDBACK.read_text().splitlines())} <= tasks


def test_every_correction_is_really_right() -> None:
    tasks = {task.id: task for task in make_tasks(SEED)}
    opinions = [json.loads(line) for line in FEEDBACK.read_text().splitlines()]
    corrected = [words for words in opinions if words.get("corrections")]
    assert len(corrected) >= 4
    for words in corrected:
        assert judge(tasks[words["task"]], words["corrections"], Sandbox()).passed


def test_the_script_says_the_same_to_the_same_question_and_is_wrong_about_a_third_of_the_time() -> None:
    first: list[str] = []
    for task in make_tasks(SEED):
        model, again = ScriptedModel(SEED), ScriptedModel(SEED)
        model.task = again.task = task
        prompt = [{"role": "user", "content": task.prompt}, {"role": "tool", "content": ""}]
        answer = model.code(prompt)
        assert answer == again.code(prompt)
        first.append(code_in(answer["choices"][0]["message"]["content"]))
    right = sum(code.rstrip() in _right_sources(task) for task, code in zip(make_tasks(SEED), first, strict=True) if task.type != "test")
    asked = sum(task.type != "test" for task in make_tasks(SEED))
    assert 0.55 < right / asked < 0.8


def _right_sources(task: object) -> set[str]:
    drawn = task.shape  # type: ignore[attr-defined]
    return {drawn.reference(hints=hints, docstring=docstring).rstrip() for hints in (True, False) for docstring in (True, False)}
