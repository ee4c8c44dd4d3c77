"""Person: what is known of one person, each thing as it was given."""

from dataclasses import dataclass
from typing import NamedTuple


class Place(NamedTuple):
    """Where somebody lives, as far as it was given."""

    city: str = ""
    state: str = ""
    zip_code: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """One person. ``full`` are whole names, ``other`` what they are also called, ``ids`` pairs of entity and value."""

    first: str = ""
    middle: str = ""
    last: str = ""
    full: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    logins: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    phones: tuple[str, ...] = ()
    birth_dates: tuple[str, ...] = ()
    ids: tuple[tuple[str, str], ...] = ()
