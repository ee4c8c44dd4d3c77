"""Where a call stands: in which session, and inside which other call.

Context variables, so that tasks and threads started with a context inherit them. A place is left by putting the former value back, never
by a token: a token must be used in the context it came from, and generators and tasks move between contexts.
"""

from contextvars import ContextVar
from typing import NamedTuple


class Place(NamedTuple):
    """What a call inherits from where it was made."""

    session_id: str | None = None
    task_id: str | None = None
    variant: str | None = None
    parent_id: str | None = None


_NOWHERE = Place()
_place: ContextVar[Place] = ContextVar("agentlog_place", default=_NOWHERE)


def current_place() -> Place:
    """The innermost session and call that are open here."""
    return _place.get()


def move_to(place: Place) -> Place:
    """Stand in a place from now on; returns where one stood before."""
    before = _place.get()
    _place.set(place)
    return before


class inside_call:
    """Calls made in this block have ``call_id`` as their parent."""

    __slots__ = ("_before", "_id")

    def __init__(self, call_id: str) -> None:
        self._id = call_id

    def __enter__(self) -> None:
        self._before = _place.get()
        _place.set(Place(*self._before[:3], self._id))

    def __exit__(self, *error: object) -> None:
        _place.set(self._before)
