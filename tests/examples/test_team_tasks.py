"""The demo's tasks are real work: what is right passes, what is wrong fails, and all of it is the same for the same seed."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from examples.team.families import ALL
from examples.team.family import Family, Shape, shape
from examples.team.judging import code_in, judge, judge_tests
from examples.team.sandbox import Sandbox, Verdict
from examples.team.tasks import TASK_TYPES, Task, make_tasks

SANDBOX = Sandbox(seconds=1)
SEED = 7


def run_all(jobs: list[tuple[str, tuple[str, ...]]]) -> list[Verdict]:
    """Run code against checks, two interpreters at a time."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda job: SANDBOX.run(*job), jobs))


def shapes(family: Family) -> list[Shape]:
    """Two shapes of each family, in which names and wording differ."""
    return [shape(family, Random(f"{family.key}:{number}")) for number in range(2)]


def test_there_are_a_few_hundred_tasks_of_four_types_and_more_than_forty_families() -> None:
    tasks = make_tasks(SEED)
    assert 240 <= len(tasks) <= 320
    assert len({task.id for task in tasks}) == len(tasks)
    assert {task.type for task in tasks} == set(TASK_TYPES)
    assert len({family.key for family in ALL}) == len(ALL) > 40


def test_the_same_seed_gives_the_same_tasks_and_another_seed_others() -> None:
    assert make_tasks(SEED) == make_tasks(SEED)
    assert make_tasks(SEED) != make_tasks(SEED + 1)
    assert make_tasks(SEED, 10) == make_tasks(SEED)[:10]


def test_some_tasks_come_again_in_almost_the_same_words() -> None:
    tasks = {task.id: task for task in make_tasks(SEED)}
    again = [task for task in tasks.values() if task.id.endswith("-again")]
    assert len(again) == 25
    assert all(tasks[task.id.removesuffix("-again")].prompt in task.prompt for task in again)


def test_every_reference_and_every_clumsy_version_passes_its_checks() -> None:
    right = [
        (code, drawn.checks)
        for family in ALL
        for drawn in shapes(family)
        for code in (drawn.reference(hints=True, docstring=True), drawn.clumsy())
    ]
    assert [(job, verdict) for job, verdict in zip(right, run_all(right), strict=True) if not verdict.passed] == []


def test_every_bug_fails_at_least_one_check() -> None:
    drawn = [(shapes(family)[0], number) for family in ALL for number in range(len(family.bugs))]
    wrong = [(each.buggy(number), each.checks) for each, number in drawn]
    assert [job for job, verdict in zip(wrong, run_all(wrong), strict=True) if verdict.passed] == []


def test_every_task_s_own_reference_passes() -> None:
    """Whatever names the seed has drawn, the function still works under them."""
    jobs = [(task.shape.reference(), task.shape.checks) for task in make_tasks(SEED)]
    assert all(verdict.passed for verdict in run_all(jobs))


def test_code_to_be_repaired_is_wrong_and_code_to_be_tidied_is_right() -> None:
    tasks = [task for task in make_tasks(SEED, 80) if task.given]
    verdicts = run_all([(task.given or "", task.shape.checks) for task in tasks])
    assert {(task.type, verdict.passed) for task, verdict in zip(tasks, verdicts, strict=True)} == {("fix", False), ("refactor", True)}


def test_a_bug_that_edits_nothing_is_an_error() -> None:
    family = ALL[0]
    broken = Family(**{**vars(family), "bugs": (("not in the body", ""),)})
    with pytest.raises(ValueError, match="not in the body"):
        shape(broken, Random(1)).buggy(0)


def first(kind: str) -> Task:
    """The first task of a type."""
    return next(task for task in make_tasks(SEED) if task.type == kind)


def test_an_answer_is_judged_by_the_code_in_its_block() -> None:
    task = first("implement")
    assert judge(task, f"Here it is.\n\n```python\n{task.shape.reference()}```", SANDBOX).passed
    assert not judge(task, f"```python\n{task.shape.buggy(0)}```", SANDBOX).passed
    assert code_in("no block at all") == "no block at all"


def test_a_test_that_fails_on_a_correct_function_is_a_wrong_test() -> None:
    task = first("test")
    assert not judge_tests(task, f"def test_{task.shape.name}():\n    assert False\n", SANDBOX).passed


def test_a_test_that_nothing_fails_is_worth_nothing() -> None:
    task = first("test")
    verdict = judge_tests(task, f"def test_{task.shape.name}():\n    assert True\n", SANDBOX)
    assert not verdict.passed
    assert "pass whatever" in verdict.report


def test_a_test_that_passes_on_the_reference_and_catches_a_bug_is_right() -> None:
    task = first("test")
    asserts = "".join(f"    assert {check}\n" for check in task.shape.examples)
    assert judge_tests(task, f"def test_{task.shape.name}():\n{asserts}", SANDBOX).passed
