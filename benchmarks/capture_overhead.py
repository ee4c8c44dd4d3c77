"""What a logged call costs, as a multiple of the least it could: one ``orjson.dumps`` and one ``os.write`` of the same record.

The arms take turns within a round, so that a load on the machine meets all of them: the bare floor, a decorated call, the decorated call
switched off, and the bare function, for a record of 3 KB and for one of 1 MB. Printed are the medians of single calls, their spread over
the rounds, and the ratio. Reach: 2.5 times the floor for 3 KB, 2 times for 1 MB, and 0.3 µs switched off.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import orjson

from agentlog import AgentLogger, log_interaction, read_interactions
from agentlog.store.layout import log_files

ROUNDS = 3


class Payload(NamedTuple):
    """What is asked and answered, and how often: calls of a round, and calls of an arm before the next takes its turn."""

    name: str
    messages: list[dict[str, str]]
    answer: str
    calls: int
    batch: int


SYSTEM, QUESTION, ANSWER = "You are a careful programmer. ", "Explain this line. ", "It adds the two numbers and returns their sum. "
PAYLOADS = [
    Payload("3 KB", [{"role": "system", "content": SYSTEM * 20}, {"role": "user", "content": QUESTION * 60}], ANSWER * 15, 5_000, 50),
    Payload("1 MB", [{"role": "system", "content": SYSTEM * 20}, {"role": "user", "content": QUESTION * 40_000}], ANSWER * 5_000, 100, 5),
]


def timed(call: Callable[[], object], times: int) -> list[float]:
    """Microseconds of each call."""
    took = []
    for _ in range(times):
        begun = time.perf_counter_ns()
        call()
        took.append((time.perf_counter_ns() - begun) / 1000)
    return took


def off_the_clock(call: Callable[[], object], times: int = 100_000) -> float:
    """Microseconds of a call too short to be timed by itself, without the clock and the loop."""

    def loop(each: Callable[[], object]) -> float:
        begun = time.perf_counter_ns()
        for _ in range(times):
            each()
        return (time.perf_counter_ns() - begun) / 1000 / times

    return loop(call) - loop(lambda: None)


def arms(folder: Path, payload: Payload) -> dict[str, Callable[[], object]]:
    """The calls to compare; the floor writes exactly the record that the decorated call writes."""

    def answer(messages: list[dict[str, str]]) -> str:
        return payload.answer

    on = AgentLogger(folder / "on")
    decorated = log_interaction(role="coder", task_type="explain", logger=on, model="m")(answer)
    off = log_interaction(role="coder", logger=AgentLogger(folder / "off", enabled=False))(answer)
    decorated(messages=payload.messages)
    record = orjson.loads(log_files(folder / "on")[0].read_bytes())
    handle = os.open(folder / "floor.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return {
        "floor": lambda: os.write(handle, orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)),
        "decorated": lambda: decorated(messages=payload.messages),
        "switched off": lambda: off(messages=payload.messages),
        "not decorated": lambda: answer(messages=payload.messages),
    }


def measure(payload: Payload) -> None:
    """Time the arms of one payload and print them."""
    with tempfile.TemporaryDirectory() as name:
        calls = arms(Path(name), payload)
        medians: dict[str, list[float]] = {arm: [] for arm in calls}
        for _ in range(ROUNDS):
            took: dict[str, list[float]] = {arm: [] for arm in calls}
            for _ in range(payload.calls // payload.batch):
                for arm, call in calls.items():
                    took[arm] += timed(call, payload.batch)
            for arm, times in took.items():
                medians[arm].append(statistics.median(times))
        off = [off_the_clock(calls["switched off"]) for _ in range(ROUNDS)]
        size = (Path(name) / "floor.jsonl").stat().st_size // (ROUNDS * payload.calls)
        assert sum(1 for _ in read_interactions(Path(name) / "on")) == ROUNDS * payload.calls + 1
    print(f"{payload.name}: record of {size} bytes, {ROUNDS} rounds of {payload.calls} calls")
    print("µs per call (median; lowest and highest round)")
    for arm, values in medians.items():
        print(f"{arm:<18} {statistics.median(values):8.2f}   {min(values):.2f} to {max(values):.2f}")
    ratios = [decorated / floor for decorated, floor in zip(medians["decorated"], medians["floor"], strict=True)]
    print(f"switched off, without the clock {statistics.median(off):.2f}   {min(off):.2f} to {max(off):.2f}")
    print(f"decorated / floor  {statistics.median(ratios):8.2f}   {min(ratios):.2f} to {max(ratios):.2f}")


if __name__ == "__main__":
    for each in PAYLOADS:
        measure(each)
