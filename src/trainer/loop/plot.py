"""Plot: a run's loss as a picture in its folder, ``loss.svg``, drawn from ``metrics.jsonl`` while the run goes on and once it is over.

The loss of each step and its running median, the validation loss of each check-up, and the step whose adapter is kept. One file that needs
nothing from anywhere, follows the reader's light or dark setting, and is the same bytes for the same numbers. A picture is a comfort:
where matplotlib is missing or the disk is full, the run is told so once and goes on.
"""

import io
import itertools
import math
import re
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from statistics import median
from typing import Any

from agentlog._extras import require
from agentlog._io.atomic import write_file
from agentlog._io.jsonl import Line, read_lines
from agentlog.errors import MissingExtraError
from trainer.checklist import Checklist
from trainer.listener import Checkup, Listener, Progress

PLOT = "loss.svg"
_POINTS = 2000
"""The most steps that are drawn one by one; of more, each point is the mean of its neighbours."""
_SHARE = 0.01
"""The most of a run's time that may go into pictures of it."""
_INK, _MUTED, _LINE, _TRAIN, _VAL = (f"#01020{digit}" for digit in range(5))
_NAMES = {
    _INK: "var(--ink)",
    _MUTED: "var(--muted)",
    _LINE: "var(--line)",
    _TRAIN: "var(--train)",
    _VAL: "var(--val)",
}
_STYLE = """<style>
svg { color-scheme: light dark; --back: #fbfbfd; --ink: #1b2130; --muted: #5d667a; --line: #e2e6ef; --train: #3a68d8; --val: #c47a12;
  background: var(--back); font-family: system-ui, -apple-system, "Segoe UI", sans-serif }
@media (prefers-color-scheme: dark) { svg { --back: #12151c; --ink: #e6e9f1; --muted: #9aa4b8; --line: #2c3342; --train: #7d9ff5;
  --val: #e0a243 } }
</style>"""
_SETTINGS = {"svg.fonttype": "none", "text.parse_math": False, "font.family": "DejaVu Sans", "font.size": 9, "axes.unicode_minus": False}


@dataclass(frozen=True, slots=True)
class Curve:
    """What is drawn: ``(step, loss)`` of the training and of the check-ups, oldest first."""

    train: list[tuple[int, float]]
    val: list[tuple[int, float]]

    @classmethod
    def of(cls, metrics: Path) -> "Curve":
        """What a run has written down; a line that is torn, or whose loss is no number, is left out."""
        lines = [line.value for line in read_lines(metrics) if isinstance(line, Line)] if metrics.is_file() else []
        return cls(_points(lines, "step", "loss"), _points(lines, "checkup", "val_loss"))


