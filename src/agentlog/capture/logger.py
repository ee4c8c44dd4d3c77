"""AgentLogger: what an agent's program talks to.

It opens sessions, begins calls and writes results and feedback. When a logged call has returned, its line is in the kernel. Choices are
made once, here, and not per event; switched off (AGENTLOG_DISABLED=1), nothing is written and no folder appears. Nothing raises into the
agent once the logger stands: what could not be logged is counted by `stats`.
"""

import logging
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import Enum
from functools import partial, wraps
from inspect import iscoroutinefunction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar, cast

import orjson

from agentlog._clock import SYSTEM_CLOCK, Clock, format_timestamp
from agentlog._ids import uuid7
from agentlog.capture.call import Call
from agentlog.capture.context import Place, SessionFacts, Spot, here, inside_call
from agentlog.capture.executor import logged_executor
from agentlog.capture.heading import UNKNOWN_ROLE, heading_of
from agentlog.capture.prompt import Prompt, conversation, is_tools
from agentlog.capture.recorder import Nowhere, Recorder, Sink
from agentlog.capture.recording import Facts, Told, begin_call
from agentlog.capture.said import Said, feedback_said, result_said, text_said
from agentlog.capture.sampling import UNSAMPLED, Sampling
from agentlog.capture.serialize import Encoded, dump_record, encode
from agentlog.capture.told import checked
from agentlog.errors import SettingError
from agentlog.store.blobs import BlobStore
from agentlog.store.layout import blobs_folder
from agentlog.store.writer import ROTATE_BYTES, Durability, LogWriter, WriteStats

if TYPE_CHECKING:
    from agentlog.capture.scrubber import Scrub

_log = logging.getLogger("agentlog")
DEFAULT_DATA = "agentlog-data"
# Whoever sets it to anything else, "True" or "yes", means that nothing is to be logged.
_NOT_DISABLED = ("", "0", "false", "no", "off")
X = TypeVar("X")
R = TypeVar("R")
P = ParamSpec("P")


