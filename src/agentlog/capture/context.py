"""Where a call stands: in which session, and inside which other call.

One context variable holds the innermost place that is open, a session or a call, so that tasks and threads started with a context inherit
it. A place is left by putting the former one back, never by a token: a token must be used in the context it came from, and generators and
tasks move between contexts.
"""

from contextvars import ContextVar
from typing import Protocol

from agentlog.capture.heading import Heading, text_json


def _text(value: object) -> str | None:
    # What the log holds as text: a number given in its place, as ids often are, would make the line unreadable.
    return value if value is None or type(value) is str else str(value)


class SessionFacts:
    """What every call of a session has in common."""

    __slots__ = ("id", "id_json", "task_id", "task_id_json", "variant")

    def __init__(self, id: str | None = None, task_id: str | None = None, variant: str | None = None) -> None:  # noqa: A002
        self.id, self.task_id, self.variant = _text(id), _text(task_id), _text(variant)
        self.id_json, self.task_id_json = text_json(self.id), text_json(self.task_id)


class Place(Protocol):
    """A session or a call that is open: the facts of the session, and as JSON the id of the innermost call, or null."""

    @property
    def session(self) -> SessionFacts:
        """The session that calls made here belong to."""

    @property
    def call_json(self) -> bytes:
        """The id of the call within which calls are made here."""

    def lead(self, heading: Heading) -> bytes:
        """What the lines of calls made here have between their timestamp and their messages, if there is nothing special about them."""


class Spot:
    """A place that is no call: within a session, within whatever call that was opened in."""

    __slots__ = ("_leads", "call_json", "session")

    def __init__(self, session: SessionFacts, call_json: bytes) -> None:
        self.session, self.call_json = session, call_json
        self._leads: dict[Heading, bytes] = {}

    def lead(self, heading: Heading) -> bytes:
        """As the protocol says; made once for all calls of the same heading."""
        lead = self._leads.get(heading)
        if lead is None:
            lead = self._leads[heading] = lead_of(self.session.id_json, self.call_json, heading, self.session.task_id_json)
        return lead


def lead_of(session_id: bytes, parent_id: bytes, heading: Heading, task_id: bytes, task_description: bytes = b"null") -> bytes:
    """What a line has between its timestamp and its messages; all values are JSON."""
    return b'","session_id":%b,"parent_id":%b,"agent_role":%b,"task_id":%b,"task_type":%b,"task_description":%b,"messages":' % (
        session_id, parent_id, heading.role_json, task_id, heading.task_type_json, task_description,
    )  # fmt: skip


_NOWHERE = Spot(SessionFacts(), b"null")
here: ContextVar[Place] = ContextVar("agentlog_here", default=_NOWHERE)
"""The innermost place that is open. Its value is read and put back directly where every microsecond counts."""


class inside_call:
    """Calls made in this block have the given one as their parent."""

    __slots__ = ("_before", "_call")

    def __init__(self, call: Place) -> None:
        self._call = call

    def __enter__(self) -> None:
        self._before = here.get()
        here.set(self._call)

    def __exit__(self, kind: object, *error: object) -> None:
        # A coroutine or generator that was forgotten is closed by whoever happens to collect it, and whose place is not to be changed.
        if kind is not GeneratorExit or here.get() is self._call:
            here.set(self._before)
