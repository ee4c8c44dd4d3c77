"""Target tokens a second in one run, beside TRL's SFTTrainer and a plain transformers Trainer, on the same rows in the same steps.

A target token is one that a model must generate, counted once per answer. Arms take turns in rounds, each in a process of its own on all
cores; every job is one optimizer step on a model of random weights with the library's default adapter, after a step that is not counted.

    folded        sessions of ten calls, one row each: against a plain Trainer and TRL, both tuned
    logged        the same sessions as ten logged calls each, which is what TRL's defaults are given
    single        single-turn rows with long prompts: against a plain Trainer, tuned
    reasoning     sessions whose template leaves old thoughts out, so that each call is a row: against a plain Trainer, tuned

The rows of a role begin with its system prompt and tools, and ours lays these out once; "-apart" are the same rows with nothing shared,
measured to show what remains, without a goal. Ours is carried out as the library decides by itself. The rivals are tuned: precision (full,
half, half by autocast), rows of a pass, and flattening where the trainer has it, whichever was fastest on these very rows; rows of like
length together; labels given; no checkpointing.

    python -m benchmarks.train.speed [--shape small|large] [--workload NAME] [--rounds 3] [--quick]
"""

import argparse
import os
import platform
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.train.arms import ours
from benchmarks.train.arms.timing import Setting
from benchmarks.train.shapes import SHAPES
from benchmarks.train.worker import Worker, make_workload

SIZES = {
    "small": {"folded": 4, "folded-apart": 4, "logged": 1, "single": 8, "single-apart": 8, "reasoning": 1},
    "large": {"folded": 2, "folded-apart": 2, "logged": 1, "single": 4, "single-apart": 4, "reasoning": 1},
}
"""Rows or sessions of a step. The defaults of TRL take minutes for one session of the larger shape."""
RIVALS: dict[str, dict[str, float | None]] = {
    "folded": {"plain": 1.5, "trl": 3.0},
    "folded-apart": {"plain": None, "trl": None},
    "logged": {"trl-default": 30.0},
    "single": {"plain": 1.7},
    "single-apart": {"plain": None},
    "reasoning": {"plain": 2.5},
}
"""Who is raced on what, and how many times as fast ours should be."""
ROWS_OF_A_PASS = {"small": (2,), "large": (2,)}
"""Besides one: more logits than these make would not fit into the memory of a laptop."""
DEFAULT_LENGTH = 1024
"""TRL's default maximum length, beyond which it cuts rows off."""


@dataclass
class Race:
    """One workload on one shape: target tokens a second of each arm and round."""

    shape: str
    workload: str
    rates: dict[str, list[float]] = field(default_factory=dict)
    settings: dict[str, Setting] = field(default_factory=dict)
    losses: dict[str, float] = field(default_factory=dict)


def main() -> None:
    given = _arguments()
    print(f"{_processor()}; rounds: {given.rounds}")
    print(
        f"{'shape':7}{'workload':14}{'against':13}{'theirs/s':>9}{'ours/s':>9}{'times':>7}   {'spread':14}{'reach':>6}  settings",
        flush=True,
    )
    missed = [miss for shape in given.shape for miss in run_shape(shape, given.workload, given.rounds, given.quick)]
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


def run_shape(shape: str, workloads: list[str], rounds: int, quick: bool) -> list[str]:
    """All races of one shape, each shown when it is over; returned are the goals that were missed."""
    arms = {arm for workload in workloads for arm in RIVALS[workload]} | {"ours"}
    precision, why = ours.precision(SHAPES[shape])
    print(f"{SHAPES[shape]}: ours in {precision}: {why}", flush=True)
    workers = {arm: Worker(arm, shape) for arm in sorted(arms)}
    try:
        races = (run_race(workers, shape, workload, Setting(precision), rounds, quick) for workload in workloads)
        return [miss for race in races for miss in show(race)]
    finally:
        for worker in workers.values():
            worker.end()


