"""Exact match and token F1: bounded, symmetric, and strict where code is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.evaluation.metrics import exact_match, token_f1


@given(st.text(), st.text())
def test_f1_is_symmetric_and_between_0_and_1(one, other):
    assert token_f1(one, other) == token_f1(other, one)
    assert 0 <= token_f1(one, other) <= 1


@given(st.text())
def test_a_text_agrees_with_itself(text):
    assert token_f1(text, text) == exact_match(text, text) == 1


@pytest.mark.parametrize(
    ("answer", "reference", "exact", "f1"),
    [
        ("return  a +\n b", "return a + b", 1, 1),
        ("Return a", "return a", 0, 0.5),
        ("return a + b", "return a - b", 0, 0.75),
        ("", "x", 0, 0),
        ("", "", 1, 1),
        ("e\u0301", "\u00e9", 1, 1),
    ],
)
def test_white_space_and_unicode_forms_do_not_count_but_case_and_signs_do(answer, reference, exact, f1):
    assert exact_match(answer, reference) == exact
    assert token_f1(answer, reference) == f1
