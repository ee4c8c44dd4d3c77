"""The three agents, each logged through another door of agentlog.

The coder opens each call with ``log.interaction``, because it wants the call's id at once. The tester's function carries the
``@log_interaction`` decorator. The reviewer is an ordinary object with ``execute`` that ``log.wrap`` stands in for. All of them talk to the
same model, as if it were a chat API, and know only what stands in their messages.
"""

from dataclasses import dataclass
from typing import Any

from agentlog import AgentLogger, log_interaction
from examples.team.judging import judge
from examples.team.sandbox import Sandbox, Verdict
from examples.team.scripted_model import NAME, PROVIDER, Message, ScriptedModel
from examples.team.tasks import Task
from examples.team.tools import TOOLS, Tools

MODEL = {"name": NAME, "provider": PROVIDER}
RETRIES = 2
_CODER = "You are the coder of a small team. Answer with Python code in one block."
_TESTER = "You are the tester of a small team. Answer with one test function."
_REVIEWER = "You are the reviewer of a small team. Say whether the code may go in, and why."


@dataclass(frozen=True)
class Attempt:
    """One answer of the coder, the id it is logged under and what came of it."""

    call_id: str
    answer: str
    verdict: Verdict


class Coder:
    """Solves a task, with a tool where it is told to use one, and tries again when the tests fail."""

    def __init__(self, model: ScriptedModel, log: AgentLogger, tools: Tools, sandbox: Sandbox) -> None:
        self._model, self._log, self._tools, self._sandbox = model, log, tools, sandbox

    def solve(self, task: Task) -> list[Attempt]:
        """All attempts at a task; the last one is the coder's answer."""
        messages = _prompt(_CODER, task.prompt)
        attempts: list[Attempt] = []
        while len(attempts) <= RETRIES and not (attempts and attempts[-1].verdict.passed):
            if attempts:
                messages.append({"role": "user", "content": f"{attempts[-1].verdict.report}\nCorrect it."})
            call_id, answer = self._ask(task, messages)
            messages.append(answer)
            if calls := answer.get("tool_calls"):
                self._log.result(call_id, status="success")
                messages.append({"role": "tool", "tool_call_id": calls[0]["id"], "content": self._tools.call(task)})
            else:
                attempts.append(self._tried(task, call_id, answer["content"]))
        return attempts

    def _ask(self, task: Task, messages: list[Message]) -> tuple[str, Message]:
        tools = [tool for tool in TOOLS if tool["function"]["name"] == task.errand]
        with self._log.interaction(role="coder", messages=messages, model=MODEL, task_type=task.type, task_id=task.id, tools=tools) as call:
            call.output = self._model.code(messages)
        return call.id, _message(call.output)

    def _tried(self, task: Task, call_id: str, answer: str) -> Attempt:
        verdict = judge(task, answer, self._sandbox)
        status, error = ("success", None) if verdict.passed else ("failure", verdict.report)
        self._log.result(call_id, status=status, tests_passed=verdict.passed, error=error)
        return Attempt(call_id, answer, verdict)


class Tester:
    """Writes a test function for code that it is shown."""

    def __init__(self, model: ScriptedModel, log: AgentLogger) -> None:
        @log_interaction(role="tester", task_type="test", logger=log, model=MODEL)
        def ask(messages: list[Message]) -> dict[str, Any]:
            return model.tests(messages)

        self._ask = ask

    def tests_for(self, task: Task, code: str) -> str:
        """The tester's answer."""
        wish = f"Write `test_{task.shape.name}` with plain asserts. The function {task.shape.does}.\n\n```python\n{code}```"
        return str(_message(self._ask(_prompt(_TESTER, wish)))["content"])


class Reviewer:
    """Says whether code may go in. It is logged by being wrapped."""

    def __init__(self, model: ScriptedModel) -> None:
        self._model = model

    def execute(self, messages: list[Message]) -> dict[str, Any]:
        """The model's answer to a request for a review."""
        return self._model.review(messages)


def review_request(task: Task, code: str, report: str) -> list[Message]:
    """What a reviewer is asked: code, what it should do, and what the tester's tests said."""
    return _prompt(_REVIEWER, f"The function {task.shape.does}.\n\n```python\n{code}```\n\nThe tester's tests: {report}")


def _prompt(system: str, wish: str) -> list[Message]:
    return [{"role": "system", "content": system}, {"role": "user", "content": wish}]


def _message(completion: dict[str, Any]) -> Message:
    return dict(completion["choices"][0]["message"])
