"""Overlapping findings become spans that cover all of them and depend on no order."""

from hypothesis import given
from hypothesis import strategies as st

from agentlog.privacy.overlaps import resolve
from agentlog.privacy.recogniser import Span

SPANS = st.lists(
    st.builds(
        lambda start, length, entity, score, spreads: Span(start, start + length, entity, "r", score, spreads),
        st.integers(0, 40),
        st.integers(1, 12),
        st.sampled_from(["A", "B", "C"]),
        st.sampled_from([0.5, 0.8, 1.0]),
        st.booleans(),
    ),
    max_size=12,
)


@given(SPANS)
def test_no_two_spans_overlap_and_every_character_found_is_covered(spans: list[Span]) -> None:
    chosen = resolve(spans)
    covered = [place for span in chosen for place in range(span.start, span.end)]
    assert len(covered) == len(set(covered))
    assert set(covered) == {place for span in spans for place in range(span.start, span.end)}


@given(SPANS, st.randoms(use_true_random=False))
def test_the_order_of_the_findings_does_not_matter(spans: list[Span], chance: object) -> None:
    shuffled = list(spans)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert [span[:5] for span in resolve(shuffled)] == [span[:5] for span in resolve(spans)]


def test_what_encloses_another_stands_for_both() -> None:
    outer, inner = Span(0, 20, "SECRET", "url", 0.8), Span(5, 10, "EMAIL_ADDRESS", "e", 1.0)
    assert resolve([inner, outer]) == [outer]


def test_of_two_that_overlap_the_surer_names_what_is_replaced() -> None:
    [one] = resolve([Span(0, 10, "PHONE_NUMBER", "p", 0.6), Span(5, 15, "IBAN_CODE", "i", 1.0)])
    assert (one.start, one.end, one.entity) == (0, 15, "IBAN_CODE")
