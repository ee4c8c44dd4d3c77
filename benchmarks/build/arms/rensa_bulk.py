"""rensa through its interface for many texts at once, with the bands of its own benchmarks; nothing is verified.

python -m benchmarks.build.arms.rensa_bulk FILE    prints the seconds for the texts of a JSON file
"""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from rensa import RMinHash, RMinHashLSH

from benchmarks.build.arms.words import shingles


def candidates(texts: Sequence[str]) -> list[list[int]]:
    """For each text those that the index finds for it."""
    sketches = RMinHash.from_token_sets((list(shingles(text)) for text in texts), 128, 42)
    index = RMinHashLSH(0.8, 128, 8)
    index.insert_many(sketches)
    found: list[list[int]] = index.query_all(sketches)
    return found


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_bytes())
    candidates(given[:100])
    begun = time.perf_counter()
    candidates(given)
    print(time.perf_counter() - begun)
