"""Coverage: how much of what a role is asked to do has rows enough.

Where task types are declared, each counts by how full it is: 1 with enough rows, the share of enough below that, 0 with none. Enough is
20 rows, so that a tenth for validation and a tenth for test are two each; in a small dataset it is a quarter of an even share, so that
being small is not being uncovered. Rows of types that nobody declared do not count.

Where none are declared, the kinds of task are those that clustering the requests discovers, and coverage is the effective number of kinds
(the exponential of their entropy: Hill, "Diversity and evenness", 1973) over their number: 1 where all are as frequent. What no row asks
for cannot be discovered, so this reads higher than a declared coverage would.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from agentlog.stages.scoring.task_kinds import TaskKinds

ENOUGH = 20


class Coverage(NamedTuple):
    """The score (None: not measured) and its parts."""

    score: float | None
    details: dict[str, Any]


def declared_coverage(rows: Mapping[str | None, int], declared: Sequence[str]) -> Coverage:
    """How full the declared task types are, given the rows of each type."""
    names = list(dict.fromkeys(declared))
    enough = min(float(ENOUGH), max(1.0, sum(rows.values()) / len(names) / 4))
    shares = {name: min(rows.get(name, 0) / enough, 1.0) for name in names}
    return Coverage(
        sum(shares.values()) / len(names),
        {
            "of": "declared task types",
            "enough_rows": math.ceil(enough),
            "rows": {name: rows.get(name, 0) for name in names},
            "missing": [name for name in names if not rows.get(name)],
            "thin": [name for name in names if 0 < shares[name] < 1],
            "undeclared_rows": sum(rows.values()) - sum(rows.get(name, 0) for name in names),
        },
    )


def discovered_coverage(kinds: TaskKinds) -> Coverage:
    """How evenly the discovered kinds of task are covered."""
    details: dict[str, Any] = {"of": "discovered kinds of task", "sampled_rows": kinds.sampled}
    if kinds.why_none:
        return Coverage(None, {**details, "not_measured": kinds.why_none})
    sizes = Counter(kinds.labels)
    score = math.exp(entropy(sizes.values())) / len(sizes)
    return Coverage(
        score,
        {
            **details,
            "silhouette": kinds.silhouette,
            "effective_kinds": round(score * len(sizes), 3),
            "rows": {kinds.names[label]: sizes[label] for label in sorted(sizes)},
        },
    )


def entropy(counts: "Sequence[int] | Any") -> float:
    """Shannon entropy of the shares of these counts, in nats."""
    given = [count for count in counts if count]
    total = sum(given)
    return -sum(count / total * math.log(count / total) for count in given)
