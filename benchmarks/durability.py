"""Group commit: what ``durability="fsync"`` costs, with 1, 8 and 32 threads, against one flush of the disk for each record.

The arms take turns in three rounds, all with the same records of 3 KB: the naive way, in which each thread writes its record and flushes
the disk under a lock; and decorated calls. Printed are records per second and flushes per record. The promise: with 32 threads, several
records share a flush, and more records are durable per second than in the naive way.

    python benchmarks/durability.py [--seconds 2]      about half a minute
"""

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import orjson

from agentlog import AgentLogger, log_interaction, read_interactions

ROUNDS, SECONDS, CROWDS = 3, 2.0, (1, 8, 32)
MESSAGES = [{"role": "system", "content": "You are a careful programmer. " * 20}, {"role": "user", "content": "Explain this line. " * 60}]
ANSWER = "It adds the two numbers and returns their sum. " * 15
MOST_FLUSHES = 0.5
flush, flushes = os.fdatasync, 0


def counted(handle: int) -> None:
    """`os.fdatasync`, counted."""
    global flushes
    flushes += 1
    flush(handle)


class Took(NamedTuple):
    """Of one arm in one round: records per second, and flushes per record."""

    rate: float
    flushes: float


def one_arm(call: Callable[[], object], threads: int, seconds: float) -> Took:
    """Let so many threads call as often as they can."""
    global flushes
    stop, made, flushes = threading.Event(), [0] * threads, 0

    def work(thread: int) -> None:
        while not stop.is_set():
            call()
            made[thread] += 1

    crowd = [threading.Thread(target=work, args=(thread,)) for thread in range(threads)]
    began = time.perf_counter()
    for thread in crowd:
        thread.start()
    time.sleep(seconds)
    stop.set()
    for thread in crowd:
        thread.join()
    return Took(sum(made) / (time.perf_counter() - began), flushes / sum(made))


def naive(folder: Path) -> Callable[[], object]:
    """Write a record, flush the disk, one thread after the other."""
    handle, lock = os.open(folder / "naive.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), threading.Lock()
    record = {"messages": MESSAGES, "model_output": {"role": "assistant", "content": ANSWER}}

    def call() -> None:
        line = orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
        with lock:
            os.write(handle, line)
            os.fdatasync(handle)

    return call


def main() -> int:
    """Measure, check that every record can be read, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=SECONDS)
    options = parser.parse_args()
    os.fdatasync = counted
    with tempfile.TemporaryDirectory() as name:
        log = AgentLogger(Path(name) / "data", durability="fsync")
        answer = log_interaction(role="coder", logger=log, model="m")(lambda messages: ANSWER)
        arms = {"naive": naive(Path(name)), "agentlog": lambda: answer(messages=MESSAGES)}
        took: dict[tuple[int, str], list[Took]] = {(threads, arm): [] for threads in CROWDS for arm in arms}
        for _ in range(ROUNDS):
            for threads, arm in took:
                took[threads, arm].append(one_arm(arms[arm], threads, options.seconds / 2))
        read = sum(1 for _ in read_interactions(Path(name) / "data"))
        stats = log.stats()
    print(f"{ROUNDS} rounds of {options.seconds / 2:g} s, median; {stats.written} records, {stats.lost} lost, {read} read back")
    print(f"{'threads':>8}  {'arm':<10}{'records/s':>11}{'flushes/record':>16}")
    for (threads, arm), rounds in took.items():
        rates = [one.rate for one in rounds]
        share = statistics.median(one.flushes for one in rounds)
        spread = f"{min(rates):.0f} to {max(rates):.0f}"
        print(f"{threads:>8}  {arm:<10}{statistics.median(rates):>11.0f}{share:>16.3f}   {spread}")
    crowd = max(CROWDS)
    faster = statistics.median(one.rate for one in took[crowd, "agentlog"]) / statistics.median(one.rate for one in took[crowd, "naive"])
    shared = statistics.median(one.flushes for one in took[crowd, "agentlog"])
    kept = shared <= MOST_FLUSHES and faster > 1 and read == stats.written == stats.submitted
    print(f"{crowd} threads: {faster:.1f} times the naive rate, {1 / shared:.1f} records a flush   {'kept' if kept else 'BROKEN'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
