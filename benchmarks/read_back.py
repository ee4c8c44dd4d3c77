"""Reading a log back and joining it, beside `orjson.loads` over the very same lines.

Reach: at least 40% of its speed, in memory that does not grow with the log.

A log of agentlog's own lines is generated: interactions of about 3 KB, one result each, feedback on every tenth, in files of 64 MB as the
writer would rotate them. Most results follow their interaction soon; one in twenty, and all feedback, stand in a file of their own, weeks
later. ``--late 1`` puts every result there, which is the most that joining can be asked for.

The arms take turns, each in a process of its own, three rounds; printed are the median and spread of the microseconds per interaction, the
ratio within each round, and the peak of resident memory, once at a tenth of the size and once at the whole. Parsing is timed in two ways:
reading lines as Python does by itself, and with the larger buffer that agentlog reads with.
"""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import orjson

from agentlog.store.reader import read_interactions

ROTATE_BYTES = 64 << 20
ROUNDS = 3
SYSTEM = "You are a careful programmer. " * 20
QUESTION = "Explain this line. " * 60
ANSWER = "It adds the two numbers and returns their sum. " * 15
ARMS = ("parse", "parse, large buffer", "read and join")


def uuid(chance: random.Random, number: int) -> str:
    """A UUIDv7 of the n-th call of a log with a hundred calls a second."""
    digits = f"{1_763_658_000_000 + 10 * number:012x}7{chance.getrandbits(76):019x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def moment(number: int) -> str:
    """The time of the n-th call."""
    seconds, hundredths = divmod(number, 100)
    day, hour, minute = seconds // 86_400 % 28, seconds // 3600 % 24, seconds // 60 % 60
    return f"2026-11-{1 + day:02d}T{hour:02d}:{minute:02d}:{seconds % 60:02d}.{hundredths:02d}0000Z"


def interaction(name: str, number: int) -> dict[str, Any]:
    """One call, as the log has it."""
    return {
        "event": "interaction",
        "schema_version": 1,
        "id": name,
        "timestamp": moment(number),
        "session_id": f"ticket-{number // 20}",
        "parent_id": None,
        "agent_role": ("coder", "tester", "reviewer")[number % 3],
        "task_id": f"{number // 20}",
        "task_type": "explain",
        "task_description": None,
        "messages": [{"role": "system", "content": SYSTEM}, {"role": "user", "content": f"{number}: {QUESTION}"}],
        "tools": [],
        "model_output": {"role": "assistant", "content": ANSWER, "tool_calls": []},
        "model": {"name": "some-model", "provider": "llama.cpp", "revision": None, "quantization": "Q8_0"},
        "params": {"temperature": 0.2},
        "usage": {"input_tokens": 400 + number % 100, "output_tokens": 180},
        "latency_ms": 4210.5 + number % 1000,
        "finish_reason": "stop",
        "execution_result": None,
        "human_feedback": None,
        "variant": None,
        "metadata": {},
    }


