"""Kinds of task, discovered from what rows ask for, where a project declares no task types.

Requests become TF-IDF vectors of their words, latent dimensions by truncated SVD (latent semantic analysis) and clusters by k-means on the
unit sphere; the number of clusters is the one with the best silhouette (Rousseeuw, 1987), and where even that is low there is one kind
only, which is nothing to measure. Deterministic: fixed seeds, one thread.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from agentlog._extras import require, require_all

if TYPE_CHECKING:
    import numpy as np

LEAST_ROWS = 50
"""Fewer requests than this say nothing of kinds."""
MOST_KINDS = 12
_NUMBERS = (2, 3, 4, 5, 6, 8, 10, MOST_KINDS)
_LEAST_SILHOUETTE = 0.1
_READ = 2000
_DIMENSIONS = 32


class TaskKinds(NamedTuple):
    """The label of each request, the words that tell each kind from the others, and how well they are told apart (-1 to 1)."""

    sampled: int
    labels: list[int]
    names: list[str]
    silhouette: float | None
    why_none: str = ""


def task_kinds(requests: Sequence[str]) -> TaskKinds:
    """Cluster requests by what they ask for.

    Raises:
        MissingExtraError: scikit-learn is not installed.
    """
    if len(requests) < LEAST_ROWS:
        return TaskKinds(
            len(requests), [], [], None, f"{len(requests)} rows are too few to discover kinds of task: {LEAST_ROWS} are needed"
        )
    require_all(("numpy", "sklearn"), "build")
    # With several threads, sums are made in an order that changes from run to run.
    with require("threadpoolctl", "build").threadpool_limits(limits=1):
        return _clustered([request[:_READ] for request in requests])


def _clustered(requests: list[str]) -> TaskKinds:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        max_features=4000, min_df=2, max_df=0.9, sublinear_tf=True, stop_words="english", token_pattern=r"[^\W\d_]{2,}"
    )
    try:
        weights = vectorizer.fit_transform(requests)
    except ValueError:
        return TaskKinds(len(requests), [], [], None, "the requests have no words in common")
    if weights.shape[1] < 3:
        return TaskKinds(len(requests), [], [], None, "the requests have hardly any words that tell them apart")
    labels, silhouette = _best_partition(_latent(weights))
    if silhouette < _LEAST_SILHOUETTE:
        return TaskKinds(len(requests), [], [], round(silhouette, 4), "the requests fall into no distinct kinds")
    # The largest kind comes first: the numbers that k-means gives mean nothing.
    order = {label: place for place, (label, _) in enumerate(sorted(Counter(labels).items(), key=lambda one: (-one[1], one[0])))}
    numbered = [order[label] for label in labels]
    return TaskKinds(len(requests), numbered, _names(weights, numbered, vectorizer.get_feature_names_out()), round(silhouette, 4))


def _latent(weights: Any) -> "np.ndarray[Any, Any]":
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    dimensions = min(_DIMENSIONS, min(weights.shape) - 1)
    points: np.ndarray[Any, Any] = normalize(TruncatedSVD(dimensions, random_state=0).fit_transform(weights))
    return points


def _best_partition(points: "np.ndarray[Any, Any]") -> tuple[list[int], float]:
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    best: tuple[list[int], float] = ([0] * len(points), -1.0)
    for number in _NUMBERS:
        labels = KMeans(number, n_init=3, random_state=0).fit_predict(points)
        if len(set(labels.tolist())) < 2:
            continue
        score = float(silhouette_score(points, labels))
        # Points that are all but equal differ in the last bits only: a split must be better to count.
        if score > best[1] + 1e-6:
            best = labels.tolist(), score
    return best


def _names(weights: Any, labels: Sequence[int], words: Sequence[str]) -> list[str]:
    """For each kind, the three words that weigh most in it beyond what they weigh in all rows."""
    import numpy as np

    told = np.asarray(labels)
    overall = np.asarray(weights.mean(axis=0)).ravel()
    names = []
    for label in range(max(labels) + 1):
        excess = np.asarray(weights[told == label].mean(axis=0)).ravel() - overall
        top = sorted(range(len(excess)), key=lambda place: (-round(float(excess[place]), 9), words[place]))[:3]
        names.append(f"{label + 1}: {' '.join(words[place] for place in top)}")
    return names
