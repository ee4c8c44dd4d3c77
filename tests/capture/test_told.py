"""What is said of a function's calls beforehand: what cannot work is refused at once, before any agent runs."""

from enum import Enum
from typing import Any

import pytest

from agentlog import log_interaction
from agentlog.errors import SettingError


class Word(Enum):
    CODER = "coder"


def answer(prompt: str) -> str:
    return prompt


@pytest.mark.parametrize(
    ("told", "advice"),
    [
        ({"logger": "agentlog-data"}, "logger is 'agentlog-data': give an AgentLogger"),
        ({"role": 5}, "role is 5: give a text"),
        ({"task_type": ["fix"]}, "task_type is ['fix']: give a text"),
        ({"prompt": "Write"}, "prompt is 'Write': give a function of the call's arguments"),
        ({"output": "patch"}, "output is 'patch': give a function of the result"),
        ({"model": lambda prompt: "m"}, "model is a function: give a name"),
        ({"metadata": "run 7"}, "metadata is 'run 7': give a dictionary"),
    ],
)
def test_what_cannot_be_used_is_refused_where_it_is_said(told: dict[str, Any], advice: str) -> None:
    with pytest.raises(SettingError) as refusal:
        log_interaction(**told)
    assert str(refusal.value).startswith(advice)


def test_role_and_task_type_may_be_members_of_an_enum(caught: Any) -> None:
    word: Any = Word.CODER
    log_interaction(role=word, task_type=word, logger=caught.logger)(answer)("hi")
    [event] = caught.events
    assert (event["agent_role"], event["task_type"]) == ("coder", "coder")


@pytest.mark.parametrize(("executor", "role", "advice"), [(5, "r", "int has no execute()"), (Word, "r", "EnumType has no execute()")])
def test_only_what_has_an_execute_is_wrapped(caught: Any, executor: Any, role: Any, advice: str) -> None:
    with pytest.raises(SettingError) as refusal:
        caught.logger.wrap(executor, role=role)
    assert str(refusal.value).startswith(advice)
