"""The texts in a JSON value: found wherever they are, JSON inside strings included, and replaced without touching any structure.

Tool calls carry their arguments, and tools their results, as JSON printed into a string. Such a string is looked into, so that a key can
say what its value is; it is changed by replacing the values in place, so its spacing and its other bytes stay.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

_LOOKS_LIKE_JSON = re.compile(r"\s*[\[{]")
_DEPTH = 8


class Leaf(NamedTuple):
    """A text and the key it stands under, empty in a list or at the top."""

    key: str
    text: str


def leaves(value: Any, key: str = "", depth: int = 0) -> Iterator[Leaf]:
    """Every text in a JSON value, a string that is itself JSON followed by the texts and numbers in it."""
    if isinstance(value, str):
        yield Leaf(key, value)
        if depth < _DEPTH and _LOOKS_LIKE_JSON.match(value):
            yield from leaves(_parsed(value), key, depth + 1)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from leaves(inner, str(name), depth)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner, key, depth)


def with_texts(value: Any, change: Callable[[str], str]) -> Any:
    """A copy of a JSON value in which every text is changed; keys, types and lengths stay."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {name: with_texts(inner, change) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [with_texts(inner, change) for inner in value]
    return value


class Replacer:
    """Replaces texts by others wherever they stand alone, longest first, plain or as they look inside a JSON string."""

    def __init__(self, replacements: Mapping[str, str]) -> None:
        self._new = {form: (after, old) for old, new in replacements.items() for form, after in _forms(old, new)}
        ordered = sorted(self._new, key=lambda old: (-len(old), old))
        self._pattern = re.compile("|".join(map(_alone, ordered))) if ordered else None
        self.replaced: dict[str, int] = {}

    def __call__(self, text: str) -> str:
        """The text with every occurrence replaced and counted."""
        return self._pattern.sub(self._replace, text) if self._pattern else text

    def _replace(self, match: re.Match[str]) -> str:
        new, found = self._new[match[0]]
        self.replaced[found] = self.replaced.get(found, 0) + 1
        return new


def _parsed(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _forms(old: str, new: str) -> Iterable[tuple[str, str]]:
    yield old, new
    escaped = orjson.dumps(old).decode()[1:-1]
    if escaped != old:
        yield escaped, orjson.dumps(new).decode()[1:-1]


def _alone(text: str) -> str:
    """A pattern for the text where no letter or digit continues it; a value of ``id=12`` is not part of ``id=123``."""
    before = r"(?<![^\W_])" if text[0].isalnum() else ""
    after = r"(?![^\W_])" if text[-1].isalnum() else ""
    return before + re.escape(text) + after
