"""AgentLogger: what an agent's program talks to.

It opens sessions, begins calls and writes results and feedback. When a logged call has returned, its line is in the kernel. Choices are
made once, here, and not per event; switched off (AGENTLOG_DISABLED=1), nothing is written and no folder appears. Nothing raises into the
agent once the logger stands: what could not be logged is counted by `stats`.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from agentlog._clock import SYSTEM_CLOCK, Clock
from agentlog._ids import uuid7
from agentlog.capture.call import Call, Sink
from agentlog.capture.context import current_place, inside_call, move_to
from agentlog.capture.executor import LoggedExecutor
from agentlog.capture.prompt import Prompt, is_tools
from agentlog.capture.recording import UNKNOWN_ROLE, Facts, Told
from agentlog.capture.serialize import dump_record, encode
from agentlog.errors import SettingError
from agentlog.formats.chat_shape import is_chat
from agentlog.store.writer import ROTATE_BYTES, Durability, LogWriter, WriteStats

DEFAULT_DATA = "agentlog-data"
X = TypeVar("X")


class AgentLogger:
    """Logs the calls of agents to a data folder.

    ``data`` defaults to the environment's AGENTLOG_DIR, then to ``agentlog-data``. ``durability`` is ``"kernel"`` (a line survives
    the death of the process) or ``"fsync"`` (it survives a power cut). ``rotate_bytes`` is the size at which a new log file is begun.
    ``enabled`` overrides AGENTLOG_DISABLED. ``sink`` takes the lines in place of files.

    Raises:
        SettingError: ``durability`` is neither of the two.
    """

    def __init__(
        self,
        data: str | os.PathLike[str] | None = None,
        *,
        durability: Durability = "kernel",
        rotate_bytes: int = ROTATE_BYTES,
        enabled: bool | None = None,
        clock: Clock = SYSTEM_CLOCK,
        sink: Sink | None = None,
    ) -> None:
        if durability not in ("kernel", "fsync"):
            raise SettingError(f"durability is {durability!r}: it must be 'kernel' or 'fsync'")
        self.data = Path(data or os.environ.get("AGENTLOG_DIR") or DEFAULT_DATA)
        self.enabled = os.environ.get("AGENTLOG_DISABLED", "") not in ("1", "true") if enabled is None else enabled
        self._clock = clock
        self._sink: Sink = sink or LogWriter(self.data, rotate_bytes=rotate_bytes, durability=durability, clock=clock)

    def session(self, id: str | None = None, *, task_id: str | None = None, variant: str | None = None) -> "OpenSession":  # noqa: A002
        """A session for ``with`` or ``async with``: calls made within belong to it. Without ``id`` it gets one of its own."""
        return OpenSession(id or uuid7(), task_id, variant)

    @contextmanager
    def interaction(
        self,
        *,
        role: str,
        messages: Any = None,
        prompt: str | None = None,
        model: Any = None,
        task_type: str | None = None,
        task_id: str | None = None,
        task_description: str | None = None,
        tools: Any = (),
        params: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Iterator[Call]:
        """One call, logged when the block ends; set ``call.output`` to what the model answered.

        An exception is recorded as the call's result and goes on unchanged. Messages that are no conversation are recorded as JSON text.
        """
        try:
            known = {} if tools is None or is_tools(tools) else {"tools": tools}
            asked = Prompt(_conversation(messages, prompt), () if known else tools, params or {}, None, task_id, task_description, known)
            call = self.begin(role, asked, task_type=task_type, model=model, metadata=metadata)
        except Exception as trouble:  # noqa: BLE001  capture must never hurt the agent, which still needs a call to write to
            self.lose(trouble)
            call = Call(_NOWHERE, self._clock, current_place(), role, Prompt([]))
        try:
            with inside_call(call.id):
                yield call
        except BaseException as error:
            call.end(error)
            raise
        call.end()

    def begin(self, role: str, prompt: Prompt, *, task_type: str | None, model: Any, metadata: Mapping[str, Any] | None) -> Call:
        """A call that begins now and is logged by `Call.end`; most programs want `interaction`."""
        named = isinstance(role, str) and bool(role)
        sink = self._sink if self.enabled else _NOWHERE
        call = Call(sink, self._clock, current_place(), role if named else UNKNOWN_ROLE, prompt, task_type)
        if not named:
            call.note(f"role: {role!r:.40} is no name")
        if model is not None:
            call.model = model
        if metadata:
            call.metadata.update(metadata)
        return call

    def result(
        self,
        interaction_id: str,
        *,
        status: str | None = None,
        tests_passed: bool | None = None,
        review_score: float | None = None,
        error: Any = None,
        **more: Any,
    ) -> bool:
        """What came of an interaction, at any later time and from any process; returns whether it was written.

        Of several results the newest wins field by field; a field that is not given, or None, says nothing.
        """
        said = {"status": status, "tests_passed": tests_passed, "review_score": review_score, "error": error, **more}
        return self._write("result", interaction_id, {"execution_result": {key: part for key, part in said.items() if part is not None}})

    def feedback(
        self,
        interaction_id: str,
        *,
        rating: float | None = None,
        comments: str | None = None,
        corrections: str | None = None,
        reviewer: str | None = None,
    ) -> bool:
        """What a person said of an interaction: a rating from 1 to 5, a comment, the right answer; returns whether it was written."""
        said = {"rating": rating, "comments": comments, "corrections": corrections}
        return self._write("feedback", interaction_id, {"reviewer": reviewer, "human_feedback": said})

    def wrap(self, executor: X, role: Told, *, task_type: Told = None, model: Any = None) -> X:
        """An executor like the given one, each call of whose ``execute`` is logged.

        ``role`` and ``task_type`` may be functions of the arguments of ``execute``.
        """
        return cast(X, LoggedExecutor(executor, Facts(role, task_type, model), lambda: self))

    def lose(self, error: BaseException) -> None:
        """Count an event that could not be made into a line."""
        self._sink.lose(error)

    def stats(self) -> WriteStats:
        """Events that this process submitted, wrote and lost."""
        return cast(WriteStats, self._sink.stats())

    def close(self) -> None:
        """Let go of the log file. Logging again opens a new one."""
        self._sink.close()

    def _write(self, event: str, interaction_id: str, said: dict[str, Any]) -> bool:
        if not self.enabled:
            return False
        now = self._clock.timestamp()
        return self._sink.write(dump_record({"event": event, "id": uuid7(), "interaction_id": interaction_id, "timestamp": now, **said}))


class OpenSession:
    """A session that is entered and left; ``id`` is its id."""

    def __init__(self, id: str, task_id: str | None, variant: str | None) -> None:  # noqa: A002
        self.id = id
        self._task_id, self._variant = task_id, variant

    def __enter__(self) -> Self:
        here = current_place()
        self._before = move_to(here._replace(session_id=self.id, task_id=self._task_id, variant=self._variant or here.variant))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        move_to(self._before)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.__exit__(kind, error, trace)


class _Nowhere:
    """The sink of a logger that is switched off."""

    def write(self, line: bytes) -> bool:
        return False

    def lose(self, error: BaseException) -> None:
        return

    def stats(self) -> WriteStats:
        return WriteStats(0, 0, 0)

    def close(self) -> None:
        return


_NOWHERE = _Nowhere()


def _conversation(messages: Any, prompt: str | None) -> Any:
    if is_chat(messages):
        return messages
    asked = prompt if messages is None else messages
    return [{"role": "user", "content": asked if isinstance(asked, str) else encode(asked).data.decode()}]
