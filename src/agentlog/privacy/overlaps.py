"""Overlaps: from what several recognisers found in one text, the spans to replace.

What encloses other findings stands for all of them. Of findings that overlap otherwise, the surer one names what is replaced, but nothing
that any of them covers is left: the span grows over both. The answer depends on no order of the recognisers.
"""

from collections.abc import Iterable, Iterator

from agentlog.privacy.recogniser import Span


def resolve(spans: Iterable[Span]) -> list[Span]:
    """The spans in their order in the text, none of them overlapping; takes n log n time."""
    chosen: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end, -span.score, span.entity, span.recogniser)):
        if not chosen or span.start >= chosen[-1].end:
            chosen.append(span)
        else:
            chosen[-1] = _merged(chosen[-1], span)
    return chosen


def outstanding(spans: Iterable[Span]) -> Iterator[Span]:
    """The spans that are no mere part of one that is surer of itself: a card's digits are no phone number."""
    outer: Span | None = None
    for span in sorted(spans, key=lambda span: (span.start, -span.end, -span.score)):
        if outer is None or span.end > outer.end or span.score >= outer.score:
            yield span
        if outer is None or span.end > outer.end:
            outer = span


def _merged(first: Span, second: Span) -> Span:
    """``first`` begins no later. Equal places are named by the surer; else by the longer, if it is as sure."""
    if second.end <= first.end:
        same = (first.start, first.end) == (second.start, second.end)
        return second._replace(spreads=first.spreads or second.spreads) if same and _rank(second) > _rank(first) else first
    surer = max(first, second, key=_rank)
    return surer._replace(start=first.start, end=second.end, spreads=False)


def _rank(span: Span) -> tuple[float, int, str]:
    return (span.score, span.end - span.start, span.entity)
