"""Killed at any moment, a build ends in the same bytes when it is run again, and nothing half-published is ever to be seen.

Reach: 100 of 100. A build of ``--calls`` calls by the engine ``process`` is killed with SIGKILL, all of its processes or the first alone,
at a random moment of the time that a whole build takes; then it is run again, from whatever it had left. After each kill no dataset may
show that does not verify.
"""

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from agentlog.dataset.reader import list_datasets, open_dataset
from benchmarks.build.building import build, digest_of, prepared, start
from benchmarks.build.log import write_log

KILLS = 100


def killed(data: Path, seconds: float, chance: random.Random) -> str:
    """Start a build and kill it after so many seconds; returns what was killed."""
    process = start(data, engine="process", workers=2)
    time.sleep(seconds)
    what = chance.choice(("all processes", "the first process"))
    if what == "all processes":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.communicate()
    return what if process.returncode == -signal.SIGKILL else "too late"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--calls", type=int, default=4000)
    options.add_argument("--kills", type=int, default=KILLS)
    asked = options.parse_args()
    chance = random.Random(5)
    good = late = resumed = 0
    with tempfile.TemporaryDirectory() as scratch:
        data = prepared(Path(scratch) / "data")
        write_log(data, asked.calls)
        whole = build(data, engine="process", workers=2)
        expected = digest_of(whole.folder)
        for number in range(asked.kills):
            for made in ("cache", "datasets"):
                shutil.rmtree(data / made, ignore_errors=True)
            what = killed(data, chance.uniform(0, whole.seconds), chance)
            late += what == "too late"
            for folder in list_datasets(data, "coder"):
                open_dataset(folder)
            again = build(data, engine="process", workers=2)
            resumed += again.said["reused"] > 0
            left = [path.name for path in again.folder.parent.iterdir() if path != again.folder]
            same = digest_of(again.folder) == expected and not left
            good += same
            if not same:
                print(f"  kill {number} ({what}): {'other bytes' if not left else f'left behind: {left}'}")
    print(f"{'reached' if good == asked.kills else 'MISSED '}  {good} of {asked.kills} builds ended in the same bytes after a kill")
    print(f"  {resumed} went on from work that was kept, {late} had ended before the kill")
    sys.exit(good != asked.kills)


if __name__ == "__main__":
    main()
