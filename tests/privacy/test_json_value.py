"""A JSON value is the list of its texts and a shape, and nothing of the shape is lost."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlog.privacy.json_value import PathStep, Trail, leaves, place_of, with_texts

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=20,
)


def trail(*steps: PathStep) -> Trail:
    way: Trail = None
    for step in steps:
        way = (way, step)
    return way


@given(JSON)
def test_the_same_texts_give_the_same_value(value: Any) -> None:
    again = with_texts(value, iter([leaf.text for leaf in leaves(value)]))
    assert again == value
    assert repr(again) == repr(value)


def test_texts_keys_and_whole_numbers_are_listed_with_the_keys_that_lead_there() -> None:
    found = [leaf[1:6] for leaf in leaves({"user": {"zip": 78750, "tags": ["a", True, 1.5, 4152653890.0]}})]
    assert found == [
        ((), "user", True, False, False),
        (("user",), "zip", True, False, False),
        (("user", "zip"), "78750", False, True, False),
        (("user",), "tags", True, False, False),
        (("user", "tags"), "a", False, False, False),
        (("user", "tags"), "4152653890", False, True, True),
    ]


def test_a_number_that_is_changed_stays_a_number() -> None:
    assert with_texts({"zip": 78750}, iter(["zip", "99951"])) == {"zip": 99951}


def test_a_place_reads_like_a_path_and_shows_no_key_that_was_private() -> None:
    assert place_of(trail("messages", 3, "content"), set()) == "messages[3].content"
    assert place_of(trail("users", "ana_ruiz", "a b"), {"ana_ruiz"}) == "users[*][*]"
    assert place_of(None, set()) == "."


def test_a_number_that_is_changed_stays_of_its_type_and_one_that_is_not_stays_as_it_was() -> None:
    value = {"phone": 4152653890.0, "price": 78750.0, "minus": -0.0, "id": -78750, "long": 10**200, 7: "x"}
    texts = [leaf.text for leaf in leaves(value)]
    assert repr(with_texts(value, iter(texts))) == repr(value)
    changed = ["9" if text in ("4152653890", "78750", "7") else text for text in texts]
    again = {"phone": 9.0, "price": 78750.0, "minus": -0.0, "id": -78750, "long": 10**200, 9: "x"}
    assert repr(with_texts(value, iter(changed))) == repr(again)


def test_a_number_too_long_to_be_written_is_no_text() -> None:
    assert leaves([10**5000]) == []


def test_a_tuple_stays_a_tuple() -> None:
    assert with_texts(("a", ["b"]), iter(["c", "d"])) == ("c", ["d"])


@pytest.mark.parametrize("value", [b"ana", {"a": {1}}, {b"ana": 1}, {("a", 1): 2}, object()])
def test_what_is_no_json_is_refused_and_not_quoted(value: object) -> None:
    with pytest.raises(TypeError, match="is no JSON") as refused:
        leaves(value)
    assert "ana" not in str(refused.value)
