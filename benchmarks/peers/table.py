"""The figures as a table: for the terminal, as Markdown for the README, and the facts of the machine that they came from.

Per arm stands the median of the rounds, with the lowest and highest. Ratios are taken within a round, then their median.
"""

import os
import platform
import statistics
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from peers.arms import ARMS

Rounds = Mapping[str, Sequence[dict[str, Any]]]
HEAD = ["", "goes to", "call µs", "× floor", "× agentlog", "CPU µs", "× floor", "× agentlog", "lost at SIGKILL", "dropped unkilled"]
NO_PEERS = ("floor", "agentlog", "naive")


def rows(rounds: Rounds, failures: Mapping[str, str]) -> list[list[str]]:
    """A row for each arm; one that could not be measured says why, in place of its figures."""
    made = []
    for name in (name for name in ARMS if name in rounds or name in failures):
        arm = ARMS[name]
        if name in failures:
            made.append([arm.name, arm.goes_to, f"not measured: {failures[name]}", *[""] * (len(HEAD) - 3)])
            continue
        figures: list[str] = []
        for what in ("p50_us", "cpu_us"):
            figures += [_middle_and_spread([one[what] for one in rounds[name]]), _times(rounds, name, "floor", what)]
            figures += [_times(rounds, name, "agentlog", what)]
        made.append([arm.name, arm.goes_to, *figures, _share(rounds[name], "lost"), _share(rounds[name], "dropped")])
    return made


def cheaper_than_agentlog(rounds: Rounds, what: str) -> list[str]:
    """The peers, so neither the floor nor the naive decorator, whose median of ``what`` is below agentlog's."""
    medians = {name: statistics.median(one[what] for one in figures) for name, figures in rounds.items()}
    return [ARMS[name].name for name in medians if name not in NO_PEERS and medians[name] < medians.get("agentlog", 0)]


def plain(rows: Iterable[Sequence[str]]) -> str:
    """Columns for a terminal; a long reason may run over the columns beside it."""
    lines = [HEAD, *rows]
    measured = [line for line in lines if line[3] or line is HEAD]
    widths = [max(len(line[column]) for line in measured) for column in range(len(HEAD))]
    widths[0] = max(len(line[0]) for line in lines)
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def markdown(rows: Iterable[Sequence[str]]) -> str:
    """The same for the README."""
    lines = [HEAD, ["---", "---", *["---:"] * (len(HEAD) - 2)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> dict[str, str]:
    """What the figures depend on besides the code."""
    names = sorted({arm.package for arm in ARMS.values() if arm.package})
    return {
        "CPU": _cpu_model(),
        "cores": str(len(os.sched_getaffinity(0))),
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        **{name: _version(name) for name in names},
    }


def _middle_and_spread(values: Sequence[float]) -> str:
    return f"{_short(statistics.median(values))} ({_short(min(values))}–{_short(max(values))})"


def _times(rounds: Rounds, name: str, beside: str, what: str) -> str:
    if beside not in rounds:
        return ""
    ratios = [one[what] / other[what] for one, other in zip(rounds[name], rounds[beside], strict=True)]
    return f"{statistics.median(ratios):.1f}"


def _share(rounds: Sequence[dict[str, Any]], what: str) -> str:
    shares = sorted(one[what] for one in rounds)
    middle = f"{statistics.median(shares):.1%}" if shares[-1] else "0"
    return middle if shares[0] == shares[-1] else f"{middle} ({shares[0]:.0%}–{shares[-1]:.0%})"


def _short(value: float) -> str:
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or "unknown"
