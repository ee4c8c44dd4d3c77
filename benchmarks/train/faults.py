"""Faults injected into good trainings are refused or stopped with a reason in one line, and good trainings run.

    python -m benchmarks.train.faults [--only WORDS]

Each case has a folder of its own with a tiny model, a dataset and agentlog.yaml, does one thing to it, and runs the real command. A fault
is met if the command ends with code 1, exactly one line that says why, no traceback and no adapter, and the right words stand in that line
or, where it counts several reasons, in the checklist above it. What only ends a run early must say why and keep the best adapter. Exits
with 1 if a fault passes or a control is refused.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")

from benchmarks.train.cases import CONTROLS, FAULTS
from benchmarks.train.cases.case import Case
from benchmarks.train.cases.world import world
from tests.trainer.tiny import make_base

FAULTS_WANTED, CONTROLS_WANTED = 30, 10


class Row(NamedTuple):
    """A case as the table shows it; ``wrong`` is empty where all is as it must be."""

    name: str
    met: str
    reason: str
    wrong: str


def play(case: Case, scratch: Path, base: Path) -> Row:
    """Tell a case's story in a fresh world, and judge its end."""
    try:
        with world(scratch, base) as place:
            ran = case.story(place)
            # Paths of a scratch folder say nothing to a reader.
            reason = (
                ([*ran.reasons, ran.ended] if case.keeps else ran.reasons or [""])[-1].replace(str(place.root) + "/", "").replace("|", "/")
            )
    except Exception as error:  # noqa: BLE001 - a case that breaks is shown as such, and the others go on
        return Row(case.name, "", "", f"{type(error).__name__}: {error}")
    if case.says:
        return Row(case.name, ran.met, reason, case.wrong_with(ran))
    return Row(case.name, "", "", f"refused: {reason}{ran.bug}" if ran.code else "")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", default="", help="cases whose names have these words")
    asked = options.parse_args()
    begun = time.monotonic()
    rows: dict[str, list[Row]] = {"fault": [], "control": []}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        base = make_base(scratch / "base")
        for kind, cases in (("fault", FAULTS), ("control", CONTROLS)):
            print(f"| {kind} | " + ("met at | reason as printed |" if kind == "fault" else "verdict |"))
            print("|---|---|" + ("---|" if kind == "fault" else ""))
            for case in cases:
                if asked.only in case.name:
                    row = play(case, scratch, base)
                    rows[kind].append(row)
                    print(_line(kind, row), flush=True)
            print()
    met, ran = ([row for row in rows[kind] if not row.wrong] for kind in ("fault", "control"))
    shares = f"{len(met)} of {len(rows['fault'])} faults met, {len(ran)} of {len(rows['control'])} controls ran"
    print(f"{shares} (reach: all, of {FAULTS_WANTED} or more and {CONTROLS_WANTED} or more); {time.monotonic() - begun:.0f} s")
    sys.exit(len(met) < len(rows["fault"]) or len(ran) < len(rows["control"]))


def _line(kind: str, row: Row) -> str:
    if kind == "control":
        return f"| {row.name} | {f'**REFUSED OR WRONG**: {row.wrong}' if row.wrong else 'ran'} |"
    shown = row.reason if len(row.reason) <= 300 else row.reason[:299] + "…"
    return f"| {row.name} | {f'**NOT MET**: {row.wrong}' if row.wrong else row.met} | {shown} |"


if __name__ == "__main__":
    main()
