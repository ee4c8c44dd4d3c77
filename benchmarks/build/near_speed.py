"""Near-duplicates of 100,000 texts of 1 to 2 KB on one core, tokenising, clustering and verification included, beside datasketch and rensa.

Reach: at least 20 times as fast as datasketch's documented loop and 4 times as fast as rensa, neither of which verifies anything. The arms
take turns in three rounds on one core. The others, whose time grows in proportion, get a sample of the texts; ours gets all of them, once
compiled. rensa runs in the environment of peers, and is left out where that has none.

    python -m benchmarks.build.near_speed [--texts 100000] [--sample 10000]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[_name] = "1"

from agentlog import near_duplicates  # noqa: E402
from benchmarks.build.arms import datasketch_loop  # noqa: E402
from benchmarks.build.near_texts import corpus  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / ".venv-bench" / "bin" / "python"
REACH = {"datasketch": 20.0, "rensa": 4.0}
ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--sample", type=int, default=10_000)
    given = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    texts = corpus(given.texts)
    sample = texts[: given.sample]
    near_duplicates(texts[:500])
    arms: dict[str, Callable[[], float]] = {
        "agentlog": lambda: seconds(near_duplicates, texts) / len(texts),
        "datasketch": lambda: seconds(datasketch_loop.candidates, sample) / len(sample),
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(sample, file)
        file.flush()
        if rensa_is_there():
            arms["rensa"] = lambda: rensa_seconds(Path(file.name)) / len(sample)
        taken: dict[str, list[float]] = {name: [] for name in arms}
        for _ in range(ROUNDS):
            for name, run in arms.items():
                taken[name].append(run())
    print(f"{len(texts)} texts, {sum(map(len, texts)) / len(texts):.0f} characters on average, one core, {ROUNDS} rounds")
    print(f"{'arm':12}{'µs a text':>12}{'texts/s':>12}{'times':>8}   spread")
    missed = []
    for name, each in taken.items():
        times = [other / own for own, other in zip(taken["agentlog"], each, strict=True)]
        median = statistics.median(each)
        print(f"{name:12}{median * 1e6:12.1f}{1 / median:12.0f}{statistics.median(times):8.1f}   {min(times):.1f} to {max(times):.1f}")
        if statistics.median(times) < REACH.get(name, 0):
            missed.append(name)
    if "rensa" not in arms:
        print("rensa: left out, the environment of peers has none")
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


def seconds(run: Callable[[list[str]], object], texts: Sequence[str]) -> float:
    """How long a run takes."""
    begun = time.perf_counter()
    run(list(texts))
    return time.perf_counter() - begun


def rensa_is_there() -> bool:
    """Whether the environment of peers has rensa."""
    return PEERS.exists() and subprocess.run([PEERS, "-c", "import rensa"], capture_output=True, check=False).returncode == 0


def rensa_seconds(file: Path) -> float:
    """How long rensa takes for the texts of a file, in a process of its own on the same core."""
    done = subprocess.run([PEERS, "-m", "benchmarks.build.arms.rensa_bulk", file], cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout)


if __name__ == "__main__":
    main()
