"""Does any value become JSON, and what does that cost?

A hundred thousand values of every kind (`odd_values.py`; another number as the first argument) go through the serialiser. Counted are
those that came back as they were, those whose changes are listed, those that changed without a word, and exceptions: both of the latter
must be none. Then the cost of `encode` for a plain prompt of 3 KB, as a multiple of ``orjson.dumps``: the arms take turns, three rounds.
"""

import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import orjson
from odd_values import any_value, same

from agentlog.capture.serialize import encode

MESSAGES = [{"role": "system", "content": "You are a careful programmer. " * 50}, {"role": "user", "content": "Explain this line. " * 80}]
ROUNDS, TURNS, BATCH = 3, 200, 100


def verdict(value: Any) -> str:
    """What became of one value."""
    try:
        data, changed = encode(value, "value")
        read = orjson.loads(data)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return f"exception: {type(error).__name__}"
    if same(read, value):
        return "came back as it was" if not changed else "came back as it was, a change listed all the same"
    return "changed and listed" if changed else f"CHANGED WITHOUT A WORD: {type(value).__name__}"


def microseconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter_ns()
    for _ in range(BATCH):
        call()
    return (time.perf_counter_ns() - begun) / BATCH / 1000


def round_of_cost() -> tuple[float, float]:
    """Median microseconds of orjson.dumps and of encode."""
    took = [(microseconds(lambda: orjson.dumps(MESSAGES)), microseconds(lambda: encode(MESSAGES, "messages"))) for _ in range(TURNS)]
    return statistics.median(plain for plain, _ in took), statistics.median(ours for _, ours in took)


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rng = random.Random(0)
    begun = time.perf_counter()
    verdicts = Counter(verdict(any_value(rng)) for _ in range(number))
    print(f"{number} values in {time.perf_counter() - begun:.0f} s")
    for what, count in verdicts.most_common():
        print(f"{count:8d}  {what}")
    rounds = [round_of_cost() for _ in range(ROUNDS)]
    ratios = [ours / plain for plain, ours in rounds]
    plain, ours = (statistics.median(one) for one in zip(*rounds, strict=True))
    print(f"a plain prompt of {len(orjson.dumps(MESSAGES))} bytes: orjson.dumps {plain:.2f} µs, encode {ours:.2f} µs")
    print(f"encode / orjson.dumps: {statistics.median(ratios):.2f}   {min(ratios):.2f} to {max(ratios):.2f}")
    if any(what.startswith(("exception", "CHANGED")) for what in verdicts):
        sys.exit(1)


if __name__ == "__main__":
    main()
