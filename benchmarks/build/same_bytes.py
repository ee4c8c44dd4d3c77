"""The same log, the same bytes: 3 hash seeds × 1, 2 and 4 workers × 3 engines × log files in another order and cut elsewhere.

Reach: one digest. Every build is made from nothing. Ray is left out, and it is said so, where it is not installed.
"""

import argparse
import importlib.util
import random
import sys
import tempfile
from pathlib import Path

from benchmarks.build.building import build, digest_of, prepared
from benchmarks.build.log import write_log


def shuffled(data: Path, source: Path, number: int) -> None:
    """The lines of a log in another order, in other files."""
    chance = random.Random(number)
    lines = [line for file in sorted(source.glob("log/*/*.jsonl")) for line in file.read_bytes().splitlines(keepends=True)]
    chance.shuffle(lines)
    day = data / "log" / "2026-11-21"
    day.mkdir(parents=True)
    parts = chance.randint(1, 7)
    for part in range(parts):
        (day / f"{chance.randrange(10**9):09d}.jsonl").write_bytes(b"".join(lines[part::parts]))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--calls", type=int, default=3000)
    asked = options.parse_args()
    engines = ["serial", "process"]
    if importlib.util.find_spec("ray"):
        engines.append("ray")
    else:
        print("ray is not installed: left out")
    digests: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source"
        write_log(source, asked.calls)
        number = 0
        for engine in engines:
            for workers in (1, 2, 4):
                for seed in (0, 1, 77):
                    number += 1
                    data = prepared(Path(scratch) / f"{number}")
                    shuffled(data, source, number)
                    how = {} if engine == "serial" else {"workers": workers}
                    made = build(data, seed_of_hashes=seed, engine=engine, **how)
                    digests.setdefault(digest_of(made.folder), []).append(f"{engine} {workers} {seed}")
                    print(f"  {engine:<8} {workers} workers, hash seed {seed:>2}: {digest_of(made.folder)[:16]} in {made.seconds:.1f} s")
    same = len(digests) == 1
    print(f"{'reached' if same else 'MISSED '}  {number} builds, {len(digests)} digest{'s' if len(digests) > 1 else ''}")
    sys.exit(not same)


if __name__ == "__main__":
    main()
