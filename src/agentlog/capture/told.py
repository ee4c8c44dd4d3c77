"""What a program says of a function's calls beforehand, checked when it says it.

Once agents run, nothing is raised any more: a setting that cannot work would quietly cost every record something.
"""

import inspect
from collections.abc import Mapping
from enum import Enum
from typing import Any

from agentlog.capture.recording import Facts
from agentlog.errors import SettingError


def checked(facts: Facts) -> Facts:
    """The facts as they are used, members of enums as their values.

    Raises:
        SettingError: one of them is of a kind that cannot be used.
    """
    role, task_type = _value(facts.role), _value(facts.task_type)
    for name, told in (("role", role), ("task_type", task_type)):
        if not (told is None or isinstance(told, str) or callable(told)):
            raise SettingError(f"{name} is {told!r:.60}: give a text, or a function of the call's arguments")
    for name, found_by, of in (("prompt", facts.prompt, "the call's arguments"), ("output", facts.output, "the result")):
        if found_by is not None and not callable(found_by):
            raise SettingError(f"{name} is {found_by!r:.60}: give a function of {of}, or leave it out")
    if inspect.isroutine(facts.model):
        raise SettingError("model is a function: give a name, or leave it out where an argument `model` or the answer says it")
    if facts.metadata is not None and not isinstance(facts.metadata, Mapping):
        raise SettingError(f"metadata is {facts.metadata!r:.60}: give a dictionary")
    return facts._replace(role=role, task_type=task_type)


def _value(told: Any) -> Any:
    return told.value if isinstance(told, Enum) else told
