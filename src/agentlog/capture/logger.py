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

from agentlog._clock import SYSTEM_CLOCK, Clock, format_timestamp
from agentlog._ids import uuid7
from agentlog.capture.call import Call, Recorder, Sink
from agentlog.capture.context import Place, SessionFacts, Spot, here, inside_call
from agentlog.capture.executor import LoggedExecutor
from agentlog.capture.heading import UNKNOWN_ROLE, heading_of
from agentlog.capture.prompt import Prompt, conversation, is_tools
from agentlog.capture.recording import Facts, Told
from agentlog.capture.serialize import dump_record, encode
from agentlog.errors import SettingError
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
        on = os.environ.get("AGENTLOG_DISABLED", "") not in ("1", "true") if enabled is None else enabled
        self._time_ns = clock.time_ns
        self._sink: Sink = sink or LogWriter(self.data, rotate_bytes=rotate_bytes, durability=durability, clock=clock)
        self._nowhere = Recorder(_NOWHERE, clock.time_ns, clock.monotonic, encode)
        self.recorder = self._nowhere._replace(sink=self._sink) if on else None

    @property
    def enabled(self) -> bool:
        """Whether anything is logged at all."""
        return self.recorder is not None

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
            asked = conversation(prompt if messages is None else messages)
            call = self.begin(
                role,
                Prompt(asked, () if known else tools, params or {}, None, task_id, task_description, known),
                task_type=task_type,
                model=model,
                metadata=metadata,
            )
        except Exception as trouble:  # noqa: BLE001  capture must never hurt the agent, which still needs a call to write to
            self.lose(trouble)
            call = Call(self._nowhere, here.get(), heading_of(UNKNOWN_ROLE, None), Prompt([]))
        try:
            with inside_call(call):
                yield call
        except BaseException as error:
            call.end(error)
            raise
        call.end()

    def begin(
        self, role: str, prompt: Prompt, task_type: str | None = None, model: Any = None, metadata: Mapping[str, Any] | None = None
    ) -> Call:
        """A call that begins now and is logged by `Call.end`; most programs want `interaction`."""
        named = type(role) is str and role
        heading = heading_of(role if named else UNKNOWN_ROLE, task_type if type(task_type) is str or task_type is None else str(task_type))
        call = Call(self.recorder or self._nowhere, here.get(), heading, prompt, model, metadata)
        if not named:
            call.note(f"role: {role!r:.40} is no name")
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
        return cast(X, LoggedExecutor(executor, Facts(role, task_type, model), self))

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
        now = self._time_ns()
        line = {"event": event, "id": uuid7(now), "interaction_id": interaction_id, "timestamp": format_timestamp(now), **said}
        return self._sink.write(dump_record(line))


class OpenSession:
    """A session that is entered and left; ``id`` is its id. May be entered by several tasks or threads at once."""

    def __init__(self, id: str, task_id: str | None, variant: str | None) -> None:  # noqa: A002
        self.id = id
        self._task_id, self._variant = task_id, variant
        self._before: list[Place] = []

    def __enter__(self) -> Self:
        before = here.get()
        self._before.append(before)
        variant = self._variant or before.session.variant
        here.set(Spot(SessionFacts(self.id, self._task_id, variant), before.call_json))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        here.set(self._before.pop())

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.__exit__(kind, error, trace)


class _Nowhere:
    """The sink of a logger that is switched off."""

    journal = None

    def write(self, line: bytes, *more: bytes) -> bool:
        return False

    def lose(self, error: BaseException) -> None:
        return

    def stats(self) -> WriteStats:
        return WriteStats(0, 0, 0)

    def close(self) -> None:
        return


_NOWHERE = _Nowhere()
