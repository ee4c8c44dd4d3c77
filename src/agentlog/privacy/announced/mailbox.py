"""Mailboxes: the name of a person before their address, where a header says that it is one.

``Author: Ana Ruiz <ana@…>`` of a git log, ``Co-authored-by:``, ``From:`` and their kin. The address itself is found by its form; here it
only shows that what stands before it is somebody's name. A list of authors in running text is left alone.
"""

import re
from collections.abc import Iterator

from agentlog.privacy.announced.ordinary import GENERIC
from agentlog.privacy.announced.values import NO_PERSON, is_hump, is_of_an_example
from agentlog.privacy.recogniser import Anchored, Span
from agentlog.privacy.text import Text

_BEFORE = 200
_DOMAIN = re.compile(r"[\w.-]{1,80}")
_HEADER = re.compile(
    r"""(?:^|[\s>"'*])(?i:author|commit(?:ter|ted)?|tagger|maintainer|from|to|cc|bcc|sender|reply-to|(?:[a-z]{2,20}-){1,3}by)
        ["']?:[ \t"'\[]*+
        (?P<name>(?:[A-Z]|[^\W\d_a-z])[\w.'’-]{0,40}(?:[ ][^\W\d_][\w.'’-]{0,40}){0,4})["']?[ ]{1,4}<[\w.+%-]{1,64}$""",
    re.VERBOSE,
)


def _at(text: Text, start: int, end: int) -> Iterator[Span]:
    view = text.view
    if (domain := _DOMAIN.match(view, end)) and is_of_an_example(view[max(start - 40, 0) : start].rpartition("<")[2], domain[0]):
        return
    opened = view.rfind("<", max(0, start - 66), start)
    if opened < 1 or view[opened - 1] != " ":
        return
    first = max(0, start - _BEFORE)
    if found := _HEADER.search(view[first:start]):
        words = found["name"].split()
        if all(word.lower() in GENERIC for word in words) or NO_PERSON.search(found["name"]) or any(map(is_hump, words)):
            return
        begin, stop = first + found.start("name"), first + found.end("name")
        yield Span(begin, stop, "PERSON", "announced:mailbox", 0.85, " " in found["name"])


RECOGNISER = Anchored("announced:mailbox", ("@",), _at)
