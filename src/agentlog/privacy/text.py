"""Text: a string as the recognisers look at it, with the views that they share so that each is made once at most.

All views of characters have the length of the text, so a place in one is a place in all. Escapes such as ``\\n``, as they stand in JSON
inside a string, are blank in them: they end a word, and their letter is no part of the next.
"""

import re
from collections.abc import Collection
from typing import Any

_ESCAPES = re.compile(r"(?<!\\)\\++[nrt]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def _shape_table() -> bytes:
    """Digits become 0, hexadecimal letters f, other letters and everything beyond ASCII a; the rest stays."""
    table = bytearray(range(256))
    for code in range(256):
        char = chr(code)
        if code >= 128 or char.isalpha():
            table[code] = ord("f" if char in "abcdefABCDEF" else "a")
        elif char.isdigit():
            table[code] = ord("0")
    return bytes(table)


_TABLE = _shape_table()


class Text:
    """A string, and views of it."""

    __slots__ = ("_low", "_shape", "beside", "value", "view")

    value: str
    """The string itself."""
    view: str
    """The string with escapes and lone surrogates blank: what patterns are matched against."""
    beside: Collection[Any]
    """The keys of the object in which the string is a value, its own among them; nothing elsewhere."""

    def __init__(self, value: str, beside: Collection[Any] = ()) -> None:
        self.value = value
        self.beside = beside
        self.view = view_of(value)
        self._low: str | None = None
        self._shape: bytes | None = None

    @property
    def low(self) -> str:
        """The view in lower case: what anchors are looked for in."""
        if self._low is None:
            # The Turkish capital I with a dot is the one letter that is two in lower case.
            self._low = self.view.lower() if self.view.isascii() else self.view.replace("\u0130", "i").lower()
        return self._low

    @property
    def shape(self) -> bytes:
        """The view as UTF-8 with every digit as 0, a to f as f, other letters as a: in it a filter is one search for a substring.

        Its places are those of the text only where that is ASCII.
        """
        if self._shape is None:
            self._shape = self.view.encode("utf-8").translate(_TABLE)
        return self._shape


def view_of(value: str) -> str:
    """A string with escapes and lone surrogates blank."""
    if "\\" in value:
        # Most texts have single ones only, and replacing those is ten times as fast.
        value = _ESCAPES.sub(_blank, value) if "\\\\" in value else _without_single(value)
    return value if value.isascii() else _without_surrogates(value)


def _without_single(value: str) -> str:
    return value.replace("\\n", "  ").replace("\\r", "  ").replace("\\t", "  ")


def _without_surrogates(view: str) -> str:
    try:
        view.encode()  # several times faster than a search for them
    except UnicodeEncodeError:
        return _SURROGATES.sub(" ", view)
    return view


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])
