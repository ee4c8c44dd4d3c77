"""``agentlog dedup``: near-duplicates out of any JSON lines."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agentlog.cli.output import err, progress, say_note

if TYPE_CHECKING:
    from agentlog.stages.near_index import NearIndex
    from agentlog.stages.near_lines import NearLines

app = typer.Typer(add_completion=False)


@app.command()
def dedup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines, plain or compressed.")],
    field: Annotated[str, typer.Option(metavar="NAME", help="The field whose text is compared; dots lead into objects.")],
    threshold: Annotated[float, typer.Option(help="The least Jaccard similarity of near-duplicates.")] = 0.8,
    ngram: Annotated[int, typer.Option(help="Words per shingle.")] = 5,
    clusters: Annotated[Path | None, typer.Option(metavar="F", help="Write line number and cluster of each line as JSON lines.")] = None,
    index: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Drop lines near to what this index knows, too, and add those kept.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="OUT", help="Write to a new file, not to the screen.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print counts as one JSON value to standard error.")] = False,
) -> None:
    """Print the lines of FILE without near-duplicates, as they stand; of each cluster the first stays."""
    import orjson

    from agentlog._io.lock import locked
    from agentlog.errors import SettingError
    from agentlog.stages.near_index import NearIndex
    from agentlog.stages.near_lines import read_near_lines

    _refuse_overwriting(clusters, output)
    if not 0 < threshold <= 1 or ngram < 1:
        raise SettingError(f"threshold must be in (0, 1] and ngram at least 1, not {threshold} and {ngram}")
    try:
        lines = read_near_lines(file, field)
    except OSError as error:
        raise SettingError(f"{file} cannot be read: {error.strerror}") from error
    if not lines.raw:
        raise SettingError(f"{file}: no line is a JSON object with a text in field {field!r}; `jq -c '.[]'` makes lines of a JSON list")
    if index is None:
        _find(lines, field, threshold, ngram, None)
        _write(lines, output, clusters)
    else:
        try:
            with locked(index / ".lock", lambda: say_note(f"{index} is in use: waiting")):
                known = NearIndex(index, threshold, ngram)
                _find(lines, field, threshold, ngram, known)
                _write(lines, output, clusters)
                _remember(lines, field, file, known)
        except OSError as error:
            raise SettingError(f"{index} cannot be used: {error.strerror}") from error
    counts = lines.counts()
    if as_json:
        err.print(orjson.dumps(counts).decode(), soft_wrap=True)
        return
    clustered = f"{counts['near_duplicates']} near-duplicates in {counts['clusters']} clusters"
    indexed = f"{counts['near_indexed']} near to what the index knows, " if index else ""
    say_note(f"{counts['texts']} texts, {counts['kept']} kept, {clustered}, {indexed}{counts['set_aside']} lines set aside")


def _find(lines: "NearLines", field: str, threshold: float, ngram: int, index: "NearIndex | None") -> None:
    from agentlog.stages.near_lines import find_near_lines

    with progress() as bar:
        task = bar.add_task("texts compared", total=len(lines.raw))
        find_near_lines(lines, field, threshold, ngram, index, lambda more: bar.advance(task, more))


def _remember(lines: "NearLines", field: str, file: Path, index: "NearIndex") -> None:
    from agentlog.stages.near_lines import remember

    remember(lines, field, file.name, index)


def _refuse_overwriting(*files: Path | None) -> None:
    from agentlog.errors import SettingError

    for file in files:
        if file and file.exists():
            raise SettingError(f"{file} is there already and is not overwritten")
        if file and not file.absolute().parent.is_dir():
            raise SettingError(f"{file} cannot be written: there is no folder {file.absolute().parent}")


def _write(lines: "NearLines", output: Path | None, clusters: Path | None) -> None:
    from agentlog._io.atomic import write_file
    from agentlog._io.jsonl import dump_lines

    if output:
        write_file(output, b"".join(lines.kept()))
    else:
        sys.stdout.buffer.writelines(lines.kept())
        sys.stdout.buffer.flush()
    if clusters:
        write_file(clusters, dump_lines(lines.clusters()))
