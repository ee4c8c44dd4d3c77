"""agentlog's scrubber, as anybody calls it: ``agentlog.scrub`` with nothing switched on that is off by default."""

import random
from typing import Any, NamedTuple

from agentlog import scrub
from benchmarks.scrub.material import numbers
from benchmarks.scrub.material.oddities import oddities

KEY = "k" * 32


class Found(NamedTuple):
    """One replacement in a text; ``start`` and ``end`` are those of the text as given, or None when a later pass made it."""

    start: int | None
    end: int | None
    entity: str
    recogniser: str


def replaced(text: str) -> tuple[str, list[Found]]:
    """The text without what is private, and every replacement."""
    clean = scrub(text, key=KEY)
    found: list[Found] = []
    at = 0
    first_pass = True
    for one in clean.findings:
        # Each pass goes from the front to the back, over what the one before it has left.
        first_pass = first_pass and one.start >= at
        at = one.end
        found.append(Found(one.start if first_pass else None, one.end if first_pass else None, one.entity, one.recogniser))
    return clean.value, found


def warm_up() -> None:
    """Load whatever is loaded at first use: the recognisers themselves, and of Presidio the judge of each kind of number."""
    rng = random.Random(0)
    makers = (numbers.mail, numbers.phone, numbers.card, numbers.iban, numbers.address, numbers.social_security, numbers.token)
    clean(", ".join(make(rng) for make in makers))
    for made in oddities():
        if made.name.startswith("distinct"):
            clean(made.make(2_000))


def clean(value: Any, scope: str = "") -> Any:
    """A JSON value without what is private."""
    return scrub(value, key=KEY, scope=scope).value
