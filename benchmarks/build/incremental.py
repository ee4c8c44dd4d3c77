"""One percent more data: what it costs beside the full build, and that the dataset is that of a clean build.

Reach: at most 10% of the full time, the same bytes.

The log of `benchmarks.build.log` is built; then 1% more calls arrive, once as new sessions at the end and once as results and feedback on
sessions all over the log, and it is built again, with what was kept and, in another folder, from nothing. Three rounds, the arms in turn.
"""

import argparse
import random
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import orjson

from benchmarks.build.building import build, digest_of, prepared
from benchmarks.build.log import write_log

SHARE, GOAL, ROUNDS = 100, 0.10, 3


def later_feedback(data: Path, calls: int, chance: random.Random) -> None:
    """Ratings of one call in a hundred, from all over the log."""
    names = [
        orjson.loads(line)["id"]
        for file in sorted(data.glob("log/*/0*.jsonl"))
        for line in file.open("rb")
        if line.startswith(b'{"event":"interaction"')
    ]
    lines = []
    for name in chance.sample(names, calls):
        said = {"rating": 5, "comments": None, "corrections": None}
        event = {"event": "feedback", "id": f"late-{name}", "interaction_id": name, "timestamp": "2026-12-24T00:00:00.000000Z"}
        lines.append(orjson.dumps({**event, "reviewer": "ops", "human_feedback": said}) + b"\n")
    (data / "log" / "2026-11-20" / "late-feedback.jsonl").write_bytes(b"".join(lines))


def one_round(scratch: Path, calls: int, kind: str, number: int) -> tuple[float, float, bool]:
    """Seconds of the full build and of the build after 1% more, and whether that is what a clean build gives."""
    data = prepared(scratch / f"{kind}-{number}")
    write_log(data, calls)
    full = build(data, engine="process", workers=2)
    if kind == "new sessions":
        write_log(data, calls // SHARE, seed=1, first_file=900)
    else:
        later_feedback(data, calls // SHARE, random.Random(number))
    again = build(data, engine="process", workers=2)
    clean = prepared(scratch / f"{kind}-{number}-clean")
    shutil.copytree(data / "log", clean / "log")
    same = digest_of(again.folder) == digest_of(build(clean, engine="process", workers=2).folder)
    print(f"  {kind}: full {full.seconds:.1f} s, again {again.seconds:.1f} s ({again.seconds / full.seconds:.1%}), same bytes: {same}")
    print("    " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in again.said["stages"].items() if seconds >= 0.05))
    shutil.rmtree(data)
    shutil.rmtree(clean)
    return full.seconds, again.seconds, same


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--calls", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    asked = options.parse_args()
    reached = True
    with tempfile.TemporaryDirectory() as scratch:
        for kind in ("new sessions", "feedback everywhere"):
            rounds = [one_round(Path(scratch), asked.calls, kind, number) for number in range(asked.rounds)]
            shares = [again / full for full, again, _ in rounds]
            same = all(equal for _, _, equal in rounds)
            good = statistics.median(shares) <= GOAL and same
            reached &= good
            spread = f"{min(shares):.1%} to {max(shares):.1%}"
            share = f"{statistics.median(shares):.1%} ({spread}) of the full time (goal: {GOAL:.0%})"
            print(f"{'reached' if good else 'MISSED '}  1% more as {kind}: {share}; same bytes: {same}")
    sys.exit(not reached)


if __name__ == "__main__":
    main()
