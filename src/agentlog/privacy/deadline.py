"""Deadline: code of the user's own runs for so long at most, and whatever goes wrong in it is told without a word of the text it was given.

The code runs in a thread, one for each thread that asks, so that nobody waits for anybody else and a fork begins with threads of its own.
A thread that does not come back is left behind; when a few have been, nothing more is tried, since each holds a processor. An answer that
comes too late counts as none: what took too long may have been cut short inside.

What this deliberately does not do: it ends no thread (Python has no means to), and it cannot interrupt code in C that keeps the
interpreter to itself, such as one match of `re`; that is refused as soon as it comes back.
"""

import queue
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

from agentlog.errors import AgentlogError, RecogniserError, SettingError

DEFAULT_S = 10.0
MOST_HANGING = 4
"""After so many threads left behind in one process, nothing is tried any more."""

_Answer = TypeVar("_Answer")
_left_behind: list[threading.Thread] = []


class Deadline:
    """Runs what is called ``name`` (in messages) with a limit in seconds of wall time.

    Raises:
        SettingError: the limit is not positive.
    """

    def __init__(self, name: str, limit_s: float = DEFAULT_S) -> None:
        if not limit_s > 0:
            raise SettingError(f"the time limit of recogniser {name!r} is {limit_s:g} s: it must be more than 0")
        self._name = name
        self._limit_s = limit_s
        self._own = threading.local()

    def run(self, call: Callable[[str], _Answer], text: str) -> _Answer:
        """What the call answers.

        Raises:
            RecogniserError: it raised anything, or took too long.
            SettingError: too many threads have not come back; or the call itself raised one.
        """
        worker, reply = self._ready_worker(), _Reply()
        try:
            worker.jobs.put((call, text, reply))
            reply.done.get(timeout=self._limit_s)
        except BaseException as trouble:
            # Ctrl-C too: what the thread is still at must not be taken for the answer to the next text.
            self._leave_behind(worker)
            if isinstance(trouble, queue.Empty):
                raise self._too_late() from None
            raise
        if isinstance(reply.trouble, AgentlogError):
            raise reply.trouble
        if reply.trouble is not None:
            raise RecogniserError(f"recogniser {self._name!r} raised {type(reply.trouble).__name__}") from None
        if reply.took_s > self._limit_s:
            raise self._too_late()
        answer: _Answer = reply.answer
        return answer

    def _too_late(self) -> RecogniserError:
        return RecogniserError(f"recogniser {self._name!r} timed out after {self._limit_s:g} s")

    def _ready_worker(self) -> "_Worker":
        _left_behind[:] = [thread for thread in _left_behind if thread.is_alive()]
        if len(_left_behind) >= MOST_HANGING:
            raise SettingError(
                f"recogniser {self._name!r} is not asked any more: {MOST_HANGING} texts hang in recognisers of your own; mend or drop them"
            )
        worker: _Worker | None = getattr(self._own, "worker", None)
        if worker is None or not worker.thread.is_alive():
            self._own.worker = worker = _Worker()
        return worker

    def _leave_behind(self, worker: "_Worker") -> None:
        worker.jobs.put(None)
        _left_behind.append(worker.thread)
        self._own.worker = None


class _Reply:
    """Where a thread puts what came of one job."""

    def __init__(self) -> None:
        self.done: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.answer: Any = None
        self.trouble: BaseException | None = None
        self.took_s = 0.0


_Jobs = queue.SimpleQueue[tuple[Callable[[str], Any], str, _Reply] | None]


class _Worker:
    """A thread that does one job after the other until it is given none, or until nobody knows it any more."""

    def __init__(self) -> None:
        self.jobs: _Jobs = queue.SimpleQueue()
        self.thread = threading.Thread(target=_work, args=(self.jobs,), name="agentlog-recogniser", daemon=True)
        self.thread.start()
        weakref.finalize(self, self.jobs.put, None)


def _work(jobs: _Jobs) -> None:
    while (job := jobs.get()) is not None:
        call, text, reply = job
        began = time.monotonic()
        try:
            reply.answer = call(text)
        except BaseException as trouble:  # noqa: BLE001  Ctrl-C goes to the main thread: here it is the recogniser's doing, like all else
            reply.trouble = trouble
        reply.took_s = time.monotonic() - began
        reply.done.put(None)
        # Nothing of it is kept while waiting for the next.
        del job, call, text, reply
