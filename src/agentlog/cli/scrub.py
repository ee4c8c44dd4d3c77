"""``agentlog scrub``: secrets and personal data out of a file or a stream."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agentlog.cli.output import DataOption, err, say_note

if TYPE_CHECKING:
    from agentlog.privacy.scrubber import Finding
    from agentlog.privacy.settings import PrivacySettings
    from agentlog.stages.scrub_lines import ScrubbedLines

app = typer.Typer(add_completion=False)
_SHOWN = 3


@app.command()
def scrub(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="What to read; - is standard input.")] = "-",
    jsonl: Annotated[bool, typer.Option("--jsonl", help="The input is JSON lines; those of one session_id are scrubbed together.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="OUT", help="Write to a new file, not to the screen.")] = None,
    findings: Annotated[Path | None, typer.Option(metavar="F", help="Write every replacement, never its value, as JSON lines.")] = None,
    scope: Annotated[str | None, typer.Option(metavar="NAME", help="Inputs of one scope share their stand-ins.")] = None,
    people: Annotated[Path | None, typer.Option(metavar="FILE", help="Known people: CSV, JSON, YAML or one name a line.")] = None,
    ner: Annotated[str | None, typer.Option(metavar="MODEL", help="A model that finds names, e.g. spacy:en_core_web_lg.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as one JSON value to standard error.")] = False,
    data: DataOption = None,
) -> None:
    """Replace secrets and personal data by stand-ins; the result goes to standard output."""
    import orjson

    from agentlog._hashing import digest
    from agentlog._io.jsonl import dump_lines
    from agentlog.build.key import build_key
    from agentlog.privacy.presidio import keep_light
    from agentlog.privacy.settings import make_scrubber, names_note
    from agentlog.project import load_project
    from agentlog.stages.scrub_lines import ScrubbedLines, scrub_lines

    _refuse_overwriting(output, findings)
    project = load_project(data=data)
    settings = _settings(project, people, ner)
    raw = _read(file, text=not jsonl)
    if not settings.ner and not settings.recognisers:
        keep_light()
    scrubber = make_scrubber(settings, build_key(project.data))
    if jsonl:
        # Not bytes.splitlines, which also splits at a carriage return within a line.
        done = scrub_lines(raw.split(b"\n"), scrubber, scope)
        result = dump_lines(done.values)
    else:
        clean = scrubber.scrub(raw.decode(), scope if scope is not None else digest("text", raw))
        done = ScrubbedLines([clean.value], findings=[(_line(raw.decode(), found), found) for found in clean.findings])
        done.counts.update(clean.counts)
        result = clean.value.encode()
    _write(output, result)
    if findings:
        findings.write_bytes(dump_lines({"line": number, **found._asdict()} for number, found in done.findings))
    if as_json:
        said = {"replaced": dict(sorted(done.counts.items())), "set_aside": [{"line": n, "reason": why} for n, why in done.set_aside]}
        err.print(orjson.dumps(said).decode(), soft_wrap=True, markup=False)
    else:
        _say(done, names_note(settings.ner))
    if done.set_aside and not done.values:
        raise typer.Exit(1)


def _settings(project: Any, people: Path | None, ner: str | None) -> "PrivacySettings":
    from agentlog.build.people_file import read_people_file
    from agentlog.build.plan import privacy_settings

    settings = privacy_settings(project)
    more = read_people_file(people) if people else ()
    return settings.model_copy(update={"people": (*settings.people, *more), "ner": ner or settings.ner})


def _refuse_overwriting(*files: Path | None) -> None:
    from agentlog.errors import SettingError

    for file in files:
        if file and file.exists():
            raise SettingError(f"{file} is there already and is not overwritten")
        if file and not file.absolute().parent.is_dir():
            raise SettingError(f"{file} cannot be written: there is no folder {file.absolute().parent}")


def _read(file: str, *, text: bool) -> bytes:
    from agentlog.errors import SettingError

    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        if text:
            raw.decode()
    except OSError as error:
        raise SettingError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SettingError(f"{file} is not UTF-8 text: {error}") from error
    return raw


def _write(output: Path | None, result: bytes) -> None:
    from agentlog._io.atomic import write_file

    if output:
        write_file(output, result)
    else:
        sys.stdout.buffer.write(result)
        sys.stdout.buffer.flush()


def _line(text: str, found: "Finding") -> int:
    return text.count("\n", 0, found.start) + 1


def _say(done: "ScrubbedLines", note: str) -> None:
    kinds = ", ".join(f"{name} {number}" for name, number in sorted(done.counts.items()))
    say_note(f"replaced: {kinds or 'nothing'}. {note}")
    if done.set_aside:
        many = "1 line is" if len(done.set_aside) == 1 else f"{len(done.set_aside)} lines are"
        more = " …" if len(done.set_aside) > _SHOWN else ""
        first = "; ".join(f"line {number}: {why}" for number, why in done.set_aside[:_SHOWN])
        say_note(f"{many} set aside and not in the result: {first}{more}")
