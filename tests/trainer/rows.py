"""Rendered rows out of nothing: conversations of token ids, alone, branching, or one the beginning of another."""

from hypothesis import strategies as st

from trainer.render import NO_LOSS, RenderedRow


def row(ids: list[int], targets: list[int], name: str = "r", weight: float = 1.0) -> RenderedRow:
    """A row whose tokens at those places carry loss."""
    return RenderedRow(list(ids), [token if place in targets else NO_LOSS for place, token in enumerate(ids)], name, (1,), weight)


@st.composite
def rows_that_share(draw: st.DrawFn, vocabulary: int = 6, most: int = 8, longest: int = 24) -> list[RenderedRow]:
    """Rows of few different tokens, so that they often begin alike; some are copies, some beginnings of others."""
    texts = draw(st.lists(st.lists(st.integers(0, vocabulary - 1), min_size=2, max_size=longest), min_size=1, max_size=most))
    for text in list(texts):
        if draw(st.booleans()):
            cut = draw(st.integers(1, len(text)))
            texts.append(text[:cut] + draw(st.lists(st.integers(0, vocabulary - 1), min_size=2, max_size=6)))
    made = []
    for place, text in enumerate(texts):
        targets = draw(st.sets(st.integers(1, len(text) - 1), min_size=1))
        made.append(row(text, sorted(targets), f"row {place}", draw(st.sampled_from([0.5, 1.0, 3.0]))))
    return made
