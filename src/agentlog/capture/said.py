"""What a program says of a call itself, its result and its feedback, in the kinds that a reader takes.

A reader sets a whole record aside for one field of the wrong kind, prompt and answer included. So a value that is no text, number or truth
where one belongs is kept beside the others, under ``not_understood``, its own field says nothing, and somebody is told. A rating counts
from 1 to 5 only, as everything that reads it believes: a thumb up (True) would be the worst of them.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

from agentlog.capture.serialize import encode
from agentlog.formats.response import plain


class Kind(NamedTuple):
    """How a kind is called, and how a JSON value is read as one; None if it is none."""

    name: str
    read: Callable[[Any], Any]


class Said(NamedTuple):
    """The fields as they are logged, and what was not understood, in a few words each."""

    fields: dict[str, Any]
    troubles: list[str]


_JSON = frozenset({str, int, float, bool})
_TRUTHS = frozenset({"0", "off", "f", "false", "n", "no", "1", "on", "t", "true", "y", "yes"})


def text_said(value: Any) -> str | None:
    """A text, or a number as one; None if it is neither."""
    value = _as_json(value)
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def mapping_said(value: Any, name: str) -> dict[str, Any]:
    """A dictionary of its own; what is none is kept under the field's name."""
    try:
        return dict(value)
    except (TypeError, ValueError):
        return {name: value}


def result_said(said: Any) -> Said:
    """An execution result: fields, an object that has them, or its status alone."""
    if isinstance(said, str):
        return Said({"status": said}, [])
    try:
        fields = dict(said) if isinstance(said, Mapping) else plain(said)
    except TypeError:
        return Said({"not_understood": said}, [f"a result of type {type(said).__name__}"])
    return _in_kinds(fields, _RESULT)


def feedback_said(said: dict[str, Any]) -> Said:
    """What a person said: rating, comments, corrections."""
    return _in_kinds(said, _FEEDBACK)


def _in_kinds(fields: dict[str, Any], kinds: Mapping[str, Kind]) -> Said:
    odd: dict[str, Any] = {}
    for name, kind in kinds.items():
        value = fields.get(name)
        if value is not None:
            fields[name] = kind.read(_as_json(value))
            if fields[name] is None:
                odd[name] = value
    if odd:
        fields["not_understood"] = odd
    return Said(fields, [f"{name}: {_shown(value)} is not {kinds[name].name}" for name, value in odd.items()])


def _as_json(value: Any) -> Any:
    # An enum, a number of numpy: what they are in the log.
    return value if type(value) in _JSON else orjson.loads(encode(value).data)


def _shown(value: Any) -> str:
    # Anything but a number may be private.
    return str(value) if type(value) in (int, float, bool) else f"a value of type {type(value).__name__}"


def _truth(value: Any) -> Any:
    known = value.lower() in _TRUTHS if isinstance(value, str) else value in (0, 1)
    return value if known else None


def _number(value: Any) -> float | None:
    try:
        number = value if isinstance(value, int | float) else float(value)
        return number if math.isfinite(number) else None
    except (TypeError, ValueError, OverflowError):
        return None


def _rating(value: Any) -> float | None:
    number = None if isinstance(value, bool) else _number(value)
    return number if number is not None and 1 <= number <= 5 else None


_RESULT = {"status": Kind("a text", text_said), "tests_passed": Kind("true or false", _truth), "review_score": Kind("a number", _number)}
_FEEDBACK = {
    "rating": Kind("a number from 1 to 5", _rating),
    "comments": Kind("a text", text_said),
    "corrections": Kind("a text", text_said),
}
