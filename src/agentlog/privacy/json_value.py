"""A JSON value as a list of its texts, and the same value with other texts: keys, types and lengths stay.

A key is data where somebody uses an address or an id as one; so keys are texts too, and the value of a key that becomes another stays in
its place. A whole number is a text for those who judge by keys, also a long one that a table has turned into ``4152653890.0``; short
ones are prices. What is no JSON is refused, for it could not be looked through. Nesting is as deep as Python's recursion allows; deeper
values raise RecursionError.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

PathStep = str | int
Trail = tuple[Any, PathStep] | None
"""The way to a place, the last step first: each step with the way to it, so that a long one is shared."""
_MOST_BITS = 512
"""A longer number is nobody's, and Python would not even write it."""
_LEAST_FLOAT, _EXACT = 10**8, 2**53


class Leaf(NamedTuple):
    """A text in a JSON value: the way to it, the keys on the way, and whether it is a key itself, or stands for a whole number."""

    trail: Trail
    keys: tuple[str, ...]
    text: str
    is_key: bool = False
    is_number: bool = False
    is_float: bool = False
    beside: Collection[Any] = ()
    """The keys of the object in which it is a value, its own among them."""


def leaves(value: Any) -> list[Leaf]:
    """Every text, key and whole number of a JSON value, in order.

    Raises:
        TypeError: it holds something else than texts, numbers, true, false, null, lists and mappings.
    """
    found: list[Leaf] = []
    _walk(value, None, (), found)
    return found


def _walk(value: Any, trail: Trail, keys: tuple[str, ...], found: list[Leaf], beside: Collection[Any] = ()) -> None:
    if isinstance(value, str):
        found.append(Leaf(trail, keys, value, beside=beside))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(key, str):
                found.append(Leaf(trail, keys, key, True))
                _walk(inner, (trail, key), (*keys, key), found, value.keys())
            else:
                if digits := _digits(key):
                    found.append(Leaf(trail, keys, digits, True, True, isinstance(key, float)))
                _walk(inner, (trail, str(key)), keys, found)
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            _walk(inner, (trail, place), keys, found)
    elif value is not None and (digits := _digits(value)):
        found.append(Leaf(trail, keys, digits, False, True, isinstance(value, float)))


def with_texts(value: Any, texts: Iterator[str]) -> Any:
    """A copy of a JSON value that has these texts, as many and in the same order as `leaves` gives them."""
    if isinstance(value, str):
        return next(texts)
    if isinstance(value, Mapping):
        return {_scalar(key, texts): with_texts(inner, texts) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_texts(inner, texts) for inner in value]
    if isinstance(value, tuple):
        return tuple(with_texts(inner, texts) for inner in value)
    return _scalar(value, texts)


def place_of(trail: Trail, changed_keys: set[str]) -> str:
    """A way as people write it, e.g. ``messages[3].content``; a key that was private itself is a star."""
    steps: list[PathStep] = []
    while trail is not None:
        trail, step = trail
        steps.append(step)
    said = ""
    for step in reversed(steps):
        if isinstance(step, int):
            said += f"[{step}]"
        elif step in changed_keys or not step.isidentifier():
            said += "[*]"
        else:
            said += f".{step}" if said else step
    return said or "."


def _digits(value: Any) -> str:
    """The digits of a whole number, with its sign; nothing for what JSON has beside texts and whole numbers."""
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int):
        return str(value) if value.bit_length() <= _MOST_BITS else ""
    if isinstance(value, float):
        return str(int(value)) if _LEAST_FLOAT <= abs(value) <= _EXACT and value.is_integer() else ""
    raise TypeError(f"{type(value).__name__} is no JSON: only texts, numbers, true, false, null, lists and mappings can be looked through")


def _scalar(value: Any, texts: Iterator[str]) -> Any:
    if isinstance(value, str):
        return next(texts)
    digits = _digits(value)
    if not digits:
        return value
    text = next(texts)
    return value if text == digits else type(value)(int(text))
