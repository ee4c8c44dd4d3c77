"""Correctness: of the trained answers on whose worth something was said, the share that is right.

Right is what tests passed, what succeeded when it was used, and what a person rated 4 or better or corrected. An answer on which nothing
was said is neither right nor wrong: it widens the interval by not being there, and the share that was judged stands beside the score.
The interval is Wilson's (1927), at 95%: unlike the usual one it is sound for few answers and for shares near 1, which is where these lie.
"""

import math
from collections.abc import Sequence
from typing import Any

from agentlog.schema.outline import Outline

_Z = 1.959963984540054
"""The 97.5th percentile of the normal distribution, for an interval of 95%."""


def correctness(batch: Sequence[Outline]) -> dict[str, Any]:
    """The score (None where no answer was judged), its interval, and how many answers it rests on."""
    judged = sum(outline.judged for outline in batch)
    verified = sum(outline.verified for outline in batch)
    answers = sum(len(outline.source_ids) for outline in batch)
    low, high = wilson_interval(verified, judged)
    return {
        "score": verified / judged if judged else None,
        "low": low,
        "high": high,
        "confidence": 0.95,
        "verified": verified,
        "judged": judged,
        "unjudged": answers - judged,
        "share_judged": judged / answers if answers else None,
        "tested": sum(outline.tested for outline in batch),
        "corrected": sum(outline.corrected for outline in batch),
        "rated_rows": sum(outline.rating > 0 for outline in batch),
    }


def wilson_interval(hits: int, of: int) -> tuple[float, float]:
    """Wilson's score interval of a share at 95%; 0 to 1 where nothing was seen.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
    """
    if not of:
        return 0.0, 1.0
    share, weight = hits / of, _Z * _Z / of
    centre = (share + weight / 2) / (1 + weight)
    half = _Z * math.sqrt(share * (1 - share) / of + weight / (4 * of)) / (1 + weight)
    # At either end the bound is the share itself, but for rounding.
    return max(0.0, centre - half) if hits else 0.0, min(1.0, centre + half) if hits < of else 1.0
