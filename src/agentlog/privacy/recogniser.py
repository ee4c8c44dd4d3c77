"""Recogniser: what finds private values in a text, and says where, what and how surely.

There are three kinds. An `Anchored` one names the literal texts without which it finds nothing; all anchors of all recognisers are looked
for in one pass over a text, and only at a hit is the recogniser asked. A `Scanned` one looks at every text by itself, behind a filter of
its own. A `Keyed` one judges a value by the keys under which it stands in a JSON value.

A recogniser takes time in proportion to the text at most, however odd the text: what it looks at around an anchor is bounded.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from agentlog.privacy.text import Text


class Span(NamedTuple):
    """One private value: its place in the text, what it is, who found it, how sure it is (0 to 1), and whether to look for it elsewhere.

    What ``spreads`` is replaced wherever it stands alone in the session. A value that is short or also an ordinary word must not.
    """

    start: int
    end: int
    entity: str
    recogniser: str
    score: float
    spreads: bool = True


@dataclass(frozen=True, slots=True)
class Anchored:
    """``at(text, start, end)`` is asked once for each place of an anchor in ``text.low``; anchors are in lower case."""

    name: str
    anchors: tuple[str, ...]
    at: Callable[[Text, int, int], Iterable[Span]]


@dataclass(frozen=True, slots=True)
class Scanned:
    """``find(text)`` is asked for every text."""

    name: str
    find: Callable[[Text], Iterable[Span]]


@dataclass(frozen=True, slots=True)
class Keyed:
    """``under(keys, text)`` is asked for every text and whole number in a JSON value; ``keys`` lead to it, the nearest last.

    With ``cares``, it is asked only where that says of the nearest key that something may be found under it.
    """

    name: str
    under: Callable[[tuple[str, ...], Text], Iterable[Span]]
    cares: Callable[[str], bool] | None = None


Recogniser = Anchored | Scanned | Keyed
