"""A log kept for years: ``verify`` looks whether all is well, ``recover`` saves what killed processes left, ``compress`` saves room."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from agentlog.cli.output import DataOption, JsonOption, progress, say, say_json, say_table, when_stopped

if TYPE_CHECKING:
    from agentlog.capture.recover import Recovered
    from agentlog.store.closed import Compressed
    from agentlog.store.verify import Finding, Verified

_SHOWN = 10


def verify(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Read every line, compare closed files and blobs with their digests. Exit 1 if anything is wrong."""
    from agentlog.project import load_project
    from agentlog.store.verify import verify_log

    place = load_project(data=data).data
    findings: list[Finding] = []
    when_stopped("nothing was changed: run the same command again")
    with _watched("verify") as on_file:
        verified = verify_log(place, findings.append if as_json else lambda finding: say(str(finding)), on_file)
    if as_json:
        said = [{"file": str(finding.file), "line": finding.line, "reason": finding.reason} for finding in findings]
        say_json({**vars(verified), "findings": said})
    else:
        _print_verified(verified)
    if verified.findings:
        raise typer.Exit(1)


def recover(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Write calls that were going on when their process was killed to the log, with status interrupted."""
    from agentlog.capture.recover import recover as recover_calls
    from agentlog.project import load_project

    when_stopped("nothing is lost: the same command completes it")
    recovered = recover_calls(load_project(data=data).data)
    if as_json:
        say_json({**vars(recovered), "calls": [call._asdict() for call in recovered.calls]})
    else:
        _print_recovered(recovered)


def compress(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Compress every log file that no process writes to any more, and record its digest."""
    from agentlog.project import load_project
    from agentlog.store.closed import compress_closed

    when_stopped("nothing is lost: the same command completes it")
    with _watched("compress") as on_file:
        done = compress_closed(load_project(data=data).data, on_file)
    if as_json:
        say_json(vars(done))
    else:
        _print_compressed(done)
    if done.failed:
        raise typer.Exit(1)


@contextmanager
def _watched(what: str) -> Iterator[Callable[[int, int], None]]:
    with progress() as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _print_verified(done: "Verified") -> None:
    say(f"files: {done.files} · lines: {done.lines} · closed files compared: {done.closed} · blobs compared: {done.blobs}")
    say(f"interactions: {done.interactions} · results: {done.results} · feedback: {done.feedback} · lost, as the log says: {done.lost}")
    say(f"pointing at no interaction: {done.orphans} · standing twice: {done.repeated} · being written: {done.being_written}")
    if done.undigested:
        say(f"compressed files of which no digest is recorded: {done.undigested}")
    if done.waiting:
        say(f"journals of dead processes: {done.waiting}; `agentlog log recover` writes their calls to the log")
    if done.set_aside:
        say(f"journals set aside because they could not be read whole: {done.set_aside}")
    if done.findings:
        say(f"wrong: {done.findings}; all else is read as ever, and what is damaged or missing comes back from a backup only")
    else:
        say("all is well")


def _print_recovered(done: "Recovered") -> None:
    if done.calls:
        rows = [[call.id, call.role, call.timestamp[:19], call.chunks] for call in done.calls]
        say_table("Calls that are in the log now, as interrupted", ["id", "role", "began", "chunks"], rows, right=(3,), whole=(0,))
    say(f"journals of dead processes: {done.journals} · calls recovered: {len(done.calls)} · ended before: {done.ended}")
    if done.running:
        say(f"left alone, because their processes are still running: {len(done.running)}")
    if done.damaged:
        say(f"records that could not be read: {done.damaged}; their journals are set aside whole:")
        _say_some(done.set_aside)


def _print_compressed(done: "Compressed") -> None:
    saved = f" · {done.bytes_before:,} bytes became {done.bytes_after:,}" if done.files else ""
    say(f"files compressed: {len(done.files)}{saved}")
    if done.in_use:
        say(f"left alone, because a process writes to them: {len(done.in_use)}")
    if done.failed:
        say(f"not compressed: {len(done.failed)}")
        _say_some(done.failed)


def _say_some(things: list[Any]) -> None:
    for thing in things[:_SHOWN]:
        say(f"  {thing}")
    if len(things) > _SHOWN:
        say(f"  … and {len(things) - _SHOWN} more; --json lists them all")
