"""Resident memory while a process logs and logs. Reach: it grows by less than 5 MB over 1,000,000 records of 3 KB.

Two arms, each in a process of its own: plain decorated calls; and sessions, streams, calls within calls, calls that raise and 100
tasks of asyncio at once, all mixed. Memory is what Linux calls resident, the mapped journal included. It is measured when a twentieth of
the records has been written, and from then on until the end; the journal and open files are looked at as well. Log files are removed as
soon as they are closed, so that the disk holds little.

    python benchmarks/memory.py [--records 1000000]      about a minute on two cores
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from agentlog import AgentLogger, log_interaction
from agentlog.store.layout import journal_files, log_files

RECORDS, STEPS = 1_000_000, 20
GROWTH_MB, JOURNAL_MB, HANDLES = 5.0, 16.0, 16
MESSAGES = [{"role": "system", "content": "You are a careful programmer. " * 20}, {"role": "user", "content": "Explain this line. " * 60}]
ANSWER = "It adds the two numbers and returns their sum. " * 15
TASKS = 100


def resident_mb() -> float:
    """Megabytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def plain(log: AgentLogger) -> Callable[[int], None]:
    """So many decorated calls."""

    @log_interaction(role="coder", task_type="explain", logger=log, model="m")
    def answer(messages: list[dict[str, str]]) -> str:
        return ANSWER

    def run(count: int) -> None:
        for _ in range(count):
            answer(messages=MESSAGES)

    return run


def mixed(log: AgentLogger) -> Callable[[int], None]:
    """So many calls of every shape."""
    logged = log_interaction(role="coder", logger=log, model="m")

    @logged
    def stream(messages: list[dict[str, str]]) -> Iterator[str]:
        yield from ANSWER.split()

    @logged
    def failing(messages: list[dict[str, str]]) -> str:
        raise ValueError(ANSWER)

    @logged
    async def asked(messages: list[dict[str, str]]) -> str:
        await asyncio.sleep(0)
        return ANSWER

    @logged
    def nested(messages: list[dict[str, str]]) -> str:
        for _ in stream(messages):
            pass
        next(stream(messages))
        try:
            failing(messages)
        except ValueError:
            return ANSWER
        return ""

    async def tasks() -> None:
        await asyncio.gather(*(asked(MESSAGES) for _ in range(TASKS)))

    def run(count: int) -> None:
        done = 0
        while done < count:
            with log.session():
                for _ in range(TASKS // 4):
                    nested(MESSAGES)
                asyncio.run(tasks())
            done += 2 * TASKS

    return run


ARMS = {"plain": plain, "mixed": mixed}


def measure(arm: str, records: int) -> bool:
    """Run one arm and print what it took; returns whether the promise is kept."""
    with tempfile.TemporaryDirectory() as name:
        data = Path(name)
        log = AgentLogger(data)
        run, seen, journal_mb, handles = ARMS[arm](log), [], 0.0, 0
        for _ in range(STEPS):
            run(records // STEPS)
            seen.append(resident_mb())
            journal_mb = max(journal_mb, *(file.stat().st_size / 1e6 for file in journal_files(data)))
            handles = max(handles, len(list(Path("/proc/self/fd").iterdir())))
            for file in log_files(data)[:-1]:
                file.unlink()
        stats = log.stats()
    growth = max(seen) - seen[0]
    kept = growth < GROWTH_MB and journal_mb <= JOURNAL_MB and handles <= HANDLES and not stats.lost
    way = " ".join(f"{mb:.1f}" for mb in seen[:: STEPS // 5] + seen[-1:])
    print(f"{arm:<8}{stats.written:>9} records   MB resident: {way}   growth {growth:.2f} MB (reach: < {GROWTH_MB:g})")
    print(f"{'':8}journal at most {journal_mb:.1f} MB, at most {handles} open files, {stats.lost} lost   {'kept' if kept else 'BROKEN'}")
    return kept


def main() -> int:
    """Run each arm in a process of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--arm", choices=ARMS)
    options = parser.parse_args()
    if options.arm:
        return 0 if measure(options.arm, options.records) else 1
    shares = {"plain": options.records, "mixed": options.records // 4}
    command = [sys.executable, __file__]
    return max(subprocess.run([*command, "--arm", arm, "--records", str(count)], check=False).returncode for arm, count in shares.items())


if __name__ == "__main__":
    sys.exit(main())
