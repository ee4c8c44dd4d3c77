"""Heading: what the calls of a role and kind of task have in common, as the pieces of JSON that their lines are made of.

Made once and kept, because most programs have a handful of them and make many calls.
"""

from functools import lru_cache

from agentlog.capture.context import text_json

UNKNOWN_ROLE = "unknown"


class Heading:
    """A role and a task type; ``to_task_id`` and ``to_description`` are the pieces of a line before those fields."""

    __slots__ = ("role", "task_type", "to_description", "to_task_id")

    def __init__(self, role: str, task_type: str | None) -> None:
        self.role, self.task_type = role, task_type
        self.to_task_id = b',"agent_role":%b,"task_id":' % text_json(role)
        self.to_description = b',"task_type":%b,"task_description":' % text_json(task_type)


heading_of = lru_cache(maxsize=1024)(Heading)
