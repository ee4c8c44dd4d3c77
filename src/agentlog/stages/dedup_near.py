"""Near-duplicates: of rows that say nearly the same, the best one stays.

Two texts are near when the Jaccard similarity of their sets of word n-grams (`agentlog.stages.shingles`) reaches the threshold. MinHash
signatures (`agentlog.stages.minhash`) say which pairs are worth comparing, exact comparing decides (`agentlog.stages.leaders`): no false
pair remains, and a true one is missed with a probability of at most 10⁻⁴. In a build the best row of a cluster leads it, by the rule
`preference`; among mere texts the one that most others resemble does, so that a cluster holds as many of its near pairs as it can.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pydantic import Field

from agentlog._extras import require
from agentlog.errors import SettingError
from agentlog.schema.outcome import Drop, DropReason, Outcome
from agentlog.schema.outline import Outline
from agentlog.stages.clusters import Material, join_clusters
from agentlog.stages.conversation import conversation
from agentlog.stages.dedup_exact import preference
from agentlog.stages.leaders import Leaders, Likeness, find_leaders, group
from agentlog.stages.minhash import PERMUTATIONS, cut_for, signatures
from agentlog.stages.registry import StageConfig, stage


class DedupNearConfig(StageConfig):
    """The least similarity of near-duplicates, and words per shingle."""

    threshold: float = Field(0.8, gt=0, le=1)
    ngram: int = Field(5, ge=1)


@stage("dedup_near", config=DedupNearConfig, scope="whole", version=2)
def dedup_near(batch: Sequence[Outline], config: DedupNearConfig) -> Outcome[Outline]:
    """Keep the best of each cluster of near-duplicates.

    Raises:
        MissingExtraError: numba or numpy is not installed.
        ValueError: a row was outlined without its signature.
    """
    numpy = require("numpy", "build")
    order = numpy.array(sorted(range(len(batch)), key=lambda place: preference(batch[place])), numpy.int32)
    found = find_leaders(
        _likeness(batch), order, lambda places: [conversation(batch[place].sample()) for place in places], config.threshold, config.ngram
    )
    places = found.places.tolist()
    kept = [row for place, row in enumerate(batch) if places[place] == place]
    dropped = [
        _drop(row, batch[places[place]], float(found.similarities[place])) for place, row in enumerate(batch) if places[place] != place
    ]
    return Outcome(kept, dropped, measures=_measures(places, found))


def near_duplicates(texts: Iterable[str], threshold: float = 0.8, ngram: int = 5) -> list[int]:
    """A cluster label per text: the index of the first text of its cluster.

    Every text of a cluster is near another one of it. Texts that only a chain of others connects are not in one cluster: those of a cluster
    have a Jaccard similarity of at least threshold³, each with each other.

    Args:
        texts: any strings; a text shorter than ``ngram`` words is one shingle, and texts without any word are alike.
        threshold: the least Jaccard similarity (0 to 1] of two texts' sets of word n-grams.
        ngram: words per shingle.

    Raises:
        SettingError: threshold or ngram is out of range.
        MissingExtraError: numba or numpy is not installed.
    """
    held = list(texts)
    likeness = _likeness_of(held, threshold, ngram)
    material = Material(likeness, ngram, group(likeness, cut_for(threshold)), lambda places: [held[place] for place in places])
    clusters = join_clusters(material, central_leaders(material, threshold), threshold)
    first: dict[int, int] = {}
    return [first.setdefault(cluster, place) for place, cluster in enumerate(clusters)]


def central_leaders(material: Material, threshold: float) -> Leaders:
    """The leaders of texts where those take precedence that agree with most others in a band of their signatures."""
    numpy = require("numpy", "build")
    likeness, ngram, grouped, texts_of = material
    order = numpy.argsort(-grouped.company, kind="stable").astype(numpy.int32)
    return find_leaders(likeness, order, texts_of, threshold, ngram, grouped)


def first_leaders(texts: Sequence[str], threshold: float, ngram: int, told: Callable[[int], None] = lambda _: None) -> Leaders:
    """The leaders of texts where those take precedence that come first; ``told`` learns how many more are decided.

    Raises:
        SettingError: threshold or ngram is out of range.
        MissingExtraError: numba or numpy is not installed.
    """
    numpy = require("numpy", "build")
    likeness = _likeness_of(texts, threshold, ngram)
    order = numpy.arange(len(texts), dtype=numpy.int32)
    return find_leaders(likeness, order, lambda places: [texts[place] for place in places], threshold, ngram, told=told)


def _likeness_of(texts: Sequence[str], threshold: float, ngram: int) -> Likeness:
    if not 0 < threshold <= 1 or ngram < 1:
        raise SettingError(f"threshold must be in (0, 1] and ngram at least 1, not {threshold} and {ngram}")
    numpy = require("numpy", "build")
    found = signatures(texts, ngram)
    return Likeness(found.values.astype(numpy.uint8), found.shingles)


def _likeness(batch: Sequence[Outline]) -> Likeness:
    numpy = require("numpy", "build")
    for row in batch:
        if len(row.bands) != PERMUTATIONS:
            raise ValueError(f"row {row.id} has no signature")
    values = numpy.frombuffer(b"".join([row.bands for row in batch]), numpy.uint8).reshape(len(batch), PERMUTATIONS)
    return Likeness(values, numpy.array([row.shingles for row in batch], numpy.int64))


def _drop(row: Outline, winner: Outline, similarity: float) -> Drop:
    return Drop(
        stage="dedup_near",
        reason=DropReason.NEAR_DUPLICATE,
        source_ids=row.source_ids,
        sample_id=row.id,
        detail=f"near {winner.id}",
        winner=winner.id,
        similarity=round(similarity, 4),
    )


def _measures(places: Sequence[int], found: Leaders) -> dict[str, Any]:
    sizes = Counter(places)
    clusters = [size for size in sizes.values() if size > 1]
    return {
        "rows": len(places),
        "clusters": len(clusters),
        "in_clusters": sum(clusters),
        "largest_cluster": max(clusters, default=0),
        "crowded": found.crowded,
    }
