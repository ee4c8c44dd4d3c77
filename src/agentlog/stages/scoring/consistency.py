"""Consistency: how alike in style the trained answers of a role are.

The agreement of a feature is one minus the mean absolute deviation from its median: for a yes or no that is the share of the commoner
side, and it falls towards a half as rows split evenly. A feature that has a better side (code that parses) counts by its mean instead.
A facet (parsing, type hints, docstrings, naming, formatting, structure, length) is the mean of its features, and the score the mean of
the facets, each weighted by the share of rows that it applies to: rows without code say nothing about type hints.
"""

from collections.abc import Sequence
from typing import Any

from agentlog.schema.outline import Outline
from agentlog.stages.style import DIRECTED, FACETS, FEATURES

_BYTES = 4 * len(FEATURES)


def consistency(batch: Sequence[Outline]) -> dict[str, Any]:
    """The score (None where no row has a style), the agreement of each facet, and mean, agreement and reach of each feature."""
    features = _features(batch)
    facets = {name: _weighted([features[feature] for feature in names if feature in features]) for name, names in FACETS.items()}
    told = {name: facet for name, facet in facets.items() if facet is not None}
    overall = _weighted(list(told.values()))
    return {
        "score": None if overall is None else overall["agreement"],
        "facets": told,
        "features": features,
    }


def _features(batch: Sequence[Outline]) -> dict[str, dict[str, float]]:
    """Of each feature that applies to any row: its mean, the agreement of the rows, and the share of rows that it applies to."""
    import numpy as np

    styles = [outline.style for outline in batch if len(outline.style) == _BYTES]
    table = np.frombuffer(b"".join(styles), dtype=np.float32).reshape(-1, len(FEATURES))
    found = {}
    for place, name in enumerate(FEATURES):
        column = table[:, place]
        column = column[~np.isnan(column)].astype(np.float64)
        if not len(column):
            continue
        mean = float(column.mean())
        spread = float(np.abs(column - np.median(column)).mean())
        found[name] = {"mean": mean, "agreement": mean if name in DIRECTED else 1.0 - spread, "applies": len(column) / len(table)}
    return found


def _weighted(parts: Sequence[dict[str, float]]) -> dict[str, float] | None:
    """The mean agreement, by the share of rows that each part applies to, and the widest reach of any."""
    reach = sum(part["applies"] for part in parts)
    if not reach:
        return None
    agreement = sum(part["agreement"] * part["applies"] for part in parts) / reach
    return {"agreement": agreement, "applies": max(part["applies"] for part in parts)}
