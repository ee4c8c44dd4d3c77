"""How many true near pairs are found, and whether any false one is, against brute force over all pairs.

Reach, on real texts and on records of agents with planted repeats: at least .99 of the pairs whose Jaccard similarity is at least .8 share
a label, none of them has two leaders, every text is as near its leader as is said, and every pair of articles_1000 that a person marked is
found. datasketch's index with its own bands stands beside it.

    python -m benchmarks.build.near_recall [--records 6000]
"""

import argparse
import sys
from collections.abc import Iterator, Sequence

import numpy as np
from scipy import sparse

from agentlog import near_duplicates
from agentlog.stages.dedup_near import first_leaders
from agentlog.stages.shingles import shingle_sets
from benchmarks.build.arms import datasketch_loop
from benchmarks.build.near_texts import agent_records, labelled_pairs, real_texts

THRESHOLD, REACH = 0.8, 0.99
_BLOCK = 500


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=6000)
    given = parser.parse_args()
    missed: list[str] = []
    print(f"{'texts':16}{'number':>8}{'near pairs':>12}{'by label':>10}{'by leader':>11}{'false':>7}{'datasketch':>12}")
    for name, texts in collections(given.records):
        pairs = near_pairs(texts)
        labels = near_duplicates(texts, THRESHOLD)
        leaders = first_leaders(texts, THRESHOLD, 5)
        chiefs = leaders.places.tolist()
        by_label = share(labels[one] == labels[other] for one, other in pairs)
        by_leader = share(chiefs[one] != one or chiefs[other] != other for one, other in pairs)
        false = false_followers(texts, chiefs)
        theirs = [set(found) for found in datasketch_loop.candidates(texts)]
        by_datasketch = share(other in theirs[one] for one, other in pairs)
        print(f"{name:16}{len(texts):8}{len(pairs):12}{by_label:10.4f}{by_leader:11.4f}{false:7}{by_datasketch:12.4f}")
        missed += [name] if min(by_label, by_leader) < REACH or false else []
        if name == "articles_1000":
            marked = share(labels[one] == labels[other] for one, other in labelled_pairs())
            print(f"{'  marked pairs':16}{'':8}{len(labelled_pairs()):12}{marked:10.4f}")
            missed += [] if marked == 1 else ["marked pairs"]
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


def collections(records: int) -> Iterator[tuple[str, list[str]]]:
    """All collections by name."""
    yield "agent records", agent_records(records)
    yield from real_texts()


def near_pairs(texts: Sequence[str]) -> list[tuple[int, int]]:
    """All pairs whose Jaccard similarity reaches the threshold, by counting what each text shares with each other one."""
    sets = shingle_sets(texts, 5)
    sizes = np.array([len(one) for one in sets])
    _, columns = np.unique(np.concatenate(sets), return_inverse=True)
    starts = np.concatenate(([0], sizes.cumsum()))
    matrix = sparse.csr_matrix((np.ones(len(columns), np.int32), columns, starts))
    pairs: list[tuple[int, int]] = []
    for begin in range(0, len(texts), _BLOCK):
        shared = (matrix[begin : begin + _BLOCK] @ matrix.T).tocoo()
        ones, others = shared.row + begin, shared.col
        near = (shared.data / (sizes[ones] + sizes[others] - shared.data) >= THRESHOLD) & (ones < others)
        pairs += zip(ones[near].tolist(), others[near].tolist(), strict=True)
    return pairs


def false_followers(texts: Sequence[str], chiefs: Sequence[int]) -> int:
    """How many texts are not near the leader they follow, and pairs of leaders that are near each other count too."""
    near = set(near_pairs(texts))
    followers = sum((min(place, chief), max(place, chief)) not in near for place, chief in enumerate(chiefs) if place != chief)
    return followers + sum(chiefs[one] == one and chiefs[other] == other for one, other in near)


def share(found: Iterator[bool]) -> float:
    """The share that is true; of nothing, all."""
    told = list(found)
    return sum(told) / len(told) if told else 1.0


if __name__ == "__main__":
    main()
