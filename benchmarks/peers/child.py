"""The process in which one arm runs: ``python -m peers.child ARM FOLDER URL CALLS REPORT``.

Every call is timed by itself. CPU is the user and system time of the whole process, its threads and its ended children, from before the
first call until the arm has flushed and ended. The prompts are made before, and a few calls are made and flushed before, so that nothing is
set up meanwhile. With ``--kill`` the process kills itself by SIGKILL when the last call has returned: all of its calls were acknowledged,
and what is not yet out of the process is lost.
"""

import argparse
import json
import os
import resource
import signal
import statistics
import time
from pathlib import Path

from peers.arm import Traced
from peers.arms import ARMS
from peers.loopback import stay_on_loopback
from peers.payload import Messages, messages

WARM_UP = 50
FIRST_OF_WARM_UP = 900_000


def main() -> None:
    given = _arguments()
    refused = stay_on_loopback()
    traced = ARMS[given.arm].start(given.folder, given.url)
    for number in range(FIRST_OF_WARM_UP, FIRST_OF_WARM_UP + WARM_UP):
        traced.call(messages(number))
    traced.flush()
    prompts = [messages(number) for number in range(given.calls)]
    if given.kill:
        call_all(traced, prompts)
        os.kill(os.getpid(), signal.SIGKILL)
    cpu = cpu_seconds()
    took = call_all(traced, prompts)
    traced.flush()
    traced.close()
    spent = cpu_seconds() - cpu
    report = {
        "p50_us": statistics.median(took) / 1e3,
        "mean_us": statistics.fmean(took) / 1e3,
        "cpu_us": spent / given.calls * 1e6,
        "refused": sorted(set(refused)),
    }
    given.report.write_text(json.dumps(report))


def call_all(traced: Traced, prompts: list[Messages]) -> list[int]:
    """Nanoseconds of each call."""
    took = []
    for prompt in prompts:
        begun = time.perf_counter_ns()
        traced.call(prompt)
        took.append(time.perf_counter_ns() - begun)
    return took


def cpu_seconds() -> float:
    """User and system time of this process and of the children that have ended."""
    parts = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in parts)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("arm")
    parser.add_argument("folder", type=Path)
    parser.add_argument("url")
    parser.add_argument("calls", type=int)
    parser.add_argument("report", type=Path)
    parser.add_argument("--kill", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
