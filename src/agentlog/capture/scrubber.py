"""FieldScrubber: the user's scrubber, made safe to stand between an agent and its log.

It is given every field of a record as JSON (text, list or dictionary) before a byte of it is written, and answers with the same shape:
only texts may differ. Keys that are plain names stay as they are; others (an address, a token) are scrubbed as texts are.
Images, sound and other bytes cannot be scrubbed, so they never pass; numbers, booleans and null pass unseen when they stand alone.

Fail-closed: where the scrubber raises anything, answers with another shape, or takes too long, the field is withheld. What stands in its
place says why, by the kind of trouble only, since a message may hold the secret itself. To be able to stop waiting, the scrubber runs in a
thread of its own, one value at a time, in the context of the caller; a thread that hangs is left behind and replaced, a few times at most.
Loading modules, as many scrubbers do when they are first asked, is waited for.
"""

import logging
import os
import queue
import re
import sys
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from typing import Any, NamedTuple

import orjson

from agentlog.capture.serialize import Encoded, encode
from agentlog.capture.walk import kind_name
from agentlog.errors import MissingExtraError, SettingError
from agentlog.schema.changes import is_loss
from agentlog.schema.payloads import exchange_payloads

_log = logging.getLogger("agentlog")
Scrub = Callable[[Any], Any]
"""From a JSON value to one of the same shape, or to an object that has it as ``value``, as `agentlog.scrub` gives."""

BINARY = "[withheld: binary content]"
_MOST_HANGING = 8
_MOST_LOADING_S = 60.0
_IMPORT_SYSTEM = "<frozen importlib._bootstrap>"
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z_-]{0,39}\d{0,3}")
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_STATUSES = frozenset({"success", "failure", "partial", "error", "interrupted"})
# What a result or a rating says in numbers stays, so that the loss of a text makes no failed call look like a good one.
_FACTS = ("tests_passed", "review_score", "rating")


