"""Runs of words, and an index of those that a benchmark's items hold: which items a text shares a run with, and how many.

A word is a run of letters, digits and underscores in lower case; of a script that is written without spaces each character is one. Marks of
JSON's escapes between words are none, so a text and the same text inside a JSON string are alike. Words of the benchmarks become 64-bit
values and a run one 64-bit number, a sum of its words' values times odd constants (multilinear hashing): two different runs are taken for
one with a probability of 2⁻⁶⁴. A text is looked through in bulk with numpy, and costs little where it uses words that no benchmark has.

Not every run says something. One with fewer than three different words of two letters or more (a count from 1 to 13, a matrix) is found
anywhere, and what more than ten, and more than half, of a file's items have in common is how the benchmark talks and not what it asks.
Neither counts. A text of fewer words than a run, but of six at least, counts as a whole.
"""

import re
import unicodedata
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST_WORDS = 6
"""A text of fewer words is a phrase that anyone may use: it counts only if runs are that short themselves."""
_TELLING = 3
_COMMON_ITEMS = 10
_CHUNK = 1 << 17

_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Splitting costs a fifth of what looking for words by a pattern does.
_BLANKS = str.maketrans({code: " " for code in range(128) if not (chr(code).isalnum() or code == ord("_"))})
_WORDS = re.compile(rf"[{_SPACELESS}]|[^\W{_SPACELESS}]+")
_ESCAPES = re.compile(r"\\+[nrt]?")


def words(text: str) -> list[str]:
    """The words of a text in order."""
    if "\\" in text:
        text = _ESCAPES.sub(" ", text)
    if text.isascii():
        return text.lower().translate(_BLANKS).split()
    return _WORDS.findall(unicodedata.normalize("NFKC", text).lower())


class Text(NamedTuple):
    """A text of a benchmark: the number of its item, and its words."""

    item: int
    words: list[str]


class Hit(NamedTuple):
    """One text of a benchmark that shares runs with a row: its item, how many of its runs, of how many, and how long a run is in words."""

    item: int
    shared: int
    runs: int
    length: int


@dataclass(frozen=True, slots=True)
class _Runs:
    """All runs of one length: their numbers, sorted, and the text that each stands in."""

    length: int
    numbers: "NDArray[np.uint64]"
    texts: "NDArray[np.int64]"


