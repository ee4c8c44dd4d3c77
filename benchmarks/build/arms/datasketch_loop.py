"""datasketch as its documentation shows it: a MinHash updated shingle by shingle, MinHashLSH filled and queried; nothing is verified."""

from collections.abc import Sequence

from datasketch import MinHash, MinHashLSH

from benchmarks.build.arms.words import shingles


def candidates(texts: Sequence[str]) -> list[list[int]]:
    """For each text those that the index finds for it."""
    index = MinHashLSH(threshold=0.8, num_perm=128)
    made = []
    for place, text in enumerate(texts):
        sketch = MinHash(num_perm=128)
        for shingle in shingles(text):
            sketch.update(shingle.encode("utf-8"))
        index.insert(place, sketch)
        made.append(sketch)
    return [index.query(sketch) for sketch in made]
