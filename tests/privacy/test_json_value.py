"""A JSON value is the list of its texts and a shape, and nothing of the shape is lost."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agentlog.privacy.json_value import leaves, place_of, with_texts

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_the_same_texts_give_the_same_value(value: Any) -> None:
    again = with_texts(value, iter([leaf.text for leaf in leaves(value)]))
    assert again == value
    assert repr(again) == repr(value)


def test_texts_keys_and_whole_numbers_are_listed_with_the_keys_that_lead_there() -> None:
    found = [(leaf.text, leaf.keys, leaf.kind) for leaf in leaves({"user": {"zip": 78750, "tags": ["a", True, 1.5]}})]
    assert found == [
        ("user", (), "key"),
        ("zip", ("user",), "key"),
        ("78750", ("user", "zip"), "number"),
        ("tags", ("user",), "key"),
        ("a", ("user", "tags"), "text"),
    ]


def test_a_number_that_is_changed_stays_a_number() -> None:
    assert with_texts({"zip": 78750}, iter(["zip", "99951"])) == {"zip": 99951}


def test_a_place_reads_like_a_path_and_shows_no_key_that_was_private() -> None:
    assert place_of(("messages", 3, "content"), set()) == "messages[3].content"
    assert place_of(("users", "ana_ruiz", "a b"), {"ana_ruiz"}) == "users[*][*]"
    assert place_of((), set()) == "."