class RunIndex:
    """The runs of all texts of all benchmarks."""

    def __init__(self, ngram: int) -> None:
        self._ngram = ngram
        self._values: dict[str, int] = {}
        self._telling: set[int] = set()
        self._items: list[int] = []
        self._lengths: list[int] = []
        self._totals: list[int] = []
        self._runs: list[_Runs] = []

    def add_file(self, texts: Iterable[Text], items: int) -> int:
        """Take in the texts of one file of so many items; how many runs of them count."""
        import numpy as np

        by_length: dict[int, list[tuple[int, list[str]]]] = {}
        for item, said in texts:
            length = min(len(said), self._ngram)
            if length >= min(LEAST_WORDS, self._ngram):
                by_length.setdefault(length, []).append((len(self._items), said))
                self._items.append(item)
                self._lengths.append(length)
                self._totals.append(0)
        counted = 0
        for length, group in sorted(by_length.items()):
            found = self._runs_of(length, group, max(_COMMON_ITEMS, items // 2))
            for text, number in zip(*np.unique(found.texts, return_counts=True), strict=True):
                self._totals[text] = int(number)
            self._runs.append(found)
            counted += len(found.numbers)
        return counted

    def _runs_of(self, length: int, group: Sequence[tuple[int, list[str]]], common: int) -> _Runs:
        import numpy as np

        values = np.array([value for _, said in group for value in (*map(self._value, said), 0)], dtype=np.uint64)
        owners = np.repeat([text for text, _ in group], [len(said) + 1 for _, said in group])
        telling = np.isin(values, np.array(sorted(self._telling), dtype=np.uint64))
        starts = _starts(values, length)
        starts = starts[_are_telling(np.where(telling, values, np.uint64(0)), starts, length)]
        numbers = _numbers(values, starts, length)
        runs, texts = _distinct(numbers, owners[starts])
        known, often = np.unique(_distinct(runs, np.array(self._items, dtype=np.int64)[texts])[0], return_counts=True)
        kept = ~np.isin(runs, known[often > common])
        return _Runs(length, runs[kept], texts[kept])

    def _value(self, word: str) -> int:
        value = self._values.get(word)
        if value is None:
            value = int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") or 1
            self._values[word] = value
            if (len(word) > 1 and not word.isdecimal()) or not word.isascii():
                self._telling.add(value)
        return value

    def hits(self, rows: Sequence[Iterable[list[str]]]) -> list[list[Hit]]:
        """For each row, given as the words of its texts, the texts of the benchmarks that it shares runs with."""
        import numpy as np

        values = array("Q")
        begins = []
        value_of: Callable[[str, int], int] = self._values.get
        for texts in rows:
            begins.append(len(values))
            for said in texts:
                values.extend(map(value_of, said, repeat(0)))
                values.append(0)
        shared: list[dict[int, set[int]]] = [{} for _ in rows]
        whole = np.frombuffer(values, dtype=np.uint64) if values else np.zeros(0, dtype=np.uint64)
        ends = np.array(begins[1:], dtype=np.int64)
        for runs in self._runs:
            starts = _starts(whole, runs.length)
            numbers = _numbers(whole, starts, runs.length)
            first = np.searchsorted(runs.numbers, numbers, "left")
            last = np.searchsorted(runs.numbers, numbers, "right")
            for place in np.flatnonzero(last > first):
                row = shared[int(np.searchsorted(ends, starts[place], "right"))]
                for text in runs.texts[first[place] : last[place]].tolist():
                    row.setdefault(text, set()).add(int(numbers[place]))
        return [
            [Hit(self._items[text], len(found), self._totals[text], self._lengths[text]) for text, found in sorted(row.items())]
            for row in shared
        ]


def _starts(values: "NDArray[np.uint64]", length: int) -> "NDArray[np.int64]":
    """Where runs of known words begin: nought stands between texts and for words that no benchmark has."""
    import numpy as np

    if len(values) < length:
        return np.zeros(0, dtype=np.int64)
    unknown = np.concatenate([[0], np.cumsum(values == 0)])
    return np.flatnonzero(unknown[length:] == unknown[:-length])


def _numbers(values: "NDArray[np.uint64]", starts: "NDArray[np.int64]", length: int) -> "NDArray[np.uint64]":
    import numpy as np

    numbers = np.zeros(len(starts), dtype=np.uint64)
    for place in range(length):
        odd = int.from_bytes(blake2b(b"place %d" % place, digest_size=8).digest(), "big") | 1
        numbers += values[starts + place] * np.uint64(odd)
    return numbers


def _distinct(numbers: "NDArray[np.uint64]", owners: "NDArray[np.int64]") -> tuple["NDArray[np.uint64]", "NDArray[np.int64]"]:
    """Each pair of a number and its owner once, sorted."""
    import numpy as np

    order = np.lexsort((owners, numbers))
    numbers, owners = numbers[order], owners[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (numbers[1:] != numbers[:-1]) | (owners[1:] != owners[:-1])
    return numbers[new], owners[new]


def _are_telling(values: "NDArray[np.uint64]", starts: "NDArray[np.int64]", length: int) -> "NDArray[np.bool_]":
    """Which runs have enough different words that say something; shorter runs than that need all of theirs."""
    import numpy as np

    told = [np.zeros(0, dtype=np.bool_)]
    for begin in range(0, len(starts), _CHUNK):
        runs = np.sort(values[starts[begin : begin + _CHUNK, None] + np.arange(length)], axis=1)
        different = (runs[:, 1:] != runs[:, :-1]).sum(axis=1) + 1 - (runs[:, 0] == 0)
        told.append(different >= min(_TELLING, length))
    return np.concatenate(told)
