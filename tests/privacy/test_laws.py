"""The laws of scrubbing on values made by chance: nothing planted is left, shape and fixed point are kept, stand-ins are consistent.

``python -m benchmarks.scrub.laws`` holds ten thousand such cases to them.
"""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog import scrub
from benchmarks.scrub.laws import broken_laws
from benchmarks.scrub.material.planted import case
from benchmarks.scrub.material.shape import difference

KEY = "k" * 32
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 2**32))
def test_a_case_with_planted_values_keeps_every_law(seed: int) -> None:
    assert list(broken_laws(case(random.Random(seed)))) == []


@settings(deadline=None, max_examples=150)
@given(JSON)
def test_any_json_value_keeps_its_shape_and_is_settled_after_one_scrubbing(value: object) -> None:
    clean = scrub(value, key=KEY).value
    assert difference(value, clean) is None
    assert scrub(clean, key=KEY).value == clean


@settings(deadline=None, max_examples=150)
@given(st.text(st.characters(), max_size=300))
def test_any_text_at_all_is_scrubbed_or_left_but_never_makes_the_scrubber_fail(text: str) -> None:
    clean = scrub(text, key=KEY).value
    assert scrub(clean, key=KEY).value == clean
