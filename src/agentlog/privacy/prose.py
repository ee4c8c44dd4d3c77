"""Prose: the parts of a text that people wrote, cut into passages that a language model can be shown.

Traces are code, JSON and shell output for the most part, where such a model sees names in every second identifier. So code is left out:
fenced blocks, tracebacks, diffs, lines full of operators and brackets. Of JSON, and of JSON inside strings, the string values that are
several words long are prose. What is left is cut at lines, else at sentences, else at words; a passage knows where each of its characters
stands in the text. Lines of prose that hold much code are lost to the model; that is the price for leaving code alone.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from agentlog.privacy.text import Text

MOST = 2000
"""How long a passage may be, in characters."""
_LINE_ENDS = re.compile(r"\n")
_ESCAPED_ENDS = re.compile(r"\\[nr]")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_CODE_LINE = re.compile(
    r"\s*(?:>>> |\.\.\. |\$ \w|@@ |diff --git |File \\*\"|at [\w.$<>]+ ?\(|import [\w.]+|from [\w.]+ import |(?:async )?def \w+\s*\("
    r"|class \w+[(:{]|#include|#!|(?:public|private|static|const|let|var|fn|func|function)\s+\w+"
    r"|(?:if|for|while|with|elif|else|try|except|finally|case|match)\b.*:$|(?:return|raise|yield|assert|await|del|print)\b.*[\w)\]][(\[_]"
    r"|[A-Za-z_][\w.]*\s*[-+*/|]?=[^=]|[\w.]+\(.*\)\s*;?$)"
)
_URL = re.compile(r"https?://\S+")
_CODE_END = re.compile(r"(?:[;{}\[\\]|\):|=>|\(|&&|\|\|)\s*$")
_JSON = re.compile(r"[\"']\s*:|^\s*[\[{\"]")
_DOUBLE = re.compile('"')
_SINGLE = re.compile(r"(?<![a-z])'|'(?![a-z])")
_SYMBOLS = '{}[]()<>;=_|\\/*&^%$#@~`+"'
_WORDS = re.compile(r"[^\W\d_]{2,}[.,]? [^\W\d_]")
_NAMELIKE = re.compile(r"[A-Z\u0080-\uffff]")
_BLANK = " \t\r\f\v\\"
_CUTS = (". ", "! ", "? ", "; ", ", ", " ")


class Passage(NamedTuple):
    """Prose out of one text: what to show to a model, where each line of it begins, and where that line begins in the text."""

    shown: str
    begins: list[int]
    places: list[int]

    def line_at(self, place: int) -> tuple[int, int, int]:
        """The line of the passage that holds a place: its beginning, its end, and how far it stands from there in the text."""
        number = bisect_right(self.begins, place) - 1
        end = self.begins[number + 1] - 1 if number + 1 < len(self.begins) else len(self.shown)
        return self.begins[number], end, self.places[number] - self.begins[number]


def passages(text: Text, most: int = MOST) -> Iterator[Passage]:
    """The prose of a text in passages of at most ``most`` characters; those that can hold no name are left out."""
    lines: list[tuple[int, int]] = []
    length = 0
    for start, end in _cut(_prose(text), text.view, most):
        if length + end - start + 1 > most and lines:
            yield from _passage(lines, text.view)
            lines, length = [], 0
        lines.append((start, end))
        length += end - start + 1
    yield from _passage(lines, text.view)


def _passage(lines: list[tuple[int, int]], view: str) -> Iterator[Passage]:
    parts, begins, length = [], [], 0
    for start, end in lines:
        parts.append(view[start:end])
        begins.append(length)
        length += end - start + 1
    shown = "\n".join(parts)
    if _NAMELIKE.search(shown):
        yield Passage(shown, begins, [start for start, _ in lines])


def _cut(parts: Iterable[tuple[int, int]], view: str, most: int) -> Iterator[tuple[int, int]]:
    """Parts that are too long in pieces, none of which ends within a word if that can be had."""
    for start, end in parts:
        while end - start >= most:
            ends = (view.rfind(cut, start + most // 2, start + most - 1) for cut in _CUTS)
            cut = next((found + 1 for found in ends if found >= 0), start + most - 1)
            yield start, cut
            start = cut
        yield start, end


def _prose(text: Text) -> Iterator[tuple[int, int]]:
    view = text.view
    fenced = False
    for start, end in _lines(view, 0, len(view), _LINE_ENDS):
        line = view[start:end]
        if _FENCE.match(line):
            fenced = not fenced
        elif fenced or not line.strip():
            continue
        elif not _is_code(line):
            yield _stripped(view, start, end)
        elif _JSON.search(line):
            yield from _quoted(text, start, end)


def _lines(value: str, start: int, end: int, ends: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    for found in ends.finditer(value, start, end):
        yield start, found.start()
        start = found.end()
    yield start, end


def _is_code(line: str) -> bool:
    return bool(_CODE_LINE.match(line) or _CODE_END.search(line[-20:])) or _symbols(line) * 8 > len(line) - line.count(" ")


def _symbols(line: str) -> int:
    return sum(map(_URL.sub("", line).count, _SYMBOLS)) + 2 * line.count("::")


def _quoted(text: Text, start: int, end: int) -> Iterator[tuple[int, int]]:
    """What stands between two quotes, or after one that is never closed, and is several words long."""
    quotes = _DOUBLE if '"' in text.view[start:end] else _SINGLE
    parts = _lines(text.view, start, end, quotes)
    next(parts)
    for first, last in parts:
        for begins, ends in _lines(text.value, first, last, _ESCAPED_ENDS):
            begins, ends = _stripped(text.view, begins, ends)
            if _WORDS.search(text.view, begins, ends) and not _is_code(text.view[begins:ends]):
                yield begins, ends


def _stripped(view: str, start: int, end: int) -> tuple[int, int]:
    """Without white space, and the backslashes that escape a quote."""
    line = view[start:end]
    return start + len(line) - len(line.lstrip()), start + len(line.rstrip(_BLANK))
