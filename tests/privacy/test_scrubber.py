"""Everything private goes from a value, everything else stays, and what cannot be settled does not pass."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.privacy.detector import Detector
from agentlog.privacy.known import Known
from agentlog.privacy.recogniser import Keyed, Recogniser, Scanned, Span
from agentlog.privacy.scrubber import Scrubber, UnsettledError
from agentlog.privacy.text import Text


def saying(pattern: str, entity: str = "PERSON", *, spreads: bool = True) -> Scanned:
    """A recogniser of one group of a pattern."""
    form = re.compile(pattern)

    def find(text: Text) -> Iterator[Span]:
        return (Span(*match.span(1), entity, "said", 0.9, spreads) for match in form.finditer(text.view))

    return Scanned(entity, find)


NAMES = saying(r"name is (\w+)")


def scrubber(*recognisers: Recogniser, known: dict[str, Known] | None = None, allow: tuple[str, ...] = ()) -> Scrubber:
    return Scrubber(Detector(recognisers), known or {}, allow, key="k" * 32)


def test_what_one_text_reveals_goes_from_all_others_and_from_keys() -> None:
    value = [{"content": "Hi Ana"}, {"content": "my name is Ana"}, {"Ana": 1, "seen": ["Anabel", "ask Ana!"]}]
    done = scrubber(NAMES).scrub(value)
    assert "Ana" not in re.findall(r"\w+", str(done.value))
    assert "Anabel" in str(done.value)
    assert done.counts == {"PERSON": 4}


def test_what_does_not_spread_is_replaced_only_where_it_was_found() -> None:
    done = scrubber(saying(r"name is (\w+)", spreads=False)).scrub(["name is Will", "Will you?"])
    assert done.value[1] == "Will you?"
    assert "Will" not in done.value[0]


def test_a_number_is_replaced_by_a_number_where_its_key_says_so() -> None:
    keyed = Keyed("zip", lambda keys, text: [Span(0, len(text.value), "ZIP_CODE", "zip", 1.0, False)] if keys[-1] == "zip" else [])
    done = scrubber(keyed).scrub({"zip": 78750, "price": 78750})
    assert isinstance(done.value["zip"], int)
    assert done.value["zip"] != 78750
    assert done.value["price"] == 78750


def test_every_replacement_is_told_with_its_place_and_never_its_value() -> None:
    done = scrubber(NAMES).scrub({"messages": [{"content": "the name is Ana, Ana"}], "Ana": ["Ana"]})
    told = [(found.place, found.start, found.end, found.recogniser) for found in done.findings]
    assert told == [
        ("messages[0].content", 12, 15, "said"),
        ("messages[0].content", 17, 20, "seen-elsewhere"),
        (".", 0, 3, "seen-elsewhere"),
        ("[*][0]", 0, 3, "seen-elsewhere"),
    ]
    assert "Ana" not in str(done.findings)


def test_allowed_texts_stay_exact_or_by_a_star() -> None:
    value = "name is Ana, name is Bob, name is Bobby"
    assert scrubber(NAMES, allow=("Ana", "Bob*")).scrub(value).value == value


def test_known_texts_go_wherever_they_stand_alone() -> None:
    done = scrubber(known={"Project Heron": Known("DENIED", "deny-list")}).scrub({"a": "on Project Heron's way", "b": "Project Herons"})
    assert "Heron'" not in done.value["a"]
    assert done.value["b"] == "Project Herons"


def test_a_value_has_one_stand_in_whatever_recognisers_take_it_for() -> None:
    done = scrubber(saying(r"name is (\w+)", spreads=False), saying(r"user is (\w+)", "USERNAME", spreads=False))
    first, second = (text.split()[-1] for text in done.scrub(["name is Ana", "user is Ana"]).value)
    assert first == second


def test_what_never_comes_to_rest_is_never_passed_on() -> None:
    with pytest.raises(UnsettledError, match="PERSON"):
        scrubber(saying(r"(?=(\w))\w", spreads=False)).scrub("ab cd")


def test_a_recogniser_that_fails_is_not_passed_over() -> None:
    def find(text: Text) -> Iterator[Span]:
        raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        scrubber(Scanned("broken", find)).scrub({"a": ["text"]})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("Ana is name\\n'\"", max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "name is Ana", "zip"]), inner, max_size=3),
    max_leaves=12,
)


def shape(value: Any) -> Any:
    """A JSON value with its texts blanked."""
    if isinstance(value, dict):
        return [shape(inner) for inner in value.values()]
    return [shape(inner) for inner in value] if isinstance(value, list) else type(value).__name__


@settings(deadline=None)
@given(JSON)
def test_scrubbing_again_changes_nothing_and_the_shape_stays(value: Any) -> None:
    once = scrubber(NAMES).scrub(value)
    again = scrubber(NAMES).scrub(once.value)
    assert again.value == once.value
    assert again.findings == []
    assert shape(once.value) == shape(value)
