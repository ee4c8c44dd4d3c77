"""The charts of a report, drawn by matplotlib as SVG that lies inside the page.

Equal numbers give equal bytes: no date, no random id, none of the reader's own settings of matplotlib. Colours are names that the page
fills in for light, dark and paper, text stays text in the page's own font, and a title says what a chart shows to those who cannot see it.
What comes from the log is only ever text: never a formula of matplotlib's, never markup.
"""

import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from agentlog._extras import require
from agentlog.build.report.page import UNSHOWABLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK, _MUTED, _LINE, _ACCENT, _SECOND, _SOFT, _GOOD, _BAD = (f"#01020{digit}" for digit in range(8))
_COLOURS = {
    _INK: "var(--ink)",
    _MUTED: "var(--muted)",
    _LINE: "var(--line)",
    _ACCENT: "var(--accent)",
    _SECOND: "var(--second)",
    _SOFT: "var(--soft)",
    _GOOD: "var(--good)",
    _BAD: "var(--bad)",
}
_SETTINGS = {"svg.fonttype": "none", "text.parse_math": False, "font.family": "DejaVu Sans", "font.size": 9, "axes.unicode_minus": False}
_LABEL = 26
HALF, WIDE = 5.0, 7.6
"""Widths in inches: of a chart beside another, and of one that has the page to itself."""


class Bar(NamedTuple):
    """A bar: what it is of, how long it is, what is lost or added behind it, and what is written at its end."""

    label: str
    value: float
    behind: float = 0.0
    note: str = ""


class Score(NamedTuple):
    """A score from 0 to 1, the interval that it may lie in, and the least that a gate asks."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    least: float | None = None


def bars(title: str, given: Sequence[Bar], *, most: float | None = None, width: float = HALF) -> str:
    """Horizontal bars, the first on top."""
    with _drawing() as drawn:
        figure, axes = _rows_of(drawn, [bar.label for bar in given], width)
        places = range(len(given))
        ends = [bar.value + bar.behind for bar in given]
        axes.barh(places, [bar.value for bar in given], height=0.62, color=_ACCENT)
        axes.barh(places, [bar.behind for bar in given], left=[bar.value for bar in given], height=0.62, color=_SOFT)
        limit = most or max([*ends, 1e-9])
        notes = [_label(bar.note or f"{bar.value:,g}") for bar in given]
        # What is written at the end of the longest bar needs room too: eight hundredths of an inch a letter.
        room = (0.08 * max(map(len, notes)) + 0.1) / (axes.get_position().width * width)
        axes.set_xlim(0, limit / (1 - min(room, 0.6)))
        for place, note, end in zip(places, notes, ends, strict=True):
            axes.text(end + limit * 0.015, place, note, va="center", color=_MUTED, fontsize=8)
        return _svg(figure, title)


def scores(title: str, given: Sequence[Score]) -> str:
    """Scores as bars from 0 to 1, with the interval as a line and the least that is asked as a mark."""
    with _drawing() as drawn:
        figure, axes = _rows_of(drawn, [score.name for score in given], WIDE)
        axes.set_xlim(0, 1.12)
        for place, score in enumerate(given):
            axes.barh(place, 1, height=0.5, color=_SOFT)
            if score.value is None:
                axes.text(0.01, place, "not measured", va="center", color=_MUTED, fontsize=8)
                continue
            failed = score.least is not None and score.value < score.least
            axes.barh(place, score.value, height=0.5, color=_BAD if failed else _ACCENT)
            if score.low is not None and score.high is not None:
                axes.plot([score.low, score.high], [place, place], color=_INK, linewidth=1.2, marker="|", markersize=7)
            axes.text(1.015, place, f"{score.value:.3f}", va="center", color=_INK)
        for place, score in enumerate(given):
            if score.least is not None:
                axes.plot([score.least, score.least], [place - 0.36, place + 0.36], color=_SECOND, linewidth=2.4)
        return _svg(figure, title)


def histograms(title: str, given: Mapping[str, Mapping[str, Any] | None], unit: str) -> str:
    """Histograms over one logarithmic axis of lengths, one above the other, each with a mark at its median."""
    parts = {name: part for name, part in given.items() if part}
    if not parts:
        return ""
    with _drawing() as drawn:
        figure = drawn.Figure(figsize=(WIDE, 0.95 * len(parts) + 0.55))
        lowest = max(min(part["edges"][0] for part in parts.values()), 1)
        highest = max(part["edges"][-1] for part in parts.values())
        for place, (name, part) in enumerate(parts.items()):
            height = 0.95 * len(parts) + 0.55
            axes = figure.add_axes((0.09, (0.5 + 0.95 * (len(parts) - 1 - place)) / height, 0.9, 0.78 / height))
            edges = [max(edge, 0.7) for edge in part["edges"]]
            axes.bar(edges[:-1], part["counts"], width=[b - a for a, b in pairwise(edges)], align="edge", color=_ACCENT)
            axes.axvline(max(part["median"], 0.7), color=_SECOND, linewidth=1.6)
            axes.set_xscale("log")
            axes.set_xlim(lowest * 0.9, max(highest, lowest * 2) * 1.1)
            axes.set_ylabel(name, rotation=0, ha="right", va="center", color=_INK)
            last = place == len(parts) - 1
            _ticks(axes, drawn, lowest, highest, labelled=last)
            if last:
                axes.set_xlabel(unit, color=_MUTED, fontsize=8)
            _bare(axes, keep=("bottom",))
            axes.set_yticks([])
        return _svg(figure, title)


def _ticks(axes: "Axes", drawn: "_Drawn", lowest: float, highest: float, *, labelled: bool) -> None:
    """Marks at 1, 10, 100 …, with 2 and 5 between them where there are few."""
    steps = (1, 2, 5) if highest / lowest < 200 else (1,)
    marks = [step * 10**power for power in range(9) for step in steps if lowest * 0.9 <= step * 10**power <= highest * 1.1]
    axes.xaxis.set_major_locator(drawn.FixedLocator(marks))
    axes.xaxis.set_major_formatter(drawn.FuncFormatter(lambda value, _: f"{value:,.0f}" if labelled else ""))
    axes.xaxis.set_minor_locator(drawn.NullLocator())
    axes.tick_params(axis="x", color=_LINE, labelcolor=_MUTED, labelsize=8)


class _Drawn(NamedTuple):
    """What is used of matplotlib."""

    Figure: Any
    FixedLocator: Any
    FuncFormatter: Any
    NullLocator: Any


@contextmanager
def _drawing() -> Iterator[_Drawn]:
    """Matplotlib with its own settings and ours, and none of the user's."""
    matplotlib = require("matplotlib", "build")
    ticker = require("matplotlib.ticker", "build")
    with matplotlib.rc_context(), warnings.catch_warnings():
        # A letter that its font has not is no matter: the page's font draws the text.
        warnings.simplefilter("ignore")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        figure = require("matplotlib.figure", "build").Figure
        yield _Drawn(figure, ticker.FixedLocator, ticker.FuncFormatter, ticker.NullLocator)


