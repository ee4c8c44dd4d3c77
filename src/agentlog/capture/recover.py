"""Recovery: calls that were going on when their process died become interactions of the log, with status ``interrupted``.

A process keeps a journal of its calls in flight and holds it while it lives. A journal that nobody holds is read here; each call in it
that has no line in the log gets one: its own id, its whole prompt, the answer as far as it was streamed.

Nothing is lost and nothing stands twice, whenever this is stopped. The journal is held meanwhile; its lines appear in the log as a file
of their own, whole and on the disk or not at all, and are read back; only then the journal goes. It is removed and not kept, because all
it held is in the log by then, and a copy of private data that nobody looks after would be left. A journal with records that cannot be
read is set aside whole. Running again goes on from wherever the last run came to. The journal of a process that lives is left alone, and
so is an empty one, which may be about to be held.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from agentlog._clock import SYSTEM_CLOCK
from agentlog._io.atomic import sync_folder, write_file
from agentlog._io.jsonl import dump_line
from agentlog.capture.answer import as_json_text, read_chunks
from agentlog.errors import LogError
from agentlog.formats.response import Response
from agentlog.schema.events import parse_event
from agentlog.schema.interaction import Interaction
from agentlog.store.ended import ended_calls, files_since
from agentlog.store.holding import taken
from agentlog.store.journal import InFlight, read_journal
from agentlog.store.layout import FILE_MODE, in_flight_folder, journal_files, log_files, make_private, new_log_file, set_aside_folder

_ERROR = "ProcessDied"
# How many journals are held and in memory at once.
_AT_ONCE = 32


class RecoveredCall(NamedTuple):
    """A call that is in the log now: its id and role, when it began, and how many chunks of its answer had arrived."""

    id: str
    role: str
    timestamp: str
    chunks: int


@dataclass
class Recovered:
    """What a run found: journals of dead processes, the calls it wrote, how many others had ended, and what it left.

    ``running`` are journals whose process lives. ``damaged`` records could not be read; the journals they stood in are ``set_aside``.
    """

    journals: int = 0
    calls: list[RecoveredCall] = field(default_factory=list)
    ended: int = 0
    damaged: int = 0
    running: list[Path] = field(default_factory=list)
    set_aside: list[Path] = field(default_factory=list)


def recover(data: str | Path) -> Recovered:
    """Write every call of a dead process that never ended to the log of a data folder.

    Raises:
        LogError: there is nothing at ``data``, or the log cannot be written; what was not written stays in its journal.
    """
    data = Path(data)
    log_files(data)
    report, journals = Recovered(), journal_files(data)
    for start in range(0, len(journals), _AT_ONCE):
        try:
            _recover_some(data, journals[start : start + _AT_ONCE], report)
        except OSError as error:
            raise LogError(f"the calls of dead processes in {data} stay in their journals: {error}; mend that and run it again") from error
    return report


def _recover_some(data: Path, journals: Sequence[Path], report: Recovered) -> None:
    """Recover several journals together, because the log is searched for all their calls at once."""
    with ExitStack() as held:
        found = [_Journal(journal, *read_journal(journal)) for journal in journals if _take(journal, held, report)]
        ended = _ended(data, [call for journal in found for call in journal.calls])
        lines = {call.id: _line(call) for journal in found for call in journal.calls if call.id not in ended}
        _write(data, [line for line in lines.values() if line is not None])
        for journal in found:
            _close(data, journal, [lines[call.id] for call in journal.calls if call.id in lines], report)
        if found:
            sync_folder(in_flight_folder(data))


def _take(journal: Path, held: ExitStack, report: Recovered) -> bool:
    try:
        if not journal.stat().st_size:
            return False
        ours = held.enter_context(taken(journal))
    except FileNotFoundError:
        # Its process ended well, or another run was quicker.
        return False
    if not ours:
        report.running.append(journal)
    return ours


def _ended(data: Path, calls: Sequence[InFlight]) -> set[str]:
    """Those of the calls that have their line in the log."""
    began = [str(call.head.get("timestamp")) for call in calls]
    return ended_calls(files_since(data, min(began)), {call.id for call in calls}) if calls else set()


def _close(data: Path, journal: "_Journal", lines: "Sequence[_Line | None]", report: Recovered) -> None:
    """Do away with a journal whose calls are in the log now."""
    unreadable = journal.damaged + lines.count(None)
    if unreadable:
        report.set_aside.append(_set_aside(data, journal.file))
    else:
        journal.file.unlink()
    report.journals += 1
    report.ended += len(journal.calls) - len(lines)
    report.damaged += unreadable
    report.calls += [line.told for line in lines if line is not None]


class _Journal(NamedTuple):
    file: Path
    calls: list[InFlight]
    damaged: int


class _Line(NamedTuple):
    raw: bytes
    told: RecoveredCall


def _line(call: InFlight) -> _Line | None:
    """The call as a line that can be read again; None if none can be made of it."""
    for read in (read_chunks, _as_text):
        try:
            raw = dump_line(_record(call, read(call.chunks)))
            event = parse_event(orjson.loads(raw))
        except Exception:  # noqa: BLE001  what had arrived of an answer may be anything; as text it can always be kept
            continue
        if isinstance(event, Interaction):
            return _Line(raw, RecoveredCall(event.id, event.agent_role, event.timestamp, len(call.chunks)))
    return None


def _as_text(chunks: Sequence[Any]) -> Response | None:
    return as_json_text(list(chunks)) if chunks else None


def _record(call: InFlight, response: Response | None) -> dict[str, Any]:
    arrived = len(call.chunks)
    message = f"the process ended during this call; {arrived} chunks of its answer had arrived"
    record = {
        **call.head,
        "model_output": response.message if response else None,
        "usage": response.usage if response else None,
        "latency_ms": None,
        "finish_reason": response.finish_reason if response else None,
        "execution_result": {"status": "interrupted", "error": {"type": _ERROR, "message": message}},
        "human_feedback": None,
        "metadata": {**(call.head.get("metadata") or {}), "recovered": True, "chunks": arrived},
    }
    if response is not None:
        _take_over(response, record)
    return {name: record[name] for name in Interaction.model_fields if name in record} | record


def _take_over(response: Response, record: dict[str, Any]) -> None:
    """What an answer says of itself, where nobody said it better."""
    metadata, model = record["metadata"], record.get("model") or {}
    record["metadata"] = response.rest | metadata
    if model.get("name") is None:
        record["model"] = {**model, "name": response.model}
    elif response.model not in (None, model["name"]):
        record["metadata"]["reported_model"] = response.model
    if response.changed:
        record["metadata"]["changed"] = [*metadata.get("changed", ()), *response.changed]


def _write(data: Path, lines: Sequence[_Line]) -> None:
    """Put lines into the log, all of them or none, to stay there.

    Raises:
        LogError: they could not be had back from the log.
        OSError: they could not be written.
    """
    if not lines:
        return
    now = SYSTEM_CLOCK.time_ns()
    file = new_log_file(data, now)
    write_file(file, b"".join(line.raw for line in lines), FILE_MODE)
    for folder in (file.parent.parent, data):
        sync_folder(folder)
    ids = {line.told.id for line in lines}
    if ended_calls([file], ids) != ids:
        raise LogError(f"what was recovered cannot be read back from {file}; the journals are left as they are: look after the disk")


def _set_aside(data: Path, journal: Path) -> Path:
    folder = set_aside_folder(data)
    make_private(folder, data)
    place = journal.rename(folder / journal.name)
    sync_folder(folder)
    return place
