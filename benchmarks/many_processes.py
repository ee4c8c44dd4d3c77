"""Many processes on one log, and forks under load: every line parses, none is lost, none stands twice, and nobody hangs.

First 16 processes write 5,000 records each, of 1 byte to 8 MB. Sizes are uniform in their logarithm, bent towards small ones as far as
``--budget`` requires, which is how many bytes all records may have: half a megabyte on average would make 40 GB. Then a process with 4
threads that log forks 200 times, and each child logs 20 records; whoever takes more than a minute has hung. Everything is read back, and
each record compared with what was written.

    python benchmarks/many_processes.py [--records 5000] [--forks 200] [--budget 4e9]      about a minute on two cores, 5 GB of disk
"""

import argparse
import math
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import orjson

from agentlog import AgentLogger, log_interaction
from agentlog.store.layout import journal_files, log_files

PROCESSES, RECORDS, FORKS, THREADS, OF_A_CHILD = 16, 5_000, 200, 4, 20
SMALLEST, LARGEST = 1, 8 << 20
BUDGET = 4e9
PATIENCE_S = 60
TEXT = "".join(chr(ord("a") + number * number % 26) for number in range(1 << 16)) * (LARGEST >> 16)


def sizes(process: int, records: int, bend: float) -> list[int]:
    """How many bytes the prompts of a process have; the first and the last are the smallest and the largest there are."""
    chance = random.Random(process)
    drawn = [round(math.exp(math.log(LARGEST) * chance.random() ** bend)) for _ in range(records - 2)]
    return [SMALLEST, *drawn, LARGEST]


def bend_for(average: float) -> float:
    """How far sizes must be bent towards small ones so that they have this average."""
    bend, steps = 1.0, 1_000
    while sum(math.exp(math.log(LARGEST) * (step / steps) ** bend) for step in range(steps)) / steps > average:
        bend *= 1.05
    return bend


def write(data: str, process: int, records: int, bend: float) -> None:
    """One process's records."""
    log = AgentLogger(data)
    answer = log_interaction(role="coder", logger=log)(lambda messages, name: name)
    for number, size in enumerate(sizes(process, records, bend)):
        answer([{"role": "user", "content": TEXT[:size]}], f"{process} {number} {size}")
    assert log.stats() == (records, records, 0), log.stats()


def fork_under_load(data: str, forks: int) -> int:
    """Fork while threads log; returns how many records the threads made."""
    log, stop = AgentLogger(data), threading.Event()
    answer = log_interaction(role="coder", logger=log)(lambda messages, name: name)
    made = [0] * THREADS

    def work(thread: int) -> None:
        while not stop.is_set():
            answer(
                [{"role": "user", "content": TEXT[: made[thread] * 7 % 5000]}], f"thread {thread} {made[thread]} {made[thread] * 7 % 5000}"
            )
            made[thread] += 1

    threads = [threading.Thread(target=work, args=(thread,), daemon=True) for thread in range(THREADS)]
    for thread in threads:
        thread.start()
    for child in range(forks):
        pid = os.fork()
        if pid == 0:
            signal.alarm(PATIENCE_S)
            for number in range(OF_A_CHILD):
                answer([{"role": "user", "content": TEXT[:100]}], f"child {child}.{number} 100")
            log.close()
            os._exit(0)
        if os.waitpid(pid, 0)[1]:
            sys.exit(f"child {child} hung or failed")
    stop.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    if any(thread.is_alive() for thread in threads):
        sys.exit("a thread hung")
    log.close()
    return sum(made)


def look(data: Path) -> Counter[str]:
    """Read everything back; counts records, and whatever is wrong."""
    told, names = Counter[str](), set()
    for file in log_files(data):
        for line in file.open("rb"):
            told["bytes"] += len(line)
            try:
                event = orjson.loads(line)
            except orjson.JSONDecodeError:
                told["line that does not parse"] += 1
                continue
            name = event["model_output"]["content"]
            told["records"] += 1
            told["record that stands twice"] += name in names
            names.add(name)
            told["record that is not as written"] += event["messages"][0]["content"] != TEXT[: int(name.split()[-1])]
    told["journal left behind"] = len(journal_files(data))
    return told


def report(what: str, told: Counter[str], expected: int, took_s: float) -> bool:
    """Print what was found; returns whether all is well."""
    told["record missing"] = expected - told["records"]
    print(f"{what}: {told.pop('records')} records, {told.pop('bytes') / 1e9:.2f} GB, {took_s:.0f} s")
    for wrong, count in told.items():
        print(f"  {wrong:<32}{count:>8}{'   BROKEN' if count else ''}")
    return not told.total()


def main() -> int:
    """Write, fork, look, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--forks", type=int, default=FORKS)
    parser.add_argument("--budget", type=float, default=BUDGET)
    options = parser.parse_args()
    context, well = multiprocessing.get_context("fork"), []
    bend = bend_for((options.budget / PROCESSES - LARGEST) / options.records)
    with tempfile.TemporaryDirectory() as data:
        began = time.monotonic()
        processes = [context.Process(target=write, args=(data, number, options.records, bend)) for number in range(PROCESSES)]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        took, failed = time.monotonic() - began, sum(process.exitcode != 0 for process in processes)
        told = look(Path(data))
        told["process that failed"] = failed
        well.append(report(f"{PROCESSES} processes, records of 1 B to 8 MB", told, PROCESSES * options.records, took))
    with tempfile.TemporaryDirectory() as data:
        began = time.monotonic()
        made = fork_under_load(data, options.forks)
        told = look(Path(data))
        well.append(report(f"{options.forks} forks under load", told, made + options.forks * OF_A_CHILD, time.monotonic() - began))
    return 0 if all(well) else 1


if __name__ == "__main__":
    sys.exit(main())
