"""Logins: those that are built from a known person's name and end in a number that nobody told: ``mli42``, ``mia.li1990``.

They are no known texts, as the number may be any: this is a recogniser, whose anchors are the names' parts. A login of few letters counts
with two digits at least, and none where the whole is a word of computers, as ``sha256`` is.
"""

import re
from collections.abc import Iterable, Iterator

from agentlog.privacy.common_words import is_common
from agentlog.privacy.people.ordinary import ORDINARY
from agentlog.privacy.people.person import Person
from agentlog.privacy.people.texts import login_stems
from agentlog.privacy.recogniser import Anchored, Span
from agentlog.privacy.text import Text

NAME = "people-login"
_NUMBER = re.compile(r"[._-]?[0-9]{1,4}(?![^\W_])")
_FEW, _LEAST = 5, 3


def logins(people: Iterable[Person]) -> Anchored:
    """What finds logins that are a known person's name and a number."""
    stems = {stem: None for person in people for stem in login_stems(person.first, person.last) if len(stem) >= _LEAST}
    return Anchored(NAME, tuple(stem for stem in stems if stem not in ORDINARY), _at)


def _at(text: Text, start: int, end: int) -> Iterator[Span]:
    number = _NUMBER.match(text.view, end)
    if number is None or (start and text.view[start - 1].isalnum()):
        return
    digits = sum(map(str.isdigit, number[0]))
    login = text.view[start : number.end()]
    if (digits > 1 or end - start >= _FEW) and not is_common(login):
        yield Span(start, number.end(), "USERNAME", NAME, 0.85)
