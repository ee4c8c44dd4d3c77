"""``agentlog scrub``: secrets and personal data out of a file or a stream."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from agentlog.cli.output import DataOption, err

app = typer.Typer(add_completion=False)


@app.command()
def scrub(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="What to read; - is standard input.")] = "-",
    jsonl: Annotated[bool, typer.Option("--jsonl", help="The input is JSON lines: keep their structure.")] = False,
    findings: Annotated[Path | None, typer.Option(metavar="F", help="Write what was found, never the value, as JSON lines.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print counts as one JSON value to standard error.")] = False,
    data: DataOption = None,
) -> None:
    """Replace secrets and personal data by stand-ins; the result goes to standard output."""
    import orjson

    from agentlog._io.jsonl import dump_lines
    from agentlog.build.key import build_key
    from agentlog.build.plan import people_of
    from agentlog.errors import SettingError
    from agentlog.project import load_project
    from agentlog.stages.redact import NAMES_NOTE
    from agentlog.stages.scrub import scrub as scrub_value

    project = load_project(data=data)
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        # Not str.splitlines, which also splits at line separators within a JSON text.
        value: Any = [orjson.loads(line) for line in raw.split(b"\n") if line.strip()] if jsonl else raw.decode()
    except OSError as error:
        raise SettingError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise SettingError(f"{file} is not {'JSON lines' if jsonl else 'UTF-8 text'}: {error}") from error
    if findings and findings.exists():
        raise SettingError(f"{findings} is there already and is not overwritten")
    said = project.scrub
    clean = scrub_value(
        value, key=build_key(project.data), scope="scrub", allow=said.allow, people=people_of(project), locales=said.locales
    )
    sys.stdout.buffer.write(dump_lines(clean.value) if jsonl else clean.value.encode())
    sys.stdout.buffer.flush()
    if findings:
        findings.write_bytes(dump_lines({"entity": f.entity, "recogniser": f.recogniser, "score": f.score} for f in clean.findings))
    if as_json:
        err.print(orjson.dumps(clean.counts).decode(), soft_wrap=True)
    else:
        err.print(
            f"replaced: {', '.join(f'{name} {number}' for name, number in clean.counts.items()) or 'nothing'}. {NAMES_NOTE}", soft_wrap=True
        )
