"""A JSON value as a list of its texts, and the same value with other texts: keys, types and lengths stay.

A key is data where somebody uses an address or an id as one; so keys are texts too, and the value of a key that becomes another stays in
its place. A whole number is a text for those who judge by keys. Nesting is as deep as Python's recursion allows; deeper values raise
RecursionError.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

PathStep = str | int


class Leaf(NamedTuple):
    """A text in a JSON value.

    ``path`` leads to it by keys and places in lists; ``keys`` are its keys alone. ``kind`` says what it is there.
    """

    path: tuple[PathStep, ...]
    keys: tuple[str, ...]
    text: str
    kind: str = "text"


def leaves(value: Any, path: tuple[PathStep, ...] = (), keys: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """Every text, key and whole number of a JSON value, in order."""
    if isinstance(value, str):
        yield Leaf(path, keys, value)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(key, str):
                yield Leaf(path, keys, key, "key")
                yield from leaves(inner, (*path, key), (*keys, key))
            else:
                yield from leaves(inner, (*path, str(key)), keys)
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from leaves(inner, (*path, place), keys)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield Leaf(path, keys, str(value), "number")


def with_texts(value: Any, texts: Iterator[str]) -> Any:
    """A copy of a JSON value that has these texts, as many and in the same order as `leaves` gives them."""
    if isinstance(value, str):
        return next(texts)
    if isinstance(value, Mapping):
        return {next(texts) if isinstance(key, str) else key: with_texts(inner, texts) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [with_texts(inner, texts) for inner in value]
    if isinstance(value, int) and not isinstance(value, bool):
        return _number(next(texts), value)
    return value


def place_of(path: tuple[PathStep, ...], changed_keys: set[str]) -> str:
    """A path as people write it, e.g. ``messages[3].content``; a key that was private itself is a star."""
    said = ""
    for step in path:
        if isinstance(step, int):
            said += f"[{step}]"
        elif step in changed_keys or not step.isidentifier():
            said += "[*]"
        else:
            said += f".{step}" if said else step
    return said or "."


def _number(text: str, value: int) -> Any:
    """The number that a text says; a stand-in that is none (it had to be another kind of text) stands as text."""
    try:
        return int(text)
    except ValueError:
        return text
