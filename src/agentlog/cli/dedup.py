"""``agentlog dedup``: near-duplicates out of any JSON lines."""

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from agentlog.cli.output import err

app = typer.Typer(add_completion=False)


@app.command()
def dedup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines, plain or compressed.")],
    field: Annotated[str, typer.Option(metavar="NAME", help="The field whose text is compared.")],
    threshold: Annotated[float, typer.Option(help="The least Jaccard similarity of near-duplicates.")] = 0.8,
    ngram: Annotated[int, typer.Option(help="Words per shingle.")] = 5,
    clusters: Annotated[Path | None, typer.Option(metavar="F", help="Write line number and cluster of each line as JSON lines.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print counts as one JSON value to standard error.")] = False,
) -> None:
    """Print the lines of FILE without near-duplicates; of each cluster the first stays."""
    import orjson

    from agentlog._io.jsonl import BadLine, dump_lines, read_lines
    from agentlog.errors import SettingError
    from agentlog.stages.dedup_near import near_duplicates

    if clusters and clusters.exists():
        raise SettingError(f"{clusters} is there already and is not overwritten")
    try:
        lines = list(read_lines(file))
    except OSError as error:
        raise SettingError(f"{file} cannot be read: {error.strerror}") from error
    good = [
        line for line in lines if not isinstance(line, BadLine) and isinstance(line.value, dict) and isinstance(line.value.get(field), str)
    ]
    if not good:
        raise SettingError(f"{file}: no line is an object with a text in field {field!r}")
    labels = near_duplicates([line.value[field] for line in good], threshold, ngram)
    kept = [line.value for place, line in enumerate(good) if labels[place] == place]
    sys.stdout.buffer.write(dump_lines(kept))
    sys.stdout.buffer.flush()
    if clusters:
        clusters.write_bytes(
            dump_lines({"line": line.number, "cluster": good[label].number} for line, label in zip(good, labels, strict=True))
        )
    counts = {
        "texts": len(good),
        "kept": len(kept),
        "near_duplicates": len(good) - len(kept),
        "clusters": sum(number > 1 for number in Counter(labels).values()),
        "set_aside": len(lines) - len(good),
    }
    if as_json:
        err.print(orjson.dumps(counts).decode(), soft_wrap=True)
        return
    err.print(
        f"{counts['texts']} texts, {counts['kept']} kept, {counts['near_duplicates']} near-duplicates in {counts['clusters']} clusters, "
        f"{counts['set_aside']} lines set aside",
        soft_wrap=True,
    )
