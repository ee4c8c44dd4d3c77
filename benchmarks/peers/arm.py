"""What an arm is: a way to trace one function, where that goes, and how it is read back.

An arm is used as its own documentation says to trace a function, with its own defaults; only the addresses are set, and what would call
home is switched off. Its package is imported inside ``start`` alone, so that the runner, which imports every arm, needs none of them.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from peers.payload import Messages
from peers.sink import bodies


def no_work() -> None:
    """What an arm does that has nothing to do."""


class Traced(NamedTuple):
    """A traced function, what sends all that waits and comes back when it has arrived, and what ends the tracing."""

    call: Callable[[Messages], object]
    flush: Callable[[], object] = no_work
    close: Callable[[], object] = no_work


def nothing(url: str, folder: Path) -> dict[str, str]:
    """The settings of an arm that needs none."""
    return {}


class Arm(NamedTuple):
    """One row of the table.

    ``start(folder, url)`` runs in the measured process: it may write into the folder and send to the url. ``settings(url, folder)`` are
    environment variables for that process. ``answers`` are what the sink answers to paths that begin with the key. ``stored(folder)``
    gives the bytes to look for the payload in. ``calls_at_most`` is for those that would take minutes.
    """

    name: str
    goes_to: str
    start: Callable[[Path, str], Traced]
    package: str | None = None
    settings: Callable[[str, Path], dict[str, str]] = nothing
    answers: Mapping[str, bytes] = {}
    stored: Callable[[Path], Iterable[bytes]] = bodies
    calls_at_most: int = 1_000_000
