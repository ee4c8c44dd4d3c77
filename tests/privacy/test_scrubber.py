"""Everything private goes from a value, everything else stays, and what cannot be settled does not pass."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.privacy.detector import Detector
from agentlog.privacy.known import Known
from agentlog.privacy.recogniser import Keyed, Recogniser, Scanned, Span
from agentlog.privacy.scrubber import Scrubber, UnsettledError
from agentlog.privacy.search import Search
from agentlog.privacy.text import Text


def saying(pattern: str, entity: str = "PERSON", *, spreads: bool = True) -> Scanned:
    """A recogniser of one group of a pattern."""
    form = re.compile(pattern)

    def find(text: Text) -> Iterator[Span]:
        return (Span(*match.span(1), entity, "said", 0.9, spreads) for match in form.finditer(text.view))

    return Scanned(entity, find)


NAMES = saying(r"name is (\w+)")


def scrubber(*recognisers: Recogniser, known: dict[str, Known] | None = None, allow: tuple[str, ...] = ()) -> Scrubber:
    return Scrubber(Search(Detector(recognisers), known, allow), key="k" * 32)


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


def test_common_words_are_replaced_only_where_they_were_found() -> None:
    value = ["name is Import", "name is python3", "from x Import y", "python3 main.py"]
    assert scrubber(NAMES).scrub(value).value[2:] == value[2:]


def test_a_value_has_one_stand_in_however_it_is_escaped() -> None:
    said = saying(r"password is (\S+)", "SECRET")
    value = 'Zy"q7\\Lw0rd!'
    once = json.dumps(value)[1:-1]
    texts = [
        value,
        once,
        json.dumps(once)[1:-1],
        quote(value, safe=""),
        quote(value, safe="").lower().replace("zy", "Zy").replace("lw", "Lw"),
    ]
    first, *others = scrubber(said).scrub([f"password is {value}", *texts]).value
    assert set(others) == {first.removeprefix("password is ")}


def test_keys_of_one_mapping_stay_different() -> None:
    same = saying(r"(?i)(ana)", "EMAIL_ADDRESS")
    done = scrubber(same).scrub({"Ana": 1, "ANA": 2, "x": {"ana": 3}}).value
    assert len(done) == 3
    assert list(done.values())[:2] == [1, 2]


@pytest.mark.parametrize("number", [536228719, -536228719, 536228719.0, 2**63 - 1, 2**64 - 1, 2**53, float(2**53 - 1), 4539148803436467.0])
@pytest.mark.parametrize("entity", ["US_SSN", "CREDIT_CARD", "PERSON", "EMAIL_ADDRESS", "IP_ADDRESS", "SECRET", "TICKET", "DATE_OF_BIRTH"])
def test_a_number_stays_a_number_that_can_be_written_whatever_it_is_taken_for(number: float, entity: str) -> None:
    keyed = Keyed("id", lambda keys, text: [Span(0, len(text.value), entity, "id", 1.0)])
    once = scrubber(keyed).scrub({"id": number}).value["id"]
    assert type(once) is type(number)
    assert once != number
    assert (once < 0) == (number < 0)
    assert orjson.loads(orjson.dumps(once)) == once
    assert scrubber(keyed).scrub({"id": once}).value["id"] == once


def test_what_encloses_a_value_does_not_keep_it_from_being_looked_for() -> None:
    line, name = saying(r"(from .*)", "ADDRESS", spreads=False), saying(r"from (\w+)")
    assert "Ana" not in str(scrubber(line, name).scrub(["from Ana in Leeds", "Ana"]).value)


def test_a_part_of_what_is_surely_something_else_is_not_looked_for() -> None:
    sure = Scanned("sure", lambda text: [Span(0, 9, "IBAN_CODE", "sure", 1.0)] if text.value == "DE1234567" else [])
    part = Scanned("part", lambda text: [Span(2, 9, "PHONE_NUMBER", "part", 0.6)] if text.value == "DE1234567" else [])
    assert scrubber(sure, part).scrub(["DE1234567", "see 1234567 there"]).value[1] == "see 1234567 there"


def test_places_are_those_of_the_text_as_it_was_given_also_in_later_passes() -> None:
    first = saying(r"\b(Ana)\b", spreads=False)
    later = saying(r"zux (Ruiz)", "USERNAME", spreads=False)
    text = "x Ana, Ana Ruiz of Ana"
    told = scrubber(first, later).scrub(text).findings
    assert [text[found.start : found.end] for found in told] == ["Ana", "Ana", "Ana", "Ruiz"]


def test_a_place_is_told_by_who_found_it_there() -> None:
    told = scrubber(saying(r"name is (\w+)")).scrub(["name is Ana", "Ana"]).findings
    assert [found.recogniser for found in told] == ["said", "seen-elsewhere"]


def test_threads_share_one_scrubber() -> None:
    shared = scrubber(NAMES)
    values = [[f"my name is N{number}na", f"N{number}na"] for number in range(200)]
    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(lambda value: shared.scrub(value).value, values))
    assert done == [scrubber(NAMES).scrub(value).value for value in values]


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


def test_very_many_writings_of_one_value_as_keys_stay_different_in_linear_time() -> None:
    same = saying(r"(?i)(anaruizlind)", "EMAIL_ADDRESS")
    names = {
        "".join(char.upper() if number >> place & 1 else char for place, char in enumerate("anaruizlind")): number for number in range(2048)
    }
    assert list(scrubber(same).scrub(names).value.values()) == list(range(2048))


def test_a_half_of_a_name_too_short_to_be_looked_for_alone_goes_where_both_stand() -> None:
    halves = saying(r"(?:first|last)=(\w+)")
    value = ["first=Mia", "last=Li", "Mia Li and Li Mia, but a Li-ion cell"]
    done = scrubber(halves).scrub(value).value
    assert "Li" not in done[2].partition(",")[0]
    assert done[2].endswith(", but a Li-ion cell")
    first, last = done[0].removeprefix("first="), done[1].removeprefix("last=")
    assert done[2].startswith(f"{first} {last} and {last} {first},")


def test_a_short_number_is_replaced_only_where_it_was_found() -> None:
    keyed = Keyed("id", lambda keys, text: [Span(0, len(text.value), "ACCOUNT_ID", "id", 1.0)] if keys[-1] == "id" else [])
    done = scrubber(keyed).scrub([{"id": "10001"}, "took 10001 ms", {"id": "25025320"}, "of 25025320"])
    assert done.value[1] == "took 10001 ms"
    assert "25025320" not in done.value[3]
