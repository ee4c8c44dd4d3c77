"""Details: what a database says of a row that broke a constraint: ``Key (first_name, last_name)=(Ana, Ruiz) already exists.``

Names and values stand in two lists of the same length, without quotes. What code writes likewise, ``f(x)=(y)``, has no announcing names,
or no values that can be what these say. A value that holds a comma cannot be told from two, so of such lists nothing is found.
"""

import re
from collections.abc import Iterator

from agentlog.privacy.announced.values import DATA, judge, spans
from agentlog.privacy.announced.vocabulary import Vocabulary
from agentlog.privacy.announced.words import CITY, LINE, NAME, ROLES
from agentlog.privacy.recogniser import Span
from agentlog.privacy.text import Text

_REACH, _LONGEST = 200, 600
_COLUMNS = re.compile(r"Key \((?:lower\()?([^()]{1,200})\)?\Z")
_VALUES = re.compile(r"[^()\n]{1,600}(?=\))")
_UNSURE = ROLES | {CITY, LINE, NAME}


class Details:
    """Finds the values of announcing columns in such messages."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def at(self, text: Text, start: int, end: int) -> Iterator[Span]:
        """The values behind the brackets at this place."""
        columns = _COLUMNS.search(text.view, max(start - _REACH, 0), start)
        values = _VALUES.match(text.view, end, end + _LONGEST) if columns else None
        if columns is None or values is None:
            return
        names, cells = columns[1].replace("::text", "").split(", "), values[0].split(", ")
        if len(names) != len(cells):
            return
        place = end
        for name, cell in zip(names, cells, strict=True):
            kind = self._vocabulary.kind(name.strip('"\\'))
            judged = judge(kind, cell, DATA) if kind and kind not in _UNSURE else None
            if kind and judged:
                yield from spans(text.value, place, place + len(cell), kind, judged, "announced-detail")
            place += len(cell) + 2
