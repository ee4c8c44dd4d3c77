"""The model behind the team: a script, and logged as one.

No language model is small enough to come with a demo and good enough to program, so the team's answers come from here: from the
references and bugs of the task's family, drawn by a seeded die. It is wrong at the first attempt about a third of the time and
usually mends it when it sees a test report. Nothing here says what is right: that is found out by running the answers.

Tokens are counted by a rule of thumb, four characters to a token, because a script has no tokenizer.
"""

from random import Random
from typing import Any

from examples.team.judging import code_in
from examples.team.reviewing import measure
from examples.team.sandbox import PASSED
from examples.team.tasks import Task
from examples.team.tools import arguments_of

NAME = "scripted-team-v1"
PROVIDER = "scripted"
_FIRST_WRONG, _AGAIN_WRONG, _TESTER_WRONG = 0.34, 0.25, 0.15
_CHARACTERS_PER_TOKEN = 4
_SENTENCES = {
    "implement": "Here is the function.",
    "fix": "The fault is mended.",
    "refactor": "It does the same in fewer steps.",
    "test": "These checks cover the cases that go wrong most easily.",
}

Message = dict[str, Any]


class ScriptedModel:
    """Answers in the shape of OpenAI's chat API; the same seed, task and history give the same answer.

    A script must know its scene: ``task`` is set before the team begins on a task.
    """

    task: Task

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def code(self, messages: list[Message]) -> dict[str, Any]:
        """The coder's next answer: a call of the tool it was told to use, or an attempt."""
        task = self.task
        if task.errand and not any(message["role"] == "tool" for message in messages):
            function = {"name": task.errand, "arguments": arguments_of(task)}
            calls = [{"id": f"call_{task.id}", "type": "function", "function": function}]
            return _completion(messages, {"role": "assistant", "content": None, "tool_calls": calls}, "tool_calls")
        attempt = sum(message["role"] == "assistant" and not message.get("tool_calls") for message in messages)
        rng = self._die(task, f"coder:{attempt}")
        wrong = rng.random() < (_AGAIN_WRONG if attempt else _FIRST_WRONG)
        code = self._asserts(task, rng, wrong) if task.type == "test" else self._function(task, rng, wrong)
        return _completion(messages, _said(code, _SENTENCES[task.type] if rng.random() < 0.25 else ""))

    def tests(self, messages: list[Message]) -> dict[str, Any]:
        """The tester's answer: a test function."""
        rng = self._die(self.task, "tester")
        return _completion(messages, _said(self._asserts(self.task, rng, rng.random() < _TESTER_WRONG), ""))

    def review(self, messages: list[Message]) -> dict[str, Any]:
        """The reviewer's answer: what can be measured of the code in the last message, in words."""
        asked = messages[-1]["content"]
        review = measure(code_in(asked), PASSED in asked)
        verdict = "Approved" if review.approved else "Changes wanted"
        findings = "\n".join(f"- {finding}" for finding in review.findings) or "- Nothing to add."
        return _completion(messages, {"role": "assistant", "content": f"{verdict}. Score: {review.score:g} of 5.\n{findings}"})

    def _function(self, task: Task, rng: Random, wrong: bool) -> str:
        style = self._die(task, "style")
        looks = {"hints": style.random() < 0.3, "docstring": style.random() < 0.8}
        if wrong:
            return task.shape.buggy(rng.randrange(task.shape.bug_count), **looks)
        return task.shape.reference(**looks)

    def _asserts(self, task: Task, rng: Random, wrong: bool) -> str:
        chosen = rng.sample(task.shape.examples, min(3, len(task.shape.examples)))
        if wrong:
            chosen[-1] = _with_value_of(chosen[-1], chosen[0])
        return "\n".join([f"def test_{task.shape.name}():", *(f"    assert {check}" for check in chosen)]) + "\n"

    def _die(self, task: Task, what: str) -> Random:
        return Random(f"{self._seed}:{task.id}:{what}")


def _with_value_of(check: str, other: str) -> str:
    """A check that expects what another one expects: wrong wherever the two differ."""
    sign = " == " if " == " in check else " is "
    expected = other.rpartition(" == " if " == " in other else " is ")[2]
    return f"{check.rpartition(sign)[0]}{sign}{expected}"


def _said(code: str, sentence: str) -> Message:
    return {"role": "assistant", "content": f"{sentence}\n\n```python\n{code}```".lstrip()}


def _completion(messages: list[Message], message: Message, finish_reason: str = "stop") -> dict[str, Any]:
    usage = {"prompt_tokens": sum(map(_tokens, messages)), "completion_tokens": _tokens(message)}
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    return {"object": "chat.completion", "model": NAME, "choices": [choice], "usage": usage}


def _tokens(message: Message) -> int:
    calls = "".join(call["function"]["arguments"] for call in message.get("tool_calls") or ())
    return -(-len((message.get("content") or "") + calls) // _CHARACTERS_PER_TOKEN)
