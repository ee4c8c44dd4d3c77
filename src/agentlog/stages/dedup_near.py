"""Near-duplicates: MinHash finds candidates, exact Jaccard similarity decides, the best row of a cluster stays.

A text becomes the set of its word n-grams (shingles); two texts are near-duplicates when the Jaccard similarity of their sets reaches the
threshold. MinHash signatures (Broder, 1997) and banding propose candidate pairs: 32 bands of 4 rows miss a pair at 0.8 once in ten
million ((1 - 0.8⁴)³² ≈ 5e-8), where the few long bands that are usual miss most of them. Every candidate is verified, so no false pair
remains. Clusters have a leader: whatever is near it belongs to it, and what is near to a member only does not.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from pydantic import Field

from agentlog._extras import require
from agentlog.errors import SettingError
from agentlog.privacy.forms.in_text import reduced
from agentlog.schema.messages import text_of
from agentlog.schema.outcome import Drop, DropReason, Outcome
from agentlog.schema.sample import Sample
from agentlog.stages.dedup_exact import preference
from agentlog.stages.registry import StageConfig, stage

PERMUTATIONS = 128
BAND_ROWS = 4
SCHEME = "affine32"
_SEED = 1
_WORD = re.compile(r"\w+", re.UNICODE)


class SignaturesConfig(StageConfig):
    """Words per shingle."""

    ngram: int = Field(5, ge=1)


class DedupNearConfig(StageConfig):
    """The least similarity of near-duplicates, and words per shingle."""

    threshold: float = Field(0.8, gt=0, le=1)
    ngram: int = Field(5, ge=1)


@stage("signatures", config=SignaturesConfig, scope="batch", version=1)
def signatures(batch: Sequence[Sample], config: SignaturesConfig) -> Outcome[Sample]:
    """Give each sample the MinHash signature of its conversation."""
    made = _signatures([shingles(conversation(sample), config.ngram) for sample in batch])
    return Outcome([sample.model_copy(update={"signature": made[place]}) for place, sample in enumerate(batch)])


@stage("dedup_near", config=DedupNearConfig, scope="whole", version=1)
def dedup_near(batch: Sequence[Sample], config: DedupNearConfig) -> Outcome[Sample]:
    """Keep the best of each cluster of near-duplicates."""
    order = sorted(range(len(batch)), key=lambda place: preference(batch[place]))
    ranked = [batch[place] for place in order]
    texts = [conversation(sample) for sample in ranked]
    found = _leaders([sample.signature or () for sample in ranked], lambda i: shingles(texts[i], config.ngram), config.threshold)
    leader = {order[place]: order[chief] for place, chief in enumerate(found)}
    kept = [sample for place, sample in enumerate(batch) if leader[place] == place]
    dropped = [
        Drop(
            stage="dedup_near",
            reason=DropReason.NEAR_DUPLICATE,
            source_ids=sample.source_ids,
            sample_id=sample.id,
            detail=f"near {batch[leader[place]].id}",
        )
        for place, sample in enumerate(batch)
        if leader[place] != place
    ]
    return Outcome(kept, dropped)


def near_duplicates(texts: Iterable[str], threshold: float = 0.8, ngram: int = 5) -> list[int]:
    """A cluster label per text: the index of the first text of its cluster.

    Args:
        texts: any strings; a text shorter than ``ngram`` words is one shingle, and texts without any word are alike.
        threshold: the least Jaccard similarity (0 to 1] of two texts' sets of word n-grams.
        ngram: words per shingle.

    Raises:
        SettingError: threshold or ngram is out of range.
        MissingExtraError: datasketch is not installed.
    """
    if not 0 < threshold <= 1 or ngram < 1:
        raise SettingError(f"threshold must be in (0, 1] and ngram at least 1, not {threshold} and {ngram}")
    sets = [shingles(text, ngram) for text in texts]
    return _leaders(_signatures(sets), sets.__getitem__, threshold)


def shingles(text: str, ngram: int) -> frozenset[str]:
    """The set of word n-grams of a text, in lower case."""
    words = _WORD.findall(text.lower())
    if len(words) <= ngram:
        return frozenset([" ".join(words)])
    return frozenset(" ".join(words[start : start + ngram]) for start in range(len(words) - ngram + 1))


def conversation(sample: Sample) -> str:
    """What rows are compared by: everything said but the system prompts, which all rows of a role share."""
    parts: list[str] = []
    for message in sample.messages:
        if message["role"] != "system":
            parts.append(text_of(message))
            parts += [str(call["function"].get("arguments") or "") for call in message.get("tool_calls") or []]
    return reduced("\n".join(parts))


def _signatures(sets: Sequence[frozenset[str]]) -> list[tuple[int, ...]]:
    sketch = require("datasketch", "build")
    data = [[shingle.encode(errors="surrogatepass") for shingle in sorted(one)] for one in sets]
    made = sketch.MinHash.generator(data, num_perm=PERMUTATIONS, seed=_SEED, scheme=SCHEME)
    return [tuple(map(int, minhash.hashvalues)) for minhash in made]


def _leaders(sketches: Sequence[Sequence[int]], shingles_of: Callable[[int], frozenset[str]], threshold: float) -> list[int]:
    """For each text, in order of precedence, the leader of its cluster: itself, or the first earlier leader that is near enough."""
    cached = lru_cache(maxsize=65_536)(shingles_of)
    buckets: dict[tuple[int, ...], list[int]] = defaultdict(list)
    leader: list[int] = []
    for place, sketch in enumerate(sketches):
        keys = list(_bands(sketch))
        candidates = sorted({other for key in keys for other in buckets.get(key, ())})
        chief = next((other for other in candidates if _jaccard(cached(place), cached(other)) >= threshold), place)
        leader.append(chief)
        if chief == place:
            for key in keys:
                buckets[key].append(place)
    return leader


def _bands(sketch: Sequence[int]) -> Iterator[tuple[int, ...]]:
    for start in range(0, len(sketch), BAND_ROWS):
        yield (start, *sketch[start : start + BAND_ROWS])


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    shared = len(one & other)
    return shared / (len(one) + len(other) - shared)
