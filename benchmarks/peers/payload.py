"""What every arm records, and how it is found again in whatever a peer has stored.

A call is asked with two messages and gives one answer: with the record's other fields about 3 KB, as in ``capture_overhead.py``. The last
word of the prompt and of the answer is the call's number. A call counts as kept only where its whole prompt and its whole answer arrived:
the texts hold nothing that JSON or protobuf would write differently, so both are looked for letter by letter in the stored bytes.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

Messages = list[dict[str, str]]

SYSTEM = "You are a careful programmer. " * 20
QUESTION = "Explain this line. " * 60
ANSWER = "It adds the two numbers and returns their sum. " * 15

_ASKED = re.compile(re.escape(QUESTION.encode()) + rb"(\d{6})\.")
_ANSWERED = re.compile(re.escape(ANSWER.encode()) + rb"(\d{6})\.")


def messages(number: int) -> Messages:
    """The prompt of one call; numbers have six digits."""
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": f"{QUESTION}{number:06d}."}]


def answer(messages: Messages) -> str:
    """The function that every arm traces: it costs next to nothing."""
    return ANSWER + messages[-1]["content"][-7:]


class Found(NamedTuple):
    """The numbers of the calls whose prompt, and whose answer, arrived whole; and how often the system message did."""

    asked: set[int]
    answered: set[int]
    systems: int


def find(stored: Iterable[bytes]) -> Found:
    """Look through stored bytes, piece by piece; no text may be cut by the end of a piece."""
    asked: set[int] = set()
    answered: set[int] = set()
    systems = 0
    for piece in stored:
        asked.update(map(int, _ASKED.findall(piece)))
        answered.update(map(int, _ANSWERED.findall(piece)))
        systems += piece.count(SYSTEM.encode())
    return Found(asked, answered, systems)
