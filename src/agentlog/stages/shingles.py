"""Shingles: a text as the set of its word n-grams, each n-gram a 64-bit hash.

A word is what the pattern ``\\w+`` finds in the lower-cased text; in scripts that put no spaces between words (Han, Kana, Thai, Lao, Khmer,
Myanmar, Tibetan and their like) each character is a word, so that n-grams of characters arise. A text of fewer than n words is one shingle,
and texts without any word are alike. Two n-grams have the same hash only if their words are the same, but for a chance of 2⁻⁶⁴.

Whole batches are worked on as UTF-8 bytes by `agentlog.stages.kernels`; lone surrogates and NULs separate words like any other sign. What
characters are is Python's own table of Unicode, so that `words` below, which is plain Python, is the definition of what the kernels find.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from agentlog._extras import require

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_UNSPACED_RANGES = (
    (0x0E00, 0x0FFF),  # Thai, Lao, Tibetan
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1950, 0x19FF),  # Tai Le, New Tai Lue, Khmer symbols
    (0x1A20, 0x1AAF),  # Tai Tham
    (0x2E80, 0x2FDF),  # radicals of Han
    (0x3005, 0x3007),  # Han: iteration mark, closing mark, zero
    (0x3021, 0x3029),  # Hangzhou numerals
    (0x3031, 0x3035),  # Kana repeat marks
    (0x3038, 0x303C),  # Han and Kana marks
    (0x3040, 0x312F),  # Hiragana, Katakana, Bopomofo
    (0x31A0, 0x31BF),  # Bopomofo, extended
    (0x31F0, 0x31FF),  # Katakana, extended
    (0x3400, 0x4DBF),  # Han, extension A
    (0x4E00, 0xA4CF),  # Han, Yi
    (0xA9E0, 0xA9FF),  # Myanmar, extended B
    (0xAA60, 0xAADF),  # Myanmar, extended A; Tai Viet
    (0xF900, 0xFAFF),  # Han, compatibility
    (0xFF66, 0xFF9F),  # Katakana of half width
    (0x1AFF0, 0x1B16F),  # Kana, supplements
    (0x20000, 0x3FFFF),  # Han, extensions B and on
)
_WORD = re.compile(r"\w+", re.UNICODE)
_SINGLE = 1 << 31
_CODES = 0x110000
# The only characters whose lower case is not one character that depends on nothing else.
_LOWERED_IN_CONTEXT = ("İ", "Σ")


class Encoded(NamedTuple):
    """Texts as UTF-8, one after the other: text i is ``data[starts[i]:starts[i + 1]]``. ``characters`` is the table to read them by."""

    data: "NDArray[np.uint8]"
    starts: "NDArray[np.int64]"
    characters: "NDArray[np.uint32]"


class ShingleSets(NamedTuple):
    """Sets of hashes, one after the other: set i is ``values[starts[i]:starts[i + 1]]``, sorted, each hash once."""

    values: "NDArray[np.uint64]"
    starts: "NDArray[np.int64]"


def shingle_sets(texts: Sequence[str], ngram: int) -> list["NDArray[np.uint64]"]:
    """Of each text the sorted 64-bit hashes of its word n-grams, each once: arrays of shape (number of shingles,), never empty.

    Args:
        texts: any strings.
        ngram: words per shingle, at least 1.

    Raises:
        MissingExtraError: numba or numpy is not installed.
    """
    found = flat_shingle_sets(texts, ngram)
    return [found.values[found.starts[place] : found.starts[place + 1]] for place in range(len(texts))]


def flat_shingle_sets(texts: Sequence[str], ngram: int) -> ShingleSets:
    """What `shingle_sets` gives, in one array."""
    numpy = require("numpy", "build")
    require("numba", "build")
    from agentlog.stages.kernels.texts import sets_of

    found = [sets_of(*encoded(texts[lot]), ngram) for lot in lots_of(texts)]
    values = numpy.concatenate([one for one, _ in found]) if found else numpy.empty(0, numpy.uint64)
    sizes = [numpy.diff(starts) for _, starts in found]
    return ShingleSets(values, numpy.concatenate([[0], *sizes]).astype(numpy.int64).cumsum())


def words(text: str) -> list[str]:
    """The words of a text, in order: the definition that the kernels keep to."""
    return [piece for piece in _piece().findall(text.lower()) if piece[0] == "_" or piece[0].isalnum() or _is_mark(piece[0])]


def encoded(texts: Sequence[str]) -> Encoded:
    """Texts as bytes that kernels read.

    Raises:
        MissingExtraError: numpy is not installed.
    """
    numpy = require("numpy", "build")
    plain = all(map(str.isascii, texts))
    parts = [text.encode() if text.isascii() else _lowered(text).encode("utf-8", "surrogatepass") for text in texts]
    starts = numpy.zeros(len(parts) + 1, numpy.int64)
    numpy.cumsum([len(part) for part in parts], out=starts[1:])
    return Encoded(numpy.frombuffer(b"".join(parts), numpy.uint8), starts, _ascii() if plain else _characters())


def lots_of(texts: Sequence[str], most: int = 1 << 22) -> Iterator[slice]:
    """Neighbouring texts together, some million characters at a time, so that memory is bounded by the longest text."""
    begin = length = 0
    for place, text in enumerate(texts):
        length += len(text)
        if length >= most:
            yield slice(begin, place + 1)
            begin, length = place + 1, 0
    if begin < len(texts):
        yield slice(begin, len(texts))


def _lowered(text: str) -> str:
    return text.lower() if any(char in text for char in _LOWERED_IN_CONTEXT) else text


@lru_cache(maxsize=1)
def _ascii() -> "NDArray[np.uint32]":
    numpy = require("numpy", "build")
    marks = [ord(char.lower()) if char == "_" or char.isalnum() else 0 for char in map(chr, range(128))]
    table: NDArray[np.uint32] = numpy.array(marks, numpy.uint32)
    return table


@lru_cache(maxsize=1)
def _characters() -> "NDArray[np.uint32]":
    """For each code point: 0 if it separates words, else its lower case, marked if it is a word by itself."""
    numpy = require("numpy", "build")
    whole = "".join(map(chr, range(_CODES)))
    steady = whole.replace("İ", "i")
    lower = numpy.frombuffer(steady.lower().encode("utf-32-le", "surrogatepass"), numpy.uint32)
    table: NDArray[np.uint32] = numpy.zeros(_CODES, numpy.uint32)
    for run in _WORD.finditer(whole):
        table[run.start() : run.end()] = lower[run.start() : run.end()]
    for first, last in _UNSPACED_RANGES:
        for code in range(first, last + 1):
            if table[code] or _is_mark(whole[code]):
                table[code] = code | _SINGLE
    return table


@lru_cache(maxsize=1)
def _piece() -> re.Pattern[str]:
    unspaced = "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in _UNSPACED_RANGES)
    return re.compile(rf"[{unspaced}]|[^\W{unspaced}]+")


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"
