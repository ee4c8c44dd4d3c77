"""What all commands share in speaking: tables, JSON, errors, progress, and what to say when stopped.

Results go to standard output, everything else to standard error, so that ``--json`` can be piped. With ``--json`` a command prints one
JSON value and no table.
"""

import os
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

DataOption = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Where logs, datasets and adapters live.", show_default="data in agentlog.yaml")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value instead of tables.")]

# What goes into a file or a pipe is as wide as its tables are, within reason: 80 columns there would only break ids apart.
_piped = not (sys.stdout and sys.stdout.isatty()) and "COLUMNS" not in os.environ
out = Console(highlight=False, soft_wrap=False, width=160 if _piped else None)
err = Console(stderr=True, highlight=False)

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_go_on = ["nothing half-written is listed: run the same command again"]


class Stopped(BaseException):
    """Ctrl-C or SIGTERM asked the process to end. Not a KeyboardInterrupt, which the option parser would turn into a bare exit."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def when_stopped(advice: str) -> None:
    """Say what a user should do if this command is stopped from now on."""
    _go_on[0] = advice


def how_to_go_on() -> str:
    """The advice of the running command."""
    return _go_on[0]


def say_error(message: str) -> None:
    """One line on standard error."""
    err.print(Text.assemble(("agentlog: ", "bold red"), shown(one_line(message))), soft_wrap=True)


def say_note(message: str) -> None:
    """A line about the result, on standard error."""
    err.print(shown(message), soft_wrap=True)


def say(message: str) -> None:
    """A line of result, never cut, and never interpreted as markup or by the terminal."""
    out.print(shown(message), soft_wrap=True)


def one_line(text: str, most: int | None = None) -> str:
    """A text in one line, and of no more characters than that: roles may be whole paragraphs."""
    line = " ".join(text.split())
    return line if most is None or len(line) <= most else line[: most - 1] + "…"


def shown(text: str) -> Text:
    """A text as it is: neither markup nor commands to a terminal."""
    # What agents and tools have printed may hold commands to a terminal; here they are only shown.
    return Text(_CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text))


def say_json(value: Any) -> None:
    """One JSON value on standard output."""
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS, default=str).decode())


def say_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], right: Iterable[int] = (), whole: Iterable[int] = ()
) -> None:
    """A table; ``right`` are the columns of numbers, ``whole`` those of ids, which stay in one piece so that they can be copied."""
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False)
    numbers, ids = set(right), set(whole)
    for position, column in enumerate(columns):
        table.add_column(column, justify="right" if position in numbers else "left", overflow="fold", no_wrap=position in ids)
    for row in rows:
        table.add_row(*(shown("" if cell is None else str(cell)) for cell in row))
    out.print(table)


class _Rate(ProgressColumn):
    """How much is done in a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f}/s" if task.speed and task.speed >= 1 else "")


def progress() -> Progress:
    """A progress bar on standard error that vanishes when done; silent where nobody watches."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        # What a command prints meanwhile goes where results go, above the bar only if both are on the same screen.
        redirect_stdout=sys.stdout.isatty(),
        disable=not err.is_terminal,
    )
