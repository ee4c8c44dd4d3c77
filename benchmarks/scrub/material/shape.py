"""Whether a JSON value has kept its shape: the same keys, types, lengths and numbers of items, in JSON inside strings as well."""

import json
from typing import Any

_DEPTH = 12


PRIVATE_KEY = "a key has become another"
"""How a difference begins where nothing else differs: the keys are as many, in the same order."""


def difference(before: Any, after: Any, path: str = "$", depth: int = 0) -> str | None:
    """Where and how the shapes differ, None where they do not.

    Numbers may be others: one that is private has another in its place. A text may be another text; where it is JSON, that must stay JSON
    of the same shape.
    """
    if type(before) is not type(after):
        return f"{path}: {type(before).__name__} has become {type(after).__name__}"
    if isinstance(before, dict):
        return _of_objects(before, after, path, depth)
    if isinstance(before, list):
        if len(before) != len(after):
            return f"{path}: {len(before)} items have become {len(after)}"
        found = (difference(old, new, f"{path}[{number}]", depth) for number, (old, new) in enumerate(zip(before, after, strict=True)))
        return next((one for one in found if one), None)
    if isinstance(before, str) and before != after and depth < _DEPTH:
        return _of_texts(before, after, path, depth)
    return None


def container(text: str) -> Any:
    """The list or object that a text is in JSON, or None."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _of_objects(before: dict[str, Any], after: dict[str, Any], path: str, depth: int) -> str | None:
    if len(before) != len(after):
        return f"{path}: {len(before)} keys have become {len(after)}"
    pairs = list(zip(before, after, strict=True))
    found = [difference(before[old], after[new], f"{path}.{old}", depth) for old, new in pairs]
    changed = [f"{PRIVATE_KEY}: {old!r}, {new!r} at {path}" for old, new in pairs if old != new]
    # What else differs is worse, and is told first.
    return min((one for one in (*found, *changed) if one), key=lambda said: said.startswith(PRIVATE_KEY), default=None)


def _of_texts(before: str, after: str, path: str, depth: int) -> str | None:
    inner = container(before)
    if inner is None:
        return None
    now = container(after)
    if now is None:
        return f"{path}: JSON inside a string is no JSON any more"
    return difference(inner, now, f"{path}(JSON)", depth + 1)