class AgentLogger:
    """Logs the calls of agents to a data folder.

    ``data`` defaults to the environment's AGENTLOG_DIR, then to ``agentlog-data``. ``durability`` is ``"kernel"`` (a line survives
    the death of the process) or ``"fsync"`` (it survives a power cut). ``rotate_bytes`` is the size at which a new log file is begun.
    ``enabled`` overrides AGENTLOG_DISABLED. ``sample`` is the share of calls that are logged, from 0 to 1, for all roles or by role;
    sessions are kept whole. ``scrub`` is a function from a JSON value (text, list, dictionary) to one of the same shape, through which
    everything goes before it is written, such as `agentlog.scrub`; what it does not clean within ``scrub_limit_s`` seconds is withheld.
    ``sink`` takes the lines in place of files.

    Raises:
        SettingError: ``durability`` is neither of the two, a rate is not from 0 to 1, or ``scrub`` cannot be called.
    """

    def __init__(
        self,
        data: str | os.PathLike[str] | None = None,
        *,
        durability: Durability = "kernel",
        rotate_bytes: int = ROTATE_BYTES,
        enabled: bool | None = None,
        sample: float | Mapping[str, float] = 1.0,
        scrub: "Scrub | None" = None,
        scrub_limit_s: float = 1.0,
        clock: Clock = SYSTEM_CLOCK,
        sink: Sink | None = None,
    ) -> None:
        if durability not in ("kernel", "fsync"):
            raise SettingError(f"durability is {durability!r}: it must be 'kernel' or 'fsync'")
        self.data = Path(data or os.environ.get("AGENTLOG_DIR") or DEFAULT_DATA).expanduser()
        # Absolute from the start: the agent may change its working directory. Where that is gone, nothing can be written.
        with suppress(OSError):
            self.data = self.data.absolute()
        on = os.environ.get("AGENTLOG_DISABLED", "").strip().lower() in _NOT_DISABLED if enabled is None else enabled
        self._again = partial(
            AgentLogger, durability=durability, rotate_bytes=rotate_bytes, enabled=on, sample=sample, scrub=scrub,
            scrub_limit_s=scrub_limit_s, clock=clock, sink=sink,
        )  # fmt: skip
        self._time_ns = clock.time_ns
        self._sink: Sink = sink or LogWriter(self.data, rotate_bytes=rotate_bytes, durability=durability, clock=clock)
        self._encode = self._encoder(scrub, scrub_limit_s, durability)
        self._nowhere = Recorder(Nowhere(), clock.time_ns, clock.monotonic, encode)
        sampling = None if sample == 1.0 else Sampling(sample)
        self.recorder = Recorder(self._sink, clock.time_ns, clock.monotonic, self._encode, scrub is None, sampling) if on else None

    def _encoder(self, scrub: "Scrub | None", limit_s: float, durability: Durability) -> Callable[[Any, str], Encoded]:
        if scrub is None:
            return partial(encode, blobs=BlobStore(blobs_folder(self.data), sync=durability == "fsync"))
        from agentlog.capture.scrubber import FieldScrubber

        return FieldScrubber(scrub, limit_s).encode

    @property
    def enabled(self) -> bool:
        """Whether anything is logged at all."""
        return self.recorder is not None

    def session(self, id: str | None = None, *, task_id: str | None = None, variant: str | None = None) -> "OpenSession":  # noqa: A002
        """A session for ``with`` or ``async with``: calls made within belong to it. Without ``id`` it gets one of its own."""
        return OpenSession(id or uuid7(), task_id, variant)

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
    ) -> "OpenInteraction":
        """One call for ``with`` or ``async with``, logged when the block ends; set ``call.output`` to what the model answered.

        An exception is recorded as the call's result and goes on unchanged. Messages that are no conversation are recorded as JSON text.
        """

        def begin() -> Call:
            known = {} if tools is None or is_tools(tools) else {"tools": tools}
            asked = conversation(prompt if messages is None else messages)
            facts = Prompt(asked, () if known else tools, params or {}, None, task_id, task_description, known)
            return self.begin(role, facts, task_type=task_type, model=model, metadata=metadata)

        return OpenInteraction(self, begin, self._nowhere)

    def begin(
        self, role: str, prompt: Prompt, task_type: str | None = None, model: Any = None, metadata: Mapping[str, Any] | None = None
    ) -> Call:
        """A call that begins now and is logged by `Call.end`; most programs want `interaction`."""
        role = role.value if isinstance(role, Enum) else role
        named = type(role) is str and role
        heading = heading_of(role if named else UNKNOWN_ROLE, task_type if type(task_type) is str or task_type is None else str(task_type))
        call = begin_call(self.recorder or self._nowhere, heading, prompt, model, metadata)
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
        event_id: str | None = None,
        **more: Any,
    ) -> bool:
        """What came of an interaction, at any later time and from any process; returns whether it was written.

        What is of another kind than its field takes is kept under ``not_understood``, and does not count. Of several results the newest
        wins field by field; a field that is not given, or None, says nothing. Events with the same ``event_id`` count once, so whoever
        cannot know whether a result was written may write it again.
        """
        said = {"status": status, "tests_passed": tests_passed, "review_score": review_score, "error": error, **more}
        told = partial(result_said, {key: part for key, part in said.items() if part is not None})
        return self._write("result", interaction_id, event_id, "execution_result", told)

    def feedback(
        self,
        interaction_id: str,
        *,
        rating: float | None = None,
        comments: str | None = None,
        corrections: str | None = None,
        reviewer: str | None = None,
        event_id: str | None = None,
    ) -> bool:
        """What a person said of an interaction: a rating from 1 to 5, a comment, the right answer; returns whether it was written.

        Any number of reviewers may say something, each more than once; events with the same ``event_id`` count once.
        """
        who = reviewer if reviewer is None else text_said(reviewer) or encode(reviewer).data.decode()
        told = partial(feedback_said, {"rating": rating, "comments": comments, "corrections": corrections})
        return self._write("feedback", interaction_id, event_id, "human_feedback", told, reviewer=who)

    def wrap(self, executor: X, role: Told, *, task_type: Told = None, model: Any = None) -> X:
        """An executor like the given one, each call of whose ``execute`` is logged.

        ``role`` and ``task_type`` may be functions of the arguments of ``execute``.

        Raises:
            SettingError: there is no ``execute`` to call, or what was told cannot be used.
        """
        if not callable(getattr(executor, "execute", None)):
            raise SettingError(f"{type(executor).__name__} has no execute(): put @log_interaction above the function that calls the model")
        return cast(X, logged_executor(executor, checked(Facts(role, task_type, model)), self))

    def wrap_openai(self, client: X, role: Told = None, *, task_type: Told = None, metadata: Mapping[str, Any] | None = None) -> X:
        """A copy of an OpenAI client, each model call of which is logged, streams and helpers included.

        `agentlog.capture.clients.openai.wrap_openai` says what may be given.

        Raises:
            SettingError: it is no client of the package ``openai``.
        """
        from agentlog.capture.clients.openai import wrap_openai

        return wrap_openai(self, client, role=role, task_type=task_type, metadata=metadata)

    def wrap_anthropic(self, client: X, role: Told = None, *, task_type: Told = None, metadata: Mapping[str, Any] | None = None) -> X:
        """A copy of an Anthropic client, each model call of which is logged, streams and helpers included.

        `agentlog.capture.clients.anthropic.wrap_anthropic` says what may be given.

        Raises:
            SettingError: it is no client of the package ``anthropic``.
        """
        from agentlog.capture.clients.anthropic import wrap_anthropic

        return wrap_anthropic(self, client, role=role, task_type=task_type, metadata=metadata)

    def carry(self, function: Callable[P, R]) -> Callable[P, R]:
        """The function, to be called where the context does not reach, such as in a thread pool: its calls belong where you stand now.

        ``pool.submit(log.carry(work), …)``. Tasks, `asyncio.to_thread` and threads started with a copied context need no such help.
        """
        place = here.get()
        if iscoroutinefunction(function):

            @wraps(function)
            async def carried_until_awaited(*args: P.args, **kwargs: P.kwargs) -> Any:
                with inside_call(place):
                    return await function(*args, **kwargs)

            return cast(Callable[P, R], carried_until_awaited)

        @wraps(function)
        def carried(*args: P.args, **kwargs: P.kwargs) -> R:
            with inside_call(place):
                return function(*args, **kwargs)

        return carried

    def __repr__(self) -> str:
        return f"AgentLogger({str(self.data)!r}{'' if self.enabled else ', enabled=False'})"

    def lose(self, error: BaseException) -> None:
        """Count an event that could not be made into a line."""
        self._sink.lose(error)

    def stats(self) -> WriteStats:
        """Events that this process submitted, wrote and lost."""
        return cast(WriteStats, self._sink.stats())

    def close(self) -> None:
        """Let go of the log file. Logging again opens a new one."""
        self._sink.close()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        # In another process, a logger with the same settings: an agent that is sent there takes its logger along.
        return self._again, (self.data,)

    def _write(
        self,
        event: str,
        interaction_id: Any,
        event_id: Any,
        field: str,
        read: Callable[[], Said],
        **facts: Any,
    ) -> bool:
        try:
            about = interaction_id.id if isinstance(interaction_id, Call) else text_said(interaction_id)
            if not self.enabled or (about or "").startswith(UNSAMPLED):
                return False
            if not about:
                raise SettingError("there is no interaction without an id")
            now = self._time_ns()
            line: dict[str, Any] = {
                "event": event,
                "id": text_said(event_id) or uuid7(now),
                "interaction_id": about,
                "timestamp": format_timestamp(now),
            }
            said, troubles = read()
            for trouble in troubles:
                # Whoever listens to warnings may raise.
                with suppress(Exception):
                    _log.warning("%s on %s: %s: kept under not_understood, and does not count", event, about, trouble)
            changed: list[str] = []
            for name, value in {**facts, field: said}.items():
                encoded = self._encode(value, name)
                line[name] = orjson.Fragment(encoded.data)
                changed += encoded.changed
            return self._sink.write(dump_record(line | ({"changed": changed} if changed else {})))
        except Exception as trouble:  # noqa: BLE001  capture must never hurt the agent
            self.lose(trouble)
            return False