def _rows_of(drawn: _Drawn, labels: Sequence[str], width: float) -> tuple["Figure", "Axes"]:
    """Axes with one named row for each label, from the top down."""
    height = 0.27 * len(labels) + 0.1
    shown = [_label(label) for label in labels]
    left = min(0.45, (0.085 * max(map(len, shown), default=1) + 0.12) / width)
    figure: Figure = drawn.Figure(figsize=(width, height))
    axes = figure.add_axes((left, 0.05 / height, 1 - left, 1 - 0.1 / height))
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_yticks(range(len(labels)), shown)
    axes.tick_params(axis="y", length=0, labelcolor=_INK)
    axes.set_xticks([])
    _bare(axes)
    return figure, axes


def _bare(axes: "Axes", keep: Sequence[str] = ()) -> None:
    axes.set_facecolor("none")
    for side, spine in axes.spines.items():
        spine.set_visible(side in keep)
        spine.set_color(_LINE)


def _label(text: str) -> str:
    """One short line, without what an SVG cannot hold."""
    line = " ".join(UNSHOWABLE.sub("\ufffd", " ".join(text.split())).split())
    return line if len(line) <= _LABEL else line[: _LABEL - 1] + "…"


def _svg(figure: "Figure", title: str) -> str:
    """The figure as an element of the page."""
    import matplotlib

    # Ids of two charts must not meet in one page.
    matplotlib.rcParams["svg.hashsalt"] = title
    out = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(out, format="svg", transparent=True, metadata=nothing)
    drawn = out.getvalue()
    box = re.search(r'viewBox="[^"]*"', drawn)
    inner = drawn[drawn.index(">", drawn.index("<svg")) + 1 : drawn.rindex("</svg>")]
    inner = re.sub(r'<g id="[^"]*"', "<g", inner)
    inner = re.sub(r" font-family: [^;\"]*;", "", inner)
    inner = re.sub(r"#01020[0-7]", lambda found: _COLOURS[found[0]], inner)
    inner = re.sub(r"\n\s*", "\n", inner).replace("xlink:href", "href")
    return f'<figure><svg role="img" {box[0] if box else ""}><title>{escape(title)}</title>{inner.strip()}</svg></figure>'
