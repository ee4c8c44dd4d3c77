"""A condition of the user's own: small, safe, and refused before it does anything it should not."""

import operator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.errors import SettingError
from agentlog.schema.sample import Answer, Sample
from agentlog.stages.expression import FIELDS, MOST_CHARACTERS, MOST_LEVELS, read_condition

KNOWN: dict[str, Any] = {
    "model": "gpt-4o",
    "variant": "b",
    "status": "success",
    "finish_reason": "stop",
    "tests_passed": True,
    "rating": 4.0,
    "review_score": 0.5,
}


def sample(**facts: Any) -> Sample:
    """One answer of which all is known, but for what is said otherwise."""
    answer = Answer(index=1, interaction_id="1", timestamp="2026-11-20T17:00:00.000000Z", **{**KNOWN, **facts})
    messages = [{"role": "user", "content": "why?"}, {"role": "assistant", "content": [{"type": "text", "text": "because"}]}]
    return Sample(id="x", messages=messages, trained=(1,), source_ids=("1",), answers=(answer,), role="coder", task_type="fix")


def holds(where: str, **facts: Any) -> bool:
    row = sample(**facts)
    return read_condition(where)(row, row.answers[0])


@pytest.mark.parametrize(
    "where",
    [
        "tests_passed and rating >= 4 and model != 'x' and 'retry' not in task_type",
        "role == 'coder' and (status == 'failure' or status == 'success')",
        "2 <= rating <= 4 < 5",
        "model in ('gpt-4o', 'other') and variant not in ['a', 'c']",
        "not rating < 4",
        "tests_passed == True and not corrected and verified",
        "review_score > -1 and 0.4 < review_score",
        "len(answer) == 7 and 'cause' in answer and prompt == 'why?' and turns == 1",
        "like(model, 'gpt-4*') and not like(model, 'gpt-4')",
        "timestamp >= '2026-11-20' and timestamp < '2026-11-20T19:00:00+01:00'",
        "task_id is None and session_id == None and rating is not None and model != None",
        "('fix' == task_type)",
        "  True or\n  False ",
    ],
)
def test_conditions_say_what_they_say_in_python(where: str) -> None:
    assert holds(where)


@pytest.mark.parametrize(
    "comparison",
    ["rating >= 3", "rating < 3", "rating != 3", "rating == 3", "3 > rating", "rating in (3, 4)", "rating not in (3, 4)", "2 < rating < 9"],
)
def test_what_is_not_known_makes_every_comparison_false(comparison: str) -> None:
    assert not holds(comparison, rating=None)
    assert holds(f"not {comparison}", rating=None)


@pytest.mark.parametrize(
    "where", ["model == 'x'", "model != 'x'", "'x' in model", "'x' not in model", "like(model, '*')", "len(model) < 99", "model in ('x',)"]
)
def test_what_is_not_known_of_a_text_is_never_an_error(where: str) -> None:
    assert not holds(where, model=None)


def test_a_field_of_true_or_false_that_is_not_known_is_not_true() -> None:
    assert not holds("tests_passed", tests_passed=None)
    assert not holds("tests_passed == False", tests_passed=None)
    assert holds("tests_passed is None", tests_passed=None)


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("ratings > 3", "'ratings' is no field; there are role, task_type"),
        ("model.lower() == 'x'", "cannot be asked"),
        ("__import__('os').system('true')", "says neither|cannot be asked"),
        ("().__class__", "cannot be asked"),
        ("len(rating) > 1", "write len"),
        ("len(len(answer)) > 1", "write len"),
        ("like(model)", "write like"),
        ("like(model, variant)", "write like"),
        ("like(rating, '4')", "write like"),
        ("[x for x in model]", "cannot be asked"),
        ("(lambda: True)()", "cannot be asked"),
        ("model[0] == 'g'", "cannot be asked"),
        ("f'{model}' == 'g'", "cannot be asked"),
        ("(model := 'x') == 'x'", "cannot be asked"),
        ("rating + 1 > 3", "cannot be asked"),
        ("rating > '4'", "compares a number with a text"),
        ("tests_passed > False", "puts true and false in an order"),
        ("rating > None", "puts None in an order"),
        ("rating is 4", "asks for identity"),
        ("model in variants", "no field"),
        ("rating in model", "neither a text nor a list"),
        ("model in ('a', variant)", "something else than plain values"),
        ("model in ('a', 3)", "compares a text with a number"),
        ("model == b'x'", "no value that an answer could have"),
        ("rating", "says neither yes nor no"),
        ("'always'", "says neither yes nor no"),
        ("timestamp > 'yesterday'", "is no time"),
        ("rating >", "is no condition"),
        ("rating = 4", "is no condition"),
        ("", "is no condition"),
        ("model == 'a'; rating", "is no condition"),
        ("model == '\0'", "is no condition"),
    ],
)
def test_what_is_not_understood_is_refused_in_one_line(where: str, why: str) -> None:
    with pytest.raises(SettingError, match=why) as refused:
        read_condition(where)
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith("select.where")


@pytest.mark.parametrize(
    "where",
    [
        "(" * 400 + "True" + ")" * 400,
        "not " * 400 + "True",
        "len(" * 300 + "answer" + ")" * 300 + " > 1",
        "-" * 900 + "1 < rating",
        " or ".join(["rating == 1"] * 300),
    ],
)
def test_conditions_that_are_too_deep_or_too_long_are_refused(where: str) -> None:
    with pytest.raises(SettingError):
        read_condition(where)
    assert len(where) > MOST_LEVELS
    assert len(where) > MOST_CHARACTERS or "or" not in where


def test_a_pattern_with_many_stars_ends_at_once() -> None:
    assert not holds(f"like(model, '{'*a' * 40}')", model="a" * 39)


def test_the_docstring_names_every_field() -> None:
    from agentlog.stages import expression

    assert expression.__doc__ is not None
    assert all(field in expression.__doc__ for field in FIELDS)


ORDERS = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@st.composite
def conditions(draw: st.DrawFn, depth: int = 3) -> tuple[str, Any]:
    """A condition about the rating, and what it is for a rating: Python's own answer, but false where the rating is not known."""
    form = draw(st.sampled_from(["compare", "and", "or", "not"])) if depth else "compare"
    if form == "compare":
        order, value = draw(st.sampled_from(sorted(ORDERS))), draw(st.integers(1, 5))
        return f"rating {order} {value}", lambda rating: rating is not None and ORDERS[order](rating, value)
    one, judge = draw(conditions(depth - 1))
    if form == "not":
        return f"not ({one})", lambda rating: not judge(rating)
    other, second = draw(conditions(depth - 1))
    if form == "and":
        return f"({one}) and ({other})", lambda rating: judge(rating) and second(rating)
    return f"({one}) or ({other})", lambda rating: judge(rating) or second(rating)


@settings(deadline=None)
@given(conditions(), st.sampled_from([None, 1.0, 2.5, 3.0, 5.0]))
def test_and_or_not_and_comparisons_are_pythons(condition: tuple[str, Any], rating: float | None) -> None:
    text, judge = condition
    assert holds(text, rating=rating) == judge(rating)


@settings(deadline=None)
@given(st.text(max_size=40) | st.text(alphabet="()[]{}'\"=<>! adenort.,:_1\\", max_size=40))
def test_any_text_is_a_condition_or_a_setting_that_is_refused(where: str) -> None:
    try:
        condition = read_condition(where)
    except SettingError:
        return
    row = sample()
    assert condition(row, row.answers[0]) in (True, False)
