"""100,000 records of one long boilerplate: once all are near one another, once every pair is a candidate and none is near.

Reach: less than 30 s each, tokenising included, and no quadratic step: finding leaders among ten times the records takes at most
25 times as long (growth). A third case
has own parts of all lengths around the threshold, so that many a record is near very many leaders.

    python -m benchmarks.build.boilerplate [--records 100000]
"""

import argparse
import os
import random
import sys
import time

os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

from agentlog import near_duplicates  # noqa: E402
from agentlog.stages.dedup_near import first_leaders  # noqa: E402
from benchmarks.build.near_texts import vocabulary  # noqa: E402

REACH, GROWTH = 30.0, 25.0
CASES = {"just above": (30, 30), "just below": (31, 31), "around": (5, 60)}
"""Words of each record's own, at least and at most, behind 250 shared ones; 30 make a similarity of .804, 31 of .799."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=100_000)
    given = parser.parse_args()
    near_duplicates(records(500, 30, 30))
    missed = []
    print(f"{'case':12}{'records':>10}{'near_duplicates':>17}{'leaders':>10}{'number of leaders':>19}{'growth':>8}")
    for case, (least, most) in CASES.items():
        before = 0.0
        for number in (given.records // 10, given.records):
            made = records(number, least, most)
            begun = time.perf_counter()
            near_duplicates(made)
            labelled = time.perf_counter()
            chiefs = first_leaders(made, 0.8, 5).places.tolist()
            led = time.perf_counter()
            growth = (led - labelled) / before if before else 0.0
            print(f"{case:12}{number:10}{labelled - begun:15.1f} s{led - labelled:8.1f} s{len(set(chiefs)):19}{growth:8.1f}")
            if max(labelled - begun, led - labelled) >= REACH or growth > GROWTH:
                missed.append(case)
            before = led - labelled
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


def records(number: int, least: int, most: int) -> list[str]:
    """Records of one boilerplate, each with some words behind it; words that no other record has, if it is the same number for all."""
    rng = random.Random(number)
    words = vocabulary(rng)
    boilerplate = rng.choices(words, k=250)
    if least != most:
        return [" ".join(boilerplate + rng.choices(words, k=rng.randint(least, most))) for _ in range(number)]
    return [" ".join([*boilerplate, *(f"{word}{place}" for word in rng.choices(words, k=most))]) for place in range(number)]


if __name__ == "__main__":
    main()