class OpenInteraction:
    """A block that is one call: it begins when the block is entered, and is logged when the block is left."""

    __slots__ = ("_before", "_begin", "_call", "_logger", "_nowhere")

    def __init__(self, logger: AgentLogger, begin: Callable[[], Call], nowhere: Recorder) -> None:
        self._logger, self._begin, self._nowhere = logger, begin, nowhere

    def __enter__(self) -> Call:
        try:
            call = self._begin()
        except Exception as trouble:  # noqa: BLE001  capture must never hurt the agent, which still needs a call to write to
            self._logger.lose(trouble)
            call = Call(self._nowhere, here.get(), heading_of(UNKNOWN_ROLE, None), Prompt([]))
        self._before, self._call = here.get(), call
        try:
            # Ctrl-C may come as soon as this is done.
            here.set(call)
            return call
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # A coroutine or generator that was forgotten is closed by whoever happens to collect it, and whose place is not to be changed.
        if kind is not GeneratorExit or here.get() is self._call:
            here.set(self._before)
        self._call.end(error)

    async def __aenter__(self) -> Call:
        return self.__enter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.__exit__(kind, error, trace)


class OpenSession:
    """A session that is entered and left; ``id`` is its id. May be entered by several tasks or threads at once."""

    def __init__(self, id: str, task_id: str | None, variant: str | None) -> None:  # noqa: A002
        self.id = id
        self._task_id, self._variant = task_id, variant
        # By each place that was opened, the one before it.
        self._opened: dict[Place, Place] = {}

    def __enter__(self) -> Self:
        before = here.get()
        variant = self._variant or before.session.variant
        spot = Spot(SessionFacts(self.id, self._task_id, variant), before.call_json)
        self._opened[spot] = before
        here.set(spot)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        spot = here.get()
        if spot in self._opened:
            here.set(self._opened.pop(spot))
        elif kind is not GeneratorExit:
            # Something that was opened within has not been closed; a coroutine that was forgotten is none of the one who collects it.
            here.set(self._opened.popitem()[1])

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.__exit__(kind, error, trace)
