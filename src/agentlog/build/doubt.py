"""Doubt: how far what is known of a row disagrees with itself, or with the rest of the dataset.

Each signal is a number from 0 (nothing odd) to 1; a row's doubt is 1 - ∏(1 - signal), so that one strong signal is enough and several weak
ones add up. All are found in outlines, without a look at the texts:

- ``passed_but_rated_low``: tests passed, but the worst rating is low (5 gives 0, 1 gives 1), or the review score is among the lowest of
  the dataset (its rank; scales of review scores are the users' own);
- ``rated_high_but_untried``: a person rated it 4 or 5, but no test and no outcome says that it works;
- ``ratings_differ``: the ratings within the row lie apart, as a part of the four points they can;
- ``odd_length``: the length of its answers lies far from the median, on a log scale: 2.5 robust standard deviations (1.4826 times the
  median absolute deviation) give 0, 6 and more give 1;
- ``rare_task_type``: its task type has less than half of the rows that an equal part would be;
- ``verified_without_tests`` and ``unverified``: no test, or nothing at all, has judged it; the more rows tests have judged, the odder.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agentlog._extras import require
from agentlog.schema.outline import Outline
from agentlog.stages.balance import NO_TYPE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ROBUST = 1.4826
_ODD_FROM, _ODD_TO = 2.5, 6.0


@dataclass(frozen=True, slots=True)
class Doubt:
    """By signal and in total, the doubt of each row: arrays of shape (rows,) in [0, 1]."""

    signals: "dict[str, NDArray[np.float32]]"
    total: "NDArray[np.float32]"

    def reasons(self, place: int) -> list[str]:
        """The names of the signals that say something of a row, the strongest first."""
        said = [(-float(values[place]), name) for name, values in self.signals.items() if values[place] > 0]
        return [name for _, name in sorted(said)]


def doubts(outlines: Sequence[Outline]) -> Doubt:
    """The doubt of every row of a dataset.

    Raises:
        MissingExtraError: numpy is not installed.
    """
    numpy = require("numpy", "build")
    column = _Columns(outlines, numpy)
    tested, judged, verified = column("tested") > 0, column("judged") > 0, column("verified") > 0
    passed = tested & (column("passed") >= column("tested"))
    lowest, best = column("lowest"), column("rating")
    low = numpy.where(lowest > 0, (5 - lowest) / 4, 0)
    unproven = verified & (column("passed") == 0)
    share_tested = float(tested.mean()) if len(outlines) else 0.0
    signals = {
        "passed_but_rated_low": numpy.where(passed, numpy.maximum(low, _low_scores(outlines, numpy)), 0),
        "rated_high_but_untried": numpy.where((best >= 4) & unproven, (best - 3) / 2, 0),
        "ratings_differ": numpy.where(lowest > 0, (best - lowest) / 4, 0),
        "odd_length": _odd(column("answer_length"), numpy),
        "rare_task_type": _rare(outlines, numpy),
        "verified_without_tests": numpy.where(verified & ~tested, 0.5 * share_tested, 0),
        "unverified": numpy.where(~judged, share_tested, 0),
    }
    signals = {name: numpy.clip(values, 0, 1).astype(numpy.float32) for name, values in signals.items()}
    agreed = numpy.ones(len(outlines), numpy.float32)
    for values in signals.values():
        agreed *= 1 - values
    return Doubt(signals, 1 - agreed)


class _Columns:
    """Fields of outlines as arrays."""

    def __init__(self, outlines: Sequence[Outline], numpy: Any) -> None:
        self._outlines, self._numpy = outlines, numpy

    def __call__(self, field: str) -> Any:
        return self._numpy.fromiter((getattr(outline, field) for outline in self._outlines), float, len(self._outlines))


def _low_scores(outlines: Sequence[Outline], numpy: Any) -> Any:
    """For each row the share of the other scores that are higher, counted only where it is more than half; 0 where there is no score."""
    scores = numpy.array([numpy.nan if outline.review_score is None else outline.review_score for outline in outlines], float)
    known = numpy.sort(scores[~numpy.isnan(scores)])
    if len(known) < 2:
        return numpy.zeros(len(outlines))
    higher = (len(known) - numpy.searchsorted(known, scores, side="right")) / (len(known) - 1)
    return numpy.where(numpy.isnan(scores), 0, numpy.maximum(0, 2 * higher - 1))


def _odd(lengths: Any, numpy: Any) -> Any:
    if not len(lengths):
        return lengths
    logs = numpy.log1p(lengths)
    far = numpy.abs(logs - numpy.median(logs))
    # Where most answers have one length, a factor of two is odd enough.
    spread = max(_ROBUST * float(numpy.median(far)), float(numpy.log(2)) / _ODD_FROM)
    return (far / spread - _ODD_FROM) / (_ODD_TO - _ODD_FROM)


def _rare(outlines: Sequence[Outline], numpy: Any) -> Any:
    kinds = [outline.task_type or NO_TYPE for outline in outlines]
    rows = Counter(kinds)
    rarity = {kind: max(0.0, 1 - 2 * number * len(rows) / len(kinds)) for kind, number in rows.items()}
    return numpy.array([rarity[kind] for kind in kinds], float)
