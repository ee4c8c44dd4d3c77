"""What every provider's answer is brought to: one message, and what was said about it.

Answers arrive as dictionaries or as objects of a client package; `field` and `plain` look into both, so that no client package is
needed here.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple


class Response(NamedTuple):
    """An answer in the log's shape.

    ``rest`` holds whatever the other fields have no place for, ``changed`` what JSON had no word for.
    """

    message: dict[str, Any]
    usage: dict[str, Any] | None
    finish_reason: str | None
    model: str | None
    rest: dict[str, Any]
    changed: Sequence[str] = ()


def field(value: Any, name: str) -> Any:
    """A key of a dictionary or an attribute of an object; None where there is none."""
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)


def plain(value: Any) -> dict[str, Any]:
    """A dictionary or a client's object as a dictionary of its own; what is None is left out."""
    if isinstance(value, dict):
        said = value
    elif callable(getattr(type(value), "model_dump", None)):
        said = value.model_dump()
    else:
        said = vars(value)
    return {key: part for key, part in said.items() if part is not None}


def read_usage(usage: Any, input_name: str, output_name: str) -> dict[str, Any] | None:
    """Token counts under the log's names; counts of other kinds keep theirs."""
    if usage is None:
        return None
    said = plain(usage)
    counts: dict[str, Any] = {}
    for name, foreign in (("input_tokens", input_name), ("output_tokens", output_name)):
        count = said.pop(foreign if foreign in said else name, None)
        counts[name] = count if isinstance(count, int) else None
    return counts | said
