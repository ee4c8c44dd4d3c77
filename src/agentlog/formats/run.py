"""A run read from a foreign log: its calls as lines of the log, and what of it could not be read.

Every format hands out the same: for a file, its runs and an account of the rest. The same file gives the same lines, byte for byte,
whenever it is read: ids are made of the run's content, the role and the position, times are those of the file or else positions. One run is
one session; its name is the format's to say, and `agentlog.ingest` keeps sessions of one name apart. Nothing is written here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentlog._clock import format_timestamp
from agentlog._ids import content_id
from agentlog._io.compress import DAMAGED, open_binary
from agentlog._io.jsonl import BOM, BadLine
from agentlog.errors import ImportRefusedError

SECOND_NS = 1_000_000_000


@dataclass(frozen=True)
class Options:
    """Where things are in a run, and what the file does not say. The paths are those of the format ``messages``."""

    role: str
    model: str | None = None
    messages_path: str = "messages"
    session_path: str | None = None
    task_path: str | None = None
    result_path: str | None = None


@dataclass(frozen=True)
class Run:
    """A run read: its lines, what was set aside of it, and which of the asked-for values it lacks."""

    key: str
    session: str | None
    lines: list[dict[str, Any]]
    set_aside: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)


@dataclass
class FileRead:
    """What a file gave. ``set_aside`` says what was not read, where it stands and why; ``runs_set_aside`` of how many runs that is all."""

    runs: list[Run] = field(default_factory=list)
    runs_set_aside: int = 0
    set_aside: list[BadLine] = field(default_factory=list)


@dataclass(frozen=True)
class Call:
    """One call of a model as a file tells it.

    ``time_ns`` is None where the file has no times, ``position`` where it is the number of calls before this one.
    """

    messages: list[dict[str, Any]]
    answer: dict[str, Any] | None
    result: dict[str, Any] | None = None
    tools: Sequence[Any] = ()
    model: str | None = None
    provider: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    usage: dict[str, Any] | None = None
    finish_reason: str | None = None
    task_type: str | None = None
    time_ns: int | None = None
    position: int | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


def run_of(name: str, key: str, calls: Sequence[Call], options: Options, source: str, session: str | None, task: str | None = None) -> Run:
    """The run that calls make, in their order; ``name`` is the format's, ``source`` the file's. The user's
    model stands where the file names none."""
    lines: list[dict[str, Any]] = []
    time_ns = -SECOND_NS
    for number, call in enumerate(calls):
        position = number if call.position is None else call.position
        # Answers come later than they were asked for: a file's times may stand still or go back, the order of a session must not.
        time_ns = time_ns + SECOND_NS if call.time_ns is None else max(call.time_ns, time_ns + 1000)
        lines.append(_line(name, key, position, call, options, source, task, time_ns))
    return Run(key, session, lines)


def _line(name: str, key: str, position: int, call: Call, options: Options, source: str, task: str | None, time_ns: int) -> dict[str, Any]:
    return {
        "event": "interaction",
        "schema_version": 1,
        "id": content_id(f"agentlog.import.{name}", [key, options.role, position, call.answer]),
        "timestamp": format_timestamp(time_ns),
        "session_id": None,
        "parent_id": None,
        "agent_role": options.role,
        "task_id": task,
        "task_type": call.task_type,
        "task_description": None,
        "messages": call.messages,
        "tools": list(call.tools),
        "model_output": call.answer,
        "model": {"name": call.model or options.model, "provider": call.provider, "revision": None, "quantization": None},
        "params": call.params,
        "usage": call.usage,
        "latency_ms": None,
        "finish_reason": call.finish_reason,
        "execution_result": call.result,
        "human_feedback": None,
        "variant": None,
        "metadata": {"imported_from": source, "run": key, **call.metadata},
    }


def read_bytes(file: Path) -> bytes:
    """All bytes of a file, plain, gzip'd or zstd-compressed, without a byte order mark.

    Raises:
        ImportRefusedError: it cannot be read, is damaged or empty.
    """
    try:
        with open_binary(file) as stream:
            content = stream.read().removeprefix(BOM)
    except DAMAGED as error:
        raise ImportRefusedError(f"{file} is damaged: {error}; fetch it again") from error
    except OSError as error:
        raise ImportRefusedError(f"{file} cannot be read: {error.strerror or error}") from error
    if not content.strip():
        raise ImportRefusedError(f"{file} is empty")
    return content
