"""A million interactions of 2 KB with results and feedback: the full build for one role, in time and memory.

Reach: at most 10 minutes and 3 GB resident (all processes together) on two cores, and at most 11 times the time of a tenth of it.

The log is that of `benchmarks.build.log`. Both sizes are built from nothing, by the engine ``process`` with two workers, each in a process
of its own; ``--calls`` makes it smaller. With ``--keep FOLDER`` the logs stay, so that they need not be made again.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.build.building import Build, build, prepared
from benchmarks.build.log import write_log

MINUTES, GIGABYTES, RATIO = 10, 3.0, 11.0


def show(calls: int, made: Build) -> None:
    """One build in a few lines."""
    print(f"\n{calls:,} calls: {made.seconds:.1f} s, {made.resident / 1e9:.2f} GB resident, {made.seconds / calls * 1e6:.0f} µs a call")
    print("  " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in made.said["stages"].items() if seconds >= 0.05))
    for step in made.said["funnel"]:
        went = f"{step['answers_in']:>9,} → {step['answers_out']:>9,} answers in {step['rows_out']:>9,} rows"
        print(f"  {step['stage']:<14} {went}  {step['dropped'] or ''}")
    print(f"  {made.said['checks']}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--calls", type=int, default=1_000_000)
    options.add_argument("--keep", type=Path)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        made = {}
        for calls in (asked.calls // 10, asked.calls):
            data = prepared((asked.keep or Path(scratch)) / f"{calls}")
            if not (data / "log").exists():
                write_log(data, calls)
            made[calls] = build(data, engine="process", workers=2)
            show(calls, made[calls])
    small, large = made.values()
    ratio = large.seconds / small.seconds
    goals = {
        f"{large.seconds / 60:.1f} minutes (goal: {MINUTES})": large.seconds <= MINUTES * 60,
        f"{large.resident / 1e9:.2f} GB resident (goal: {GIGABYTES:g})": large.resident <= GIGABYTES * 1e9,
        f"10 times the data in {ratio:.1f} times the time (goal: {RATIO:g})": ratio <= RATIO,
    }
    print()
    for goal, reached in goals.items():
        print(f"{'reached' if reached else 'MISSED '}  {goal}")
    sys.exit(not all(goals.values()))


if __name__ == "__main__":
    main()