def run_race(workers: dict[str, Worker], shape: str, workload: str, mine: Setting, rounds: int, quick: bool) -> Race:
    """The arms of one workload, in turns."""
    race = Race(shape, workload, settings={"ours": mine})
    size = 1 if quick else SIZES[shape][workload]
    begun = time.monotonic()
    for arm in RIVALS[workload]:
        race.settings[arm] = Setting() if quick or arm == "trl-default" else tune(workers[arm], shape, workload, size)
    for _ in range(rounds):
        for arm, setting in race.settings.items():
            taken = workers[arm].run(workload, size, setting)
            race.losses.setdefault(arm, taken.loss)
            race.rates.setdefault(arm, []).append(targets(shape, workload, size, arm) / taken.seconds)
    print(f"{shape} {workload}: {time.monotonic() - begun:.0f} s, first loss " + _losses(race), file=sys.stderr, flush=True)
    return race


def tune(worker: Worker, shape: str, workload: str, size: int) -> Setting:
    """The fastest setting of a rival on some of a workload's rows: precision first, then how rows are put together."""
    some = min(size * (10 if workload == "reasoning" else 1), 2)
    best = _fastest(worker, workload, size, [Setting("float32"), Setting("bfloat16"), Setting("autocast")], some)
    batches = [best, *(best._replace(batch=batch) for batch in ROWS_OF_A_PASS[shape] if batch <= some)]
    flat = [setting._replace(flat=True) for setting in batches if worker.arm == "trl" and setting.batch > 1]
    return _fastest(worker, workload, size, batches + flat, some)


def _fastest(worker: Worker, workload: str, size: int, settings: list[Setting], rows: int) -> Setting:
    taken = {setting: worker.run(workload, size, setting, rows).seconds for setting in settings}
    return min(taken, key=lambda setting: taken[setting])


def targets(shape: str, workload: str, size: int, arm: str) -> int:
    """Target tokens of a step, each answer once, less what the arm cuts off."""
    made = make_workload(workload, SHAPES[shape].vocabulary, size)
    return made.targets_within(DEFAULT_LENGTH) if arm == "trl-default" else made.targets


def show(race: Race) -> list[str]:
    """Print a race's lines; returned are the goals it missed."""
    missed = []
    for rival, reach in RIVALS[race.workload].items():
        times = [my / their for my, their in zip(race.rates["ours"], race.rates[rival], strict=True)]
        median = statistics.median(times)
        print(
            f"{race.shape:7}{race.workload:14}{rival:13}{statistics.median(race.rates[rival]):9.1f}{statistics.median(race.rates['ours']):9.1f}"
            f"{median:7.1f}   {f'{min(times):.1f} to {max(times):.1f}':14}{f'{reach:.1f}' if reach else '':>6}  "
            f"theirs: {'as it comes' if rival == 'trl-default' else race.settings[rival]}; ours: {race.settings['ours'].precision}",
            flush=True,
        )
        if reach and median < reach:
            missed.append(f"{race.shape} {race.workload} against {rival}")
    return missed


def _losses(race: Race) -> str:
    return ", ".join(f"{arm} {loss:.3f}" for arm, loss in race.losses.items())


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    facts = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    flags = facts.get("flags", "").split()
    wide = [words for flag, words in (("avx512_bf16", "AVX512-BF16"), ("amx_bf16", "AMX")) if flag in flags]
    name = facts.get("model name", platform.processor())
    return f"{name}, {len(os.sched_getaffinity(0))} cores, {' and '.join(wide) or 'neither AMX nor AVX512-BF16'}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="target tokens a second beside other trainers")
    parser.add_argument("--shape", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--workload", nargs="+", choices=RIVALS, default=list(RIVALS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one row or session a step and nothing tuned: to see that it runs")
    return parser.parse_args()


if __name__ == "__main__":
    main()