def smoothed(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The running median of a curve over about its last twentieth: unlike a mean, it is not dragged along by one leap."""
    width = max(5, len(points) // 20)
    return [(step, median(loss for _, loss in points[max(0, at + 1 - width) : at + 1])) for at, (step, _) in enumerate(points)]


def loss_plot(title: str, curve: Curve, kept: int | None = None) -> str:
    """The picture as SVG; ``kept`` is the step whose adapter is published.

    Raises:
        MissingExtraError: matplotlib is not installed.
    """
    matplotlib = require("matplotlib", "train")
    figures = require("matplotlib.figure", "train")
    with matplotlib.rc_context(), warnings.catch_warnings():
        # A letter that its font has not is no matter: the reader's font draws the text.
        warnings.simplefilter("ignore")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**_SETTINGS, "svg.hashsalt": "loss"})
        figure = figures.Figure(figsize=(7.6, 3.6))
        axes = figure.add_axes((0.075, 0.125, 0.905, 0.7))
        _draw(axes, curve, kept)
        axes.set_title(_short(title), loc="left", color=_INK, fontsize=10, pad=23)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return _svg(out.getvalue(), title)


class Plotting(Listener):
    """Passes on whatever it hears, and draws the run at its check-ups and at its end."""

    def __init__(self, run: Path, metrics: str, inner: Listener) -> None:
        self._run, self._metrics, self._inner = run, run / metrics, inner
        self._next, self._told = 0.0, False

    def checklist(self, checklist: Checklist) -> None:
        self._inner.checklist(checklist)

    def begin(self, steps: int, done: int) -> None:
        self._inner.begin(steps, done)

    def step(self, progress: Progress) -> None:
        self._inner.step(progress)

    def warning(self, text: str) -> None:
        self._inner.warning(text)

    def checkup(self, checkup: Checkup) -> None:
        self._inner.checkup(checkup)
        if checkup.step and time.monotonic() >= self._next:
            self.draw()

    def end(self) -> None:
        self._inner.end()
        self.draw()

    def draw(self, kept: int | None = None) -> Path | None:
        """Draw the run as it stands; none if that cannot be done here, which the listener hears of once."""
        started = time.monotonic()
        try:
            curve = Curve.of(self._metrics)
            if not curve.train and not curve.val:
                return None
            write_file(self._run / PLOT, loss_plot(f"Loss of {self._run.name}", curve, kept).encode())
        except (MissingExtraError, OSError) as error:
            if not self._told:
                self._inner.warning(f"no loss plot: {error}")
            self._told = True
            return None
        finally:
            now = time.monotonic()
            self._next = now + (now - started) / _SHARE
        return self._run / PLOT


def _points(lines: list[Any], event: str, name: str) -> list[tuple[int, float]]:
    found = ((line.get("step"), line.get(name)) for line in lines if isinstance(line, dict) and line.get("event") == event)
    return [(step, loss) for step, loss in found if isinstance(step, int) and isinstance(loss, int | float) and math.isfinite(loss)]


def _thinned(points: list[tuple[int, float]]) -> list[tuple[float, float]]:
    width = -(-len(points) // _POINTS)
    if width <= 1:
        return [(float(step), loss) for step, loss in points]
    groups = (points[first : first + width] for first in range(0, len(points), width))
    return [(sum(step for step, _ in group) / len(group), sum(loss for _, loss in group) / len(group)) for group in groups]


def _draw(axes: Any, curve: Curve, kept: int | None) -> None:
    bottom, top = _range(curve)
    if curve.train:
        raw = _thinned(curve.train)
        axes.plot(*_columns(raw), color=_TRAIN, linewidth=0.9, alpha=0.4, marker="." if len(raw) == 1 else "", label="training, each step")
        axes.plot(*_columns(smoothed(raw)), color=_TRAIN, linewidth=1.8, label="training, running median")
        if high := [step for step, loss in curve.train if loss > top]:
            axes.plot(
                high,
                [top - 0.015 * (top - bottom)] * len(high),
                linestyle="",
                marker="^",
                markersize=5,
                color=_TRAIN,
                label="above the picture",
            )
    if curve.val:
        axes.plot(*_columns(curve.val), color=_VAL, linewidth=1.3, marker="o", markersize=4.5, label="validation")
    if kept is not None:
        axes.axvline(kept, color=_MUTED, linewidth=1.1, linestyle=(0, (4, 3)), label=f"kept: step {kept}")
    axes.set_ylim(bottom=bottom, top=top)
    axes.set_xlabel("optimizer step", color=_MUTED, fontsize=8)
    axes.set_ylabel("loss per target token, nats", color=_MUTED, fontsize=8)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.tick_params(color=_LINE, labelcolor=_MUTED, labelsize=8)
    axes.grid(axis="y", color=_LINE, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.set_facecolor("none")
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(_LINE)
    # Above the picture, where it hides no part of a curve.
    place = {"loc": "lower left", "bbox_to_anchor": (-0.01, 0.99), "ncols": 5, "columnspacing": 1.4, "handlelength": 1.8}
    axes.legend(frameon=False, fontsize=7.5, labelcolor=_INK, **place)


def _range(curve: Curve) -> tuple[float, float]:
    """The lowest and the highest loss of the picture.

    One leap must not press everything else flat, so what lies far above is marked at the edge; and a curve that lies as a whole far above
    zero does not begin there.
    """
    losses = sorted(loss for _, loss in itertools.chain(curve.train, curve.val))
    usual = max([losses[int(0.98 * (len(losses) - 1))], *(loss for _, loss in curve.val)])
    least, most = losses[0], losses[-1] if losses[-1] <= 2.5 * usual else 1.5 * usual
    bottom = 0.0 if least < 0.6 * most or least == most else least - 0.2 * (most - least)
    return bottom, most + 0.12 * (most - bottom) or 1.0


def _columns(points: list[Any]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def _short(title: str) -> str:
    line = " ".join(title.split())
    return line if len(line) <= 90 else line[:89] + "…"


def _svg(drawn: str, title: str) -> str:
    """The figure as a file of its own, with colours that a reader's setting fills in."""
    box = re.search(r'viewBox="[^"]*"', drawn)
    inner = drawn[drawn.index(">", drawn.index("<svg")) + 1 : drawn.rindex("</svg>")]
    inner = re.sub(r"<metadata>.*?</metadata>", "", inner, flags=re.DOTALL)
    inner = re.sub(r'<g id="[^"]*"', "<g", inner)
    inner = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", re.sub(r" font-family: [^;\"]*;", "", inner))
    inner = re.sub(r"#01020[0-4]", lambda found: _NAMES[found[0]], inner)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" {box[0] if box else ""}>'
    return f"{head}\n<title>{escape(title)}</title>\n{_STYLE}\n{inner.strip()}\n</svg>\n"
