"""Diversity: how varied the trained answers are, as the mean of four parts, each 0 (all the same) to 1.

types     entropy of the task types (of the discovered kinds where rows carry none) over that of as many equal ones; declared types count
          even where they have no row (Pielou's evenness)
distinct  mean of distinct-1, -2 and -3: different word n-grams as a share of all (Li et al., "A diversity-promoting objective function for
          neural conversation models", 2016), over the first `WORDS` words of each answer, as the share falls with length
distance  mean over all pairs of one minus the cosine of their TF-IDF vectors
vendi     logarithm of the Vendi score, over that of the number of answers. The score is the effective number of different answers: the
          exponential of the entropy of the eigenvalues of K/n, K the cosines (Friedman & Dieng, "The Vendi score", 2023)

All but the first are of a bounded sample of rows, and depend on its size: compare datasets of like size.
"""

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from zlib import crc32

from agentlog.stages.scoring.coverage import entropy

if TYPE_CHECKING:
    import numpy as np

SAMPLE = 500
"""Answers that are compared."""
WORDS = 100
_READ = 8192
_WIDTH = 4096
_WORD = re.compile(r"\w+|[^\w\s]")


def diversity(rows: Mapping[Any, int], answers: Sequence[str], declared: Sequence[str] = ()) -> dict[str, Any]:
    """The parts, with ``score`` as their mean; None where there is nothing to compare.

    Args:
        rows: rows of each task type or kind, empty where none is known.
        answers: the texts of at most `SAMPLE` answers.
        declared: types that count even without rows.
    """
    words = [_WORD.findall(answer[:_READ].lower()) for answer in answers]
    parts: dict[str, float | None] = {"types": _evenness(rows, declared), "distinct": None, "distance": None, "vendi": None}
    found: dict[str, Any] = {"sampled_rows": len(answers)}
    if len(answers) > 1:
        shares = {f"distinct_{size}": _distinct([one[:WORDS] for one in words], size) for size in (1, 2, 3)}
        cosines = _cosines(words)
        effective = _vendi(cosines)
        parts["distinct"] = sum(shares.values()) / len(shares)
        parts["distance"] = 1.0 - (float(cosines.sum()) - len(words)) / (len(words) * (len(words) - 1))
        parts["vendi"] = math.log(effective) / math.log(len(words))
        found |= {**shares, "vendi_score": effective}
    known = [part for part in parts.values() if part is not None]
    return {"score": sum(known) / len(known) if known else None, **parts, **found}


def _evenness(rows: Mapping[Any, int], declared: Sequence[str]) -> float | None:
    names = set(rows) | set(declared)
    if not rows:
        return None
    return entropy(rows.values()) / math.log(len(names)) if len(names) > 1 else 0.0


def _distinct(texts: Sequence[Sequence[str]], size: int) -> float:
    """Different n-grams of that size as a share of all; texts shorter than it have none."""
    grams = [tuple(words[start : start + size]) for words in texts for start in range(len(words) - size + 1)]
    return len(set(grams)) / len(grams) if grams else 0.0


def _cosines(texts: Sequence[Sequence[str]]) -> "np.ndarray[Any, Any]":
    """Cosines of all pairs, over hashed words weighted by TF-IDF; a text without words is like others without and unlike the rest."""
    import numpy as np

    counts = np.zeros((len(texts), _WIDTH + 1))
    for row, words in enumerate(texts):
        if not words:
            counts[row, _WIDTH] = 1.0
        places = [crc32(word.encode(errors="surrogatepass")) % _WIDTH for word in words]
        np.add.at(counts[row], places, 1.0)
    rarity = np.log((1 + len(texts)) / (1 + (counts > 0).sum(axis=0))) + 1
    weights = np.log1p(counts) * rarity
    weights /= np.linalg.norm(weights, axis=1, keepdims=True)
    cosines: np.ndarray[Any, Any] = np.clip(weights @ weights.T, 0.0, 1.0)
    np.fill_diagonal(cosines, 1.0)
    return cosines


def _vendi(cosines: "np.ndarray[Any, Any]") -> float:
    """The effective number of different texts: 1 to their number."""
    import numpy as np

    shares = np.linalg.eigvalsh(cosines / len(cosines))
    shares = shares[shares > 1e-12]
    return float(np.exp(-(shares * np.log(shares)).sum()))
