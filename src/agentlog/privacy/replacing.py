"""Replacing: the texts of one JSON value while private values in them give way to stand-ins.

A value has one stand-in, however it is written, and whatever recognisers take it for. Numbers stay numbers of at most 64 bits. Keys of one
mapping stay different. Every replacement is told by its place in the text as it was given, although later passes see what earlier ones
have made of it.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote, unquote

from agentlog.privacy.json_value import Leaf
from agentlog.privacy.known import unescaped
from agentlog.privacy.overlaps import resolve
from agentlog.privacy.recogniser import Span
from agentlog.privacy.search import Search
from agentlog.privacy.standins import StandIns
from agentlog.privacy.text import view_of

_LARGEST = 2**63 - 1
_LARGEST_EXACT = 2**53
_DIGITS_EXACT = 15


class Replaced(NamedTuple):
    """One replacement in the text of that number; places are those in the text as it was given."""

    number: int
    start: int
    end: int
    entity: str
    recogniser: str
    score: float


class _Edit(NamedTuple):
    """A place before and after one pass."""

    start: int
    end: int
    new_start: int
    new_end: int


class Replacing:
    """What changes while one value is scrubbed."""

    def __init__(self, leaves: Sequence[Leaf], search: Search, scope: str, key: str) -> None:
        self.leaves = leaves
        self.texts = [leaf[2] for leaf in leaves]
        self.replaced: list[Replaced] = []
        self.changed_keys: set[str] = set()
        self.reads: dict[str, str] = {}
        """How forms of values read that are written with escapes."""
        self._search = search
        self._stand_ins = StandIns(scope, key)
        self._made: dict[str, str] = {}
        self._written: dict[tuple[str, str], str] = {}
        self._edits: dict[int, list[list[_Edit]]] = {}
        self._keys: dict[int, set[str]] | None = None
        self._again = 1

    def counts(self) -> dict[str, int]:
        """How many replacements there are of each entity."""
        return dict(sorted(Counter(one.entity for one in self.replaced).items()))

    def told(self) -> list[Replaced]:
        """The replacements, in the order of the texts."""
        return sorted(self.replaced, key=lambda one: one.number)

    def replace(self, number: int, spans: Sequence[Span]) -> None:
        """Put stand-ins in one text."""
        leaf, text = self.leaves[number], self.texts[number]
        chosen = resolve(spans)
        if leaf.is_number:
            # Of a number, all but the sign goes: another number could not be told from a part of it.
            chosen = [chosen[0]._replace(start=len(text) - len(text.lstrip("-")), end=len(text))]
        edits = self._edits.setdefault(number, [])
        parts: list[str] = []
        pass_: list[_Edit] = []
        end = length = 0
        for span in chosen:
            made = self._stand_in(span.entity, text[span.start : span.end], leaf)
            parts += [text[end : span.start], made]
            length += span.start - end
            pass_.append(_Edit(span.start, span.end, length, length + len(made)))
            end, length = span.end, length + len(made)
            start, stop = _as_given(edits, span.start, span.end)
            self.replaced.append(Replaced(number, start, stop, span.entity, span.recogniser, span.score))
        edits.append(pass_)
        new = "".join(parts) + text[end:]
        if leaf.is_key:
            new = self._unlike_others(number, text, new, chosen[0].entity)
            self.changed_keys.add(leaf.text)
        self.texts[number] = new

    def _stand_in(self, entity: str, slice_: str, leaf: Leaf) -> str:
        if leaf.is_number:
            return self._number(entity, slice_, leaf)
        made = self._written.get((entity, slice_))
        if made is None:
            made = self._written[entity, slice_] = self._as_written(entity, slice_)
        return made

    def _as_written(self, entity: str, slice_: str) -> str:
        if "%" in slice_ and (reads := self._plain(slice_)) != slice_:
            made = self._of(entity, reads)
            return made if made.isalnum() else quote(made, safe="")
        if entity == "EMAIL_ADDRESS" and "%40" in slice_:
            return quote(self._of(entity, unquote(slice_)), safe="")
        plain = self._plain(slice_)
        # What is written with escapes has the stand-in of what it reads, unless line breaks are to stay.
        return self._of(entity, plain if plain.isprintable() else slice_)

    def _plain(self, slice_: str) -> str:
        view = view_of(slice_)
        return self.reads.get(view) or self._search.reads(view) or unescaped(slice_)

    def _of(self, entity: str, value: str) -> str:
        # Recognisers may disagree on what a value is; it has one stand-in all the same.
        made = self._made.get(value)
        if made is None:
            made = self._made[value] = self._stand_ins.of(entity, value)
        return made

    def _number(self, entity: str, digits: str, leaf: Leaf) -> str:
        largest = _LARGEST_EXACT if leaf.is_float else _LARGEST
        made = self._of(entity, digits)
        if made.isdigit() and made[0] != "0" and int(made) <= largest:
            return made
        return self._stand_ins.of("ACCOUNT_ID", digits[:_DIGITS_EXACT])

    def _unlike_others(self, number: int, old: str, new: str, entity: str) -> str:
        """A key that no other of its mapping has, which would else be lost."""
        if self._keys is None:
            self._keys = {}
            for leaf, text in zip(self.leaves, self.texts, strict=True):
                if leaf.is_key:
                    self._keys.setdefault(id(leaf.trail), set()).add(text)
        others = self._keys[id(self.leaves[number].trail)]
        others.discard(old)
        while new in others:
            self._again += 1
            between = "" if self.leaves[number].is_number else " "
            new = self._stand_ins.of(entity, f"{self.leaves[number].text}{between}{self._again}")
        others.add(new)
        return new


def _as_given(edits: list[list[_Edit]], start: int, end: int) -> tuple[int, int]:
    """A place after some passes as a place before them; what touches a stand-in takes all in that it stands for."""
    for pass_ in reversed(edits):
        start, end = _before(pass_, start, False), _before(pass_, end, True)
    return start, end


def _before(edits: list[_Edit], place: int, is_end: bool) -> int:
    at = bisect_right(edits, place - is_end, key=lambda edit: edit.new_start) - 1
    if at < 0:
        return place
    edit = edits[at]
    if place < edit.new_end or (is_end and place == edit.new_end):
        return edit.end if is_end else edit.start
    return place - edit.new_end + edit.end
