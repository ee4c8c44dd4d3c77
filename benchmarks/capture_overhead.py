"""What a logged call costs, as a multiple of the least it could: one ``orjson.dumps`` and one ``os.write`` of the same record.

The arms take turns within a round, so that a load on the machine meets all of them: the bare floor, a decorated call, the decorated call
switched off, and the bare function. Printed are the medians of single calls, their spread over the rounds, and the ratio.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import orjson

from agentlog import AgentLogger, log_interaction, read_interactions
from agentlog.store.layout import log_files

ROUNDS, CALLS, BATCH = 3, 5_000, 50
MESSAGES = [{"role": "system", "content": "You are a careful programmer. " * 20}, {"role": "user", "content": "Explain this line. " * 60}]
ANSWER = "It adds the two numbers and returns their sum. " * 15


def timed(call: Callable[[], object], times: int) -> list[float]:
    """Microseconds of each call."""
    took = []
    for _ in range(times):
        begun = time.perf_counter_ns()
        call()
        took.append((time.perf_counter_ns() - begun) / 1000)
    return took


def arms(folder: Path) -> dict[str, Callable[[], object]]:
    """The calls to compare; the floor writes exactly the record that the decorated call writes."""

    def answer(messages: list[dict[str, str]]) -> str:
        return ANSWER

    on = AgentLogger(folder / "on")
    decorated = log_interaction(role="coder", task_type="explain", logger=on, model="m")(answer)
    off = log_interaction(role="coder", logger=AgentLogger(folder / "off", enabled=False))(answer)
    decorated(messages=MESSAGES)
    record = orjson.loads(log_files(folder / "on")[0].read_bytes())
    handle = os.open(folder / "floor.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return {
        "floor": lambda: os.write(handle, orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)),
        "decorated": lambda: decorated(messages=MESSAGES),
        "switched off": lambda: off(messages=MESSAGES),
        "not decorated": lambda: answer(messages=MESSAGES),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        calls = arms(Path(name))
        medians: dict[str, list[float]] = {arm: [] for arm in calls}
        for _ in range(ROUNDS):
            took: dict[str, list[float]] = {arm: [] for arm in calls}
            for _ in range(CALLS // BATCH):
                for arm, call in calls.items():
                    took[arm] += timed(call, BATCH)
            for arm, times in took.items():
                medians[arm].append(statistics.median(times))
        size = (Path(name) / "floor.jsonl").stat().st_size // (ROUNDS * CALLS)
        assert sum(1 for _ in read_interactions(Path(name) / "on")) == ROUNDS * CALLS + 1
    print(f"record of {size} bytes, {ROUNDS} rounds of {CALLS} calls, µs per call (median; lowest and highest round)")
    for arm, values in medians.items():
        print(f"{arm:<14} {statistics.median(values):8.2f}   {min(values):.2f} to {max(values):.2f}")
    ratios = [decorated / floor for decorated, floor in zip(medians["decorated"], medians["floor"], strict=True)]
    print(f"decorated / floor: {statistics.median(ratios):.2f}   {min(ratios):.2f} to {max(ratios):.2f}")


if __name__ == "__main__":
    main()
