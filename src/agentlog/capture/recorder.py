"""Recorder: what a logger gives each of its calls, so that they can be written without asking it anything more."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from agentlog.capture.sampling import Sampling
from agentlog.capture.serialize import Encoded
from agentlog.store.journal import Journal
from agentlog.store.writer import WriteStats


class Sink(Protocol):
    """Where lines go: a `LogWriter`, or a list in a test."""

    @property
    def journal(self) -> Journal | None:
        """Where calls in flight are kept."""

    def write(self, line: bytes, *more: bytes) -> bool:
        """Write one line, newline included, which may be given in parts; returns whether it is safe."""

    def lose(self, error: BaseException) -> None:
        """Count an event that could not be made into a line."""

    def stats(self) -> Any:
        """Events submitted, written and lost."""

    def close(self) -> None:
        """Let go of what is held open."""


class Recorder(NamedTuple):
    """Where lines go, the time, and how values become JSON (value, name of the field)."""

    sink: Sink
    time_ns: Callable[[], int]
    monotonic: Callable[[], float]
    encode: Callable[[Any, str], Encoded]
    # Whether texts may become JSON directly. Not if they must be scrubbed first.
    direct: bool = True
    sampling: Sampling | None = None


class Nowhere:
    """The sink of what is not logged."""

    journal = None

    def write(self, line: bytes, *more: bytes) -> bool:
        """Nothing is written."""
        return False

    def lose(self, error: BaseException) -> None:
        """Nothing is counted."""

    def stats(self) -> WriteStats:
        """Nothing was submitted."""
        return WriteStats(0, 0, 0)

    def close(self) -> None:
        """Nothing is held open."""