class FieldScrubber:
    """Applies a scrubber to the fields of records; safe for threads, event loops and forks.

    ``limit_s`` is how long, in seconds of wall time, one field may take. The caller waits so long at most, and for its turn if others
    have fields to scrub.

    Raises:
        SettingError: ``scrub`` cannot be called, or the limit is not positive.
    """

    def __init__(self, scrub: Scrub, limit_s: float = 1.0) -> None:
        if not callable(scrub) or limit_s <= 0:
            raise SettingError("scrub must be a function from a JSON value to one of the same shape, and its time limit more than 0 s")
        self._scrub = scrub
        self._limit_s = limit_s
        self._warned = False
        self.begin_anew()
        _scrubbers.add(self)

    def begin_anew(self) -> None:
        """Forget thread and lock: a fork has neither the thread nor anyone who would give the lock back."""
        # Reentrant, because a finaliser may log while its own thread is waiting here.
        self._lock = threading.RLock()
        self._worker: _Worker | None = None
        self._left_behind: list[_Worker] = []

    def encode(self, value: Any, name: str = "") -> Encoded:
        """Any value as scrubbed JSON, in the manner of `agentlog.capture.serialize.encode`; never refers to a blob.

        The list of changes names the field only: a place within it is made of keys, which may be private.
        """
        data, changed = encode(value, name)
        said, withheld = self.clean(orjson.loads(data), name)
        told = {f"{name}: {change.rpartition(': ')[2]}": None for change in changed}
        return Encoded(orjson.dumps(said), [*told, *([withheld] if withheld else [])])

    def clean(self, value: Any, field: str) -> tuple[Any, str | None]:
        """A JSON value without what is private, and if something was withheld, a line for the record's list of changes that says why."""
        try:
            said = exchange_payloads(value, lambda payload, place: BINARY)
            done = orjson.loads(self._ask(orjson.dumps(said))) if holds_text(said) else said
        except _WithheldError as trouble:
            return self._withhold(value, field, str(trouble))
        except Exception as trouble:  # noqa: BLE001  whatever it was, the value has not been scrubbed
            return self._withhold(value, field, f"could not be scrubbed, {kind_name(trouble)}")
        return done, None if said is value else f"{field}: binary content withheld"

    def _withhold(self, value: Any, field: str, why: str) -> tuple[Any, str]:
        # A scrubber that never works, because it is not installed for instance, would empty the log in silence.
        if not self._warned:
            self._warned = True
            # Whoever listens to warnings may raise.
            with suppress(Exception):
                _log.warning("%s is withheld from the log (%s); the agent goes on, and each record says what it lacks", field, why)
        return withhold(value, field, why)

    def _ask(self, data: bytes) -> bytes:
        if self._worker is not None and self._worker.thread is threading.current_thread():
            raise _WithheldError("the scrubber logs by the logger that it scrubs for")
        with self._lock:
            worker = self._ready_worker()
            reply: queue.SimpleQueue[bytes | _WithheldError] = queue.SimpleQueue()
            answer: bytes | _WithheldError | None = None
            worker.jobs.put(_Job(copy_context(), self._scrub, data, reply))
            try:
                answer = self._wait(worker, reply)
            finally:
                if answer is None:
                    self._leave_behind(worker)
        if isinstance(answer, _WithheldError):
            raise answer
        return answer

    def _wait(self, worker: "_Worker", reply: "queue.SimpleQueue[bytes | _WithheldError]") -> "bytes | _WithheldError":
        latest = time.monotonic() + _MOST_LOADING_S
        while True:
            try:
                return reply.get(timeout=self._limit_s)
            except queue.Empty:
                if not worker.is_loading() or time.monotonic() > latest:
                    raise _WithheldError(f"the scrubber took more than {self._limit_s:g} s") from None

    def _ready_worker(self) -> "_Worker":
        busy = self._worker
        self._left_behind = [each for each in self._left_behind if each.thread.is_alive()]
        if len(self._left_behind) >= _MOST_HANGING:
            raise _WithheldError(f"the scrubber has not come back from {_MOST_HANGING} earlier values")
        if busy is None or not busy.thread.is_alive():
            self._worker = busy = _Worker()
        return busy

    def _leave_behind(self, worker: "_Worker") -> None:
        worker.jobs.put(None)
        self._left_behind.append(worker)
        if self._worker is worker:
            self._worker = None

    def __del__(self) -> None:
        worker = getattr(self, "_worker", None)
        if worker is not None:
            worker.jobs.put(None)


def withhold(value: Any, field: str, why: str) -> tuple[Any, str]:
    """What stands in the place of a field that cannot be written, of a kind that its readers expect, and the line that says why."""
    return _in_place_of(value, f"[withheld: {why}]"), f"{field}: withheld, {why}"


def holds_text(value: Any) -> bool:
    """Whether there is any text in a JSON value, keys included."""
    if isinstance(value, dict):
        return bool(value)
    return any(map(holds_text, value)) if isinstance(value, list) else isinstance(value, str)


def _in_place_of(value: Any, marker: str) -> Any:
    if isinstance(value, list):
        messages = bool(value) and all(isinstance(part, dict) and "role" in part for part in value)
        return [_in_place_of(part, marker) for part in value] if messages else [{"withheld": marker}]
    if not isinstance(value, dict):
        return marker
    if "role" in value:
        role = value["role"]
        return {"role": role if isinstance(role, str) and role in _ROLES else "user", "content": marker}
    status = value.get("status")
    known = {"status": status} if isinstance(status, str) and status in _STATUSES else {}
    facts = {name: value[name] for name in _FACTS if isinstance(value.get(name), int | float)}
    return {**known, **facts, "withheld": marker}


class _WithheldError(Exception):
    """Why a field is withheld, in words that hold nothing of it."""


