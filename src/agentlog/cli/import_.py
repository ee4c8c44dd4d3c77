"""``agentlog import``: foreign logs into the log, with an account of every run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentlog.cli.output import DataOption, JsonOption, say, say_json, when_stopped

if TYPE_CHECKING:
    from agentlog._io.jsonl import BadLine
    from agentlog.ingest import ImportReport

app = typer.Typer(add_completion=False)
_SHOWN = 10
_FORMATS = "messages, aider, cassette, reflexion or toolbench"


@app.command(name="import")
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Files or folders of them; plain, gzip'd or zstd-compressed.")],
    role: Annotated[str, typer.Option(metavar="R", help="The role whose calls these are.")],
    format: Annotated[str, typer.Option("--format", metavar="F", help=f"The files' format: {_FORMATS}.")] = "messages",  # noqa: A002
    model: Annotated[str | None, typer.Option(metavar="M", help="The model that answered, where a file names none.")] = None,
    messages_path: Annotated[str, typer.Option(metavar="PATH", help="Where a run's messages are, as a dotted path.")] = "messages",
    session_path: Annotated[str | None, typer.Option(metavar="PATH", help="Where a run's session id is; else made of its content.")] = None,
    task_path: Annotated[str | None, typer.Option(metavar="PATH", help="Where a run's task id is.")] = None,
    result_path: Annotated[str | None, typer.Option(metavar="PATH", help="Where a run's result is: a truth value, number or word.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import foreign logs. Importing a file twice adds nothing.

    The paths are for the format messages: runs that are JSON objects with a list of chat messages. The other formats know their places.
    """
    from agentlog.formats.run import Options
    from agentlog.ingest import import_logs
    from agentlog.project import load_project

    place = load_project(data=data).data
    when_stopped("what was imported is whole: the same command completes it")
    options = Options(role, model, messages_path, session_path, task_path, result_path)
    report = import_logs(files, place, format=format, options=options)
    if as_json:
        set_aside = [{"file": str(bad.file), "place": bad.number, "reason": bad.reason} for bad in report.set_aside]
        say_json({**vars(report), "set_aside": set_aside})
    else:
        _print(report, place)


def _print(report: "ImportReport", place: Path) -> None:
    say(f"read {report.runs} runs: {report.interactions_read} interactions of {report.runs - report.runs_set_aside} runs")
    say(f"added {report.interactions_added} interactions to {place}; {report.already_there} were there already")
    for name, count in report.lacking.items():
        say(f"{count} runs have no value at --{name}-path; imported without")
    say(f"set aside: {len(report.set_aside)}")
    alike: dict[str, list[BadLine]] = {}
    for bad in report.set_aside:
        alike.setdefault(bad.reason, []).append(bad)
    for first, *others in sorted(alike.values(), key=len, reverse=True)[:_SHOWN]:
        say(f"  {first}" + (f" (and {len(others)} more like it)" if others else ""))
    if len(alike) > _SHOWN:
        say(f"  … and {len(alike) - _SHOWN} other reasons; --json lists them all")
