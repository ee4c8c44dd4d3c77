"""Heading: what the calls of a role and kind of task have in common. Made once and kept, because most programs have a handful of them.

The leaf of the capture: it also has the one way in which a text becomes JSON.
"""

from functools import lru_cache

import orjson

UNKNOWN_ROLE = "unknown"


class Heading:
    """A role and a task type, also as JSON."""

    __slots__ = ("role", "role_json", "task_type", "task_type_json")

    def __init__(self, role: str, task_type: str | None) -> None:
        self.role, self.task_type = role, task_type
        self.role_json, self.task_type_json = text_json(role), text_json(task_type)


def text_json(text: str | None) -> bytes:
    """A text or None as JSON; a lone surrogate, for which JSON has no word, is escaped."""
    try:
        return orjson.dumps(text)
    except TypeError:
        return orjson.dumps(str(text).encode("utf-8", "backslashreplace").decode())


heading_of = lru_cache(maxsize=1024)(Heading)
