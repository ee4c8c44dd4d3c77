"""The engines side by side on a toy call: the same bytes from each, and how much faster than `serial`.

A batch is 256 records of 2 KB, its work some 50 ms of plain Python; a second row of each engine has no work at all, which leaves what an
engine itself takes for half a megabyte there and back. Reach: every digest equal.

    python -m benchmarks.build.engines [BATCHES]
"""

import hashlib
import random
import sys
import time
from collections.abc import Iterator

from agentlog.engines.base import Call, Engine
from agentlog.engines.cpus import available_cpus
from agentlog.engines.registry import make_engine

BATCHES = 120
RECORDS = 256
RECORD_BYTES = 2048


def work(batch: list[bytes], *, rounds: int) -> list[bytes]:
    """Each record with a checksum that Python computes byte by byte."""
    return [record + _checksum(record[:rounds]) for record in batch]


def _checksum(data: bytes) -> bytes:
    low, high = 1, 0
    for byte in data:
        low = (low + byte) % 65521
        high = (high + low) % 65521
    return (high << 16 | low).to_bytes(4, "big")


def batches(number: int) -> Iterator[list[bytes]]:
    """Equal batches for an equal number, made as they are asked for."""
    for seed in range(number):
        block = random.Random(seed).randbytes(RECORDS * RECORD_BYTES)
        yield [block[start : start + RECORD_BYTES] for start in range(0, len(block), RECORD_BYTES)]


def run(engine: Engine, number: int, rounds: int) -> tuple[float, str]:
    """Seconds and the digest of all results in order."""
    call = Call("benchmarks.build.engines:work", {"rounds": rounds})
    digest = hashlib.sha256()
    start = time.perf_counter()
    for result in engine.map(call, batches(number)):
        digest.update(b"".join(result))
    return time.perf_counter() - start, digest.hexdigest()


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else BATCHES
    counts = sorted({1, 2, available_cpus()})
    arms = [("serial", 1), *(("process", count) for count in counts), ("ray", 2)]
    print(f"{number} batches of {RECORDS * RECORD_BYTES >> 10} KB, {available_cpus()} CPUs")
    for rounds in (RECORD_BYTES, 0):
        print(f"\n{'with work' if rounds else 'without work'}: engine, workers, seconds, times serial, ms a batch, digest")
        digests, serial = set(), 0.0
        for name, workers in arms:
            with make_engine(name, workers) as engine:
                list(engine.map(Call("builtins:len"), [b""] * workers))  # the workers start outside of the measure
                seconds, digest = run(engine, number, rounds)
            serial = serial or seconds
            digests.add(digest)
            print(f"{name:8} {workers:3} {seconds:7.2f} {serial / seconds:6.2f} {1000 * seconds / number:7.1f}  {digest[:16]}", flush=True)
        if len(digests) > 1:
            raise SystemExit("the engines differ")


if __name__ == "__main__":
    main()
