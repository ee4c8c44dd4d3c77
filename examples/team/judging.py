"""Judging: whether an answer is right, found out by running it.

A function is right if it passes the checks of its family. A test is right if it passes on the reference and fails on at least one bug: a
test that a right function fails is a wrong test, and one that nothing fails is worth nothing.
"""

import re

from examples.team.sandbox import Sandbox, Verdict
from examples.team.tasks import Task

_BLOCK = re.compile(r"```(?:python)?\n(.*?)```", re.DOTALL)


def code_in(answer: str) -> str:
    """The code of an answer: its first fenced block, or all of it where there is none."""
    found = _BLOCK.search(answer)
    return found.group(1) if found else answer


def judge(task: Task, answer: str, sandbox: Sandbox) -> Verdict:
    """Run an answer of the coder against what its task demands."""
    if task.type == "test":
        return judge_tests(task, answer, sandbox)
    return sandbox.run(code_in(answer), task.shape.checks)


def judge_tests(task: Task, answer: str, sandbox: Sandbox) -> Verdict:
    """Run tests on the reference, which they must pass, and on the bugs, of which they must catch one."""
    verdict = run_tests(task, task.shape.reference(), answer, sandbox)
    if not verdict.passed:
        return verdict
    for number in range(task.shape.bug_count):
        if not run_tests(task, task.shape.buggy(number), answer, sandbox).passed:
            return verdict
    return Verdict(False, ("FAILED: the tests pass whatever the function returns.",))


def run_tests(task: Task, code: str, answer: str, sandbox: Sandbox) -> Verdict:
    """Run an answer's test function on some code."""
    return sandbox.run(f"{code}\n\n{code_in(answer)}", [f"test_{task.shape.name}() is None"])
