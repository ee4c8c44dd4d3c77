"""Training screen: how a run looks on a terminal and in a log file, for the commands that train.

A terminal has a bar; where nobody watches, a line says every half a minute how far it is. With ``--json`` nothing but the one JSON value
goes to standard output. A checklist that refuses is shown as a whole, and the error line then names the failing points only.
"""

import logging
import os
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from agentlog.cli.output import err, out, say, shown
from agentlog.errors import TrainingRefusedError

if TYPE_CHECKING:
    from trainer import Listener
    from trainer.checklist import Checklist, Item

_MARKS = {"ok": "✓", "warn": "!", "refuse": "✗"}
_EVERY = 30.0
"""Seconds between two lines where there is no bar."""


def calm() -> None:
    """Keep what libraries print while loading and training off the screen, where it would tear the bar; errors still come through."""
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    warnings.simplefilter("ignore", FutureWarning)
    # It says on every start which kernels it could not fetch, also to those who train without any 4-bit copy.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)


@contextmanager
def screen(as_json: bool) -> Iterator["Listener"]:
    """A listener that shows a run while it goes on."""
    with _bar() as bar:
        listener = _listener(bar, as_json)
        try:
            yield listener
        except TrainingRefusedError as error:
            if refused := listener.refused:
                raise TrainingRefusedError(_failing(refused)) from error
            raise


def say_checklist(checklist: "Checklist") -> None:
    """The checklist as a table of two columns, with what to do below each finding, so that it can be read at any width."""
    table = Table(title="Checklist", title_justify="left", title_style="bold", box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", max_width=24)
    table.add_column(overflow="fold")
    for item in checklist.items:
        value = f"{item.value}\n→ {item.advice}" if item.advice else item.value
        style = {"ok": "", "warn": "yellow", "refuse": "bold red"}[item.verdict]
        table.add_row(shown(_MARKS[item.verdict]), shown(item.name), shown(value), style=style)
    out.print(table)
    say("")


def _failing(refused: "list[Item]") -> str:
    if len(refused) == 1:
        (item,) = refused
        return f"not trained. {item.name}: {item.value}. {item.advice}"
    points = "; ".join(f"{item.name}: {item.value}" for item in refused)
    return f"not trained, for {len(refused)} reasons. {points}. What to do about each stands in the checklist"


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=16),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
        console=err,
        transient=True,
        redirect_stdout=out.is_terminal,
        disable=not err.is_terminal,
    )


def _listener(bar: Progress, as_json: bool) -> Any:
    from trainer.listener import Checkup, Listener
    from trainer.listener import Progress as Step

    class Screen(Listener):
        """Shows a run on the terminal; with --json only what goes to standard error."""

        def __init__(self) -> None:
            self.refused: list[Item] = []
            self._task: Any = None
            self._asked: str | None = None
            # Proving the labels of many rows takes its time, and a silent screen looks like one that hangs.
            self._before: Any = bar.add_task("looking at base and data", total=None, left="")
            self._told = time.monotonic()

        def checklist(self, checklist: "Checklist") -> None:
            bar.update(self._before, visible=False)
            if not as_json:
                say_checklist(checklist)
                self.refused = checklist.refusals

        def begin(self, steps: int, done: int) -> None:
            self._task = bar.add_task("training", total=steps, completed=done, left="")
            self._told = time.monotonic()
            if done and not as_json:
                say(f"going on after step {done} of {steps}")

        def step(self, progress: Step) -> None:
            left = f"{duration(progress.remaining_seconds)} left"
            pace = f"loss {progress.loss:.4f}, {progress.targets_per_second:,.0f} target tokens/s"
            bar.update(self._task, completed=progress.step, description=pace, left=left)
            now = time.monotonic()
            if not err.is_terminal and now - self._told >= _EVERY:
                self._told = now
                err.print(f"step {progress.step} of {progress.steps}: {pace}, {left}", markup=False)

        def checkup(self, checkup: Checkup) -> None:
            if not as_json:
                # The question is the same at every check-up: it is shown once.
                _say_checkup(checkup, asked=checkup.prompt != self._asked)
                self._asked = checkup.prompt

        def warning(self, text: str) -> None:
            err.print(f"warning: {text}", markup=False, soft_wrap=True)

    return Screen()


def duration(seconds: float) -> str:
    """A time that a person can wait, in words."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _say_checkup(checkup: Any, asked: bool) -> None:
    loss = "not measured (no validation split)" if checkup.val_loss is None else f"{checkup.val_loss:.4f}"
    say(f"step {checkup.step}: validation loss {loss}")
    wide = max(40, out.width - 13)
    if asked:
        say(f"  asked     …{_line(checkup.prompt)[-wide:]}")
        say(f"  reference {_line(checkup.reference)[:wide]}")
    say(f"  answered  {_line(checkup.answer)[:wide]}")


def _line(text: str) -> str:
    return " ".join(text.split())