class _Job(NamedTuple):
    context: Context
    scrub: Scrub
    data: bytes
    reply: "queue.SimpleQueue[bytes | _WithheldError]"

    def run(self) -> None:
        try:
            answer: bytes | _WithheldError = self.context.run(_scrubbed, self.scrub, self.data)
        except _WithheldError as trouble:
            answer = trouble
        except MissingExtraError as trouble:
            # These are agentlog's own words. In a list of changes, a colon ends the place.
            answer = _WithheldError(f"the scrubber raised {kind_name(trouble)}, {trouble}".replace(": ", ", "))
        except BaseException as trouble:  # noqa: BLE001  Ctrl-C goes to the main thread: here it is the scrubber's doing, like all else
            answer = _WithheldError(f"the scrubber raised {kind_name(trouble)}")
        # Its traceback would keep the value alive.
        self.reply.put(answer if isinstance(answer, bytes) else _WithheldError(str(answer)))


class _Worker:
    """A thread that does one job after the other until it is given none."""

    def __init__(self) -> None:
        self.jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self.thread = threading.Thread(target=_work, args=(self.jobs,), name="agentlog-scrubber", daemon=True)
        self.thread.start()

    def is_loading(self) -> bool:
        """Whether the thread is in the middle of an import."""
        frame = sys._current_frames().get(self.thread.ident or 0)
        while frame is not None and frame.f_code.co_filename != _IMPORT_SYSTEM:
            frame = frame.f_back
        return frame is not None


def _work(jobs: "queue.SimpleQueue[_Job | None]") -> None:
    while (job := jobs.get()) is not None:
        job.run()
        # Nothing of it is kept while waiting for the next.
        del job


def _scrubbed(scrub: Scrub, data: bytes) -> bytes:
    given = orjson.loads(data)
    said = _answer(scrub, orjson.loads(data))
    if not _same_shape(given, said):
        raise _WithheldError("the scrubber answered with another shape")
    # Many scrubbers look at values only; those that look at keys as well find nothing more here.
    odd = sorted(_odd_keys(said))
    if odd:
        names = _answer(scrub, odd)
        if not _same_shape(odd, names) or len(set(names)) < len(names):
            raise _WithheldError("the scrubber answered with another shape")
        said = _renamed(said, dict(zip(odd, names, strict=True)))
    return orjson.dumps(said)


def _answer(scrub: Scrub, value: Any) -> Any:
    """What the scrubber says, as plain JSON of which nobody else holds a part."""
    said = scrub(value)
    if not isinstance(said, str | list | dict):
        said = said.value
    data, changed = encode(said)
    if any(map(is_loss, changed)):
        raise _WithheldError("the scrubber answered with what is no JSON value")
    return orjson.loads(data)


def _same_shape(given: Any, said: Any) -> bool:
    if isinstance(given, dict):
        if not isinstance(said, dict) or len(given) != len(said):
            return False
        keys = zip(given, said, strict=True)
        named = all(key == new or not _PLAIN_NAME.fullmatch(key) for key, new in keys)
        return named and all(map(_same_shape, given.values(), said.values()))
    if isinstance(given, list):
        return isinstance(said, list) and len(given) == len(said) and all(map(_same_shape, given, said))
    return type(given) is type(said) or {type(given), type(said)} == {int, float}


def _odd_keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {key for key in value if not _PLAIN_NAME.fullmatch(key)}
        return own.union(*map(_odd_keys, value.values()))
    return set[str]().union(*map(_odd_keys, value)) if isinstance(value, list) else set()


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        said = {names.get(key, key): _renamed(part, names) for key, part in value.items()}
        if len(said) < len(value):
            raise _WithheldError("the scrubber made two keys one")
        return said
    return [_renamed(part, names) for part in value] if isinstance(value, list) else value


_scrubbers: "weakref.WeakSet[FieldScrubber]" = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for scrubber in list(_scrubbers):
        scrubber.begin_anew()


os.register_at_fork(after_in_child=_after_fork_in_child)