def lines(count: int, late: float, later: IO[bytes]) -> Iterator[bytes]:
    """The lines of the log in order, but those that come weeks later: they are written to ``later``."""
    chance = random.Random(0)
    waiting: deque[bytes] = deque()
    for number in range(count):
        name = uuid(chance, number)
        yield orjson.dumps(interaction(name, number), option=orjson.OPT_APPEND_NEWLINE)
        about = {"interaction_id": name, "timestamp": moment(number + 500)}
        said = {"status": "success" if number % 5 else "failure", "tests_passed": number % 5 > 0}
        line = orjson.dumps({"event": "result", "id": uuid(chance, number), **about, "execution_result": said}) + b"\n"
        if chance.random() < late:
            later.write(line)
        else:
            waiting.append(line)
        if number % 10 == 0:
            opinion = {"rating": number // 10 % 5 + 1, "comments": "as it should be", "corrections": None}
            event = {"event": "feedback", "id": uuid(chance, number), **about, "reviewer": "ana", "human_feedback": opinion}
            later.write(orjson.dumps(event) + b"\n")
        if len(waiting) > 16:
            yield waiting.popleft()
    yield from waiting


def generate(folder: Path, count: int, late: float) -> None:
    """Write the log, in files of the size at which the writer begins a new one."""
    day = folder / "log" / "2026-11-20"
    day.mkdir(parents=True)
    held: list[bytes] = []
    size = files = 0
    with (day / "weeks-later.jsonl").open("wb", buffering=1 << 20) as later:
        for line in lines(count, late, later):
            held.append(line)
            size += len(line)
            if size >= ROTATE_BYTES:
                (day / f"{files:06d}.jsonl").write_bytes(b"".join(held))
                held, size, files = [], 0, files + 1
    (day / f"{files:06d}.jsonl").write_bytes(b"".join(held))


def parse(folder: Path, buffering: int) -> int:
    """The floor: every line parsed, and nothing done with it."""
    found = 0
    for file in sorted(folder.glob("log/*/*.jsonl")):
        with file.open("rb", buffering=buffering) as stream:
            for line in stream:
                found += orjson.loads(line)["event"] == "interaction"
    return found


def read_and_join(folder: Path) -> int:
    """What is measured; stops if anything is missing."""
    log = read_interactions(folder)
    found = sum(1 for each in log if each.execution_result is not None)
    assert (log.results, log.feedback, log.orphans, log.skipped) == (found, -(-found // 10), 0, [])
    return found


def run_arm(arm: str, folder: Path) -> None:
    """One arm in this process: prints interactions, seconds and peak memory in MB."""
    begun = time.perf_counter()
    found = read_and_join(folder) if arm == ARMS[2] else parse(folder, -1 if arm == ARMS[0] else 1 << 18)
    print(found, time.perf_counter() - begun, peak_memory())


def peak_memory() -> float:
    """MB. What getrusage tells instead would include the process that started this one."""
    [peak] = [line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return int(peak) / 1024


def measure(arm: str, folder: Path) -> tuple[float, float]:
    """Microseconds per interaction, and the peak of resident memory in MB, of one arm in a process of its own."""
    words = [sys.executable, __file__, "--arm", arm, "--folder", str(folder)]
    found, taken, peak = map(float, subprocess.run(words, check=True, capture_output=True, text=True).stdout.split())
    return taken / found * 1e6, peak


def compare(folder: Path) -> dict[str, float]:
    """Three rounds over one log, printed; returns each arm's peak of memory."""
    took: dict[str, list[float]] = {arm: [] for arm in ARMS}
    peaks = dict.fromkeys(ARMS, 0.0)
    for _ in range(ROUNDS):
        for arm in ARMS:
            microseconds, peak = measure(arm, folder)
            took[arm].append(microseconds)
            peaks[arm] = max(peaks[arm], peak)
    for arm, values in took.items():
        spread = f"{min(values):.2f} to {max(values):.2f}"
        print(f"{arm:<22}{statistics.median(values):8.2f} µs an interaction   {spread}   peak {peaks[arm]:.0f} MB")
    for arm in ARMS[:2]:
        ratios = [floor / ours for floor, ours in zip(took[arm], took[ARMS[2]], strict=True)]
        print(f"speed beside '{arm}': {statistics.median(ratios):.0%}   {min(ratios):.0%} to {max(ratios):.0%}")
    return peaks


def main() -> None:
    """Generate, measure, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("-n", type=int, default=1_000_000, help="interactions in the larger log")
    options.add_argument("--late", type=float, default=0.05, help="the share of results that stand at the end of the log")
    options.add_argument("--arm", help=argparse.SUPPRESS)
    options.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.arm:
        run_arm(chosen.arm, chosen.folder)
        return
    peaks = []
    for count in (chosen.n // 10, chosen.n):
        with tempfile.TemporaryDirectory() as name:
            generate(Path(name), count, chosen.late)
            size = sum(file.stat().st_size for file in Path(name).rglob("*.jsonl"))
            print(f"\n{count} interactions, {size / 1e6:.0f} MB, {chosen.late:.0%} of the results late")
            peaks.append(compare(Path(name))[ARMS[2]])
    print(f"\nten times the log took {peaks[1] - peaks[0]:+.0f} MB of memory")


if __name__ == "__main__":
    main()
