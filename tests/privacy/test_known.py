"""Known texts are found wherever they stand alone, in each of their forms, and nowhere else."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlog.privacy.known import Known, KnownTexts, unescaped
from agentlog.privacy.text import Text

PERSON = Known("PERSON", "people-list")


def found(known: list[str], text: str) -> list[str]:
    return [text[span.start : span.end] for span in KnownTexts(dict.fromkeys(known, PERSON)).find(Text(text))]


@pytest.mark.parametrize("text", ["Ana", "ask Ana.", "(Ana)", "/home/Ana/x", "x_Ana_y", '"Ana"', r"\nAna said", "Ana's", "éé Ana"])
def test_a_text_is_found_where_no_letter_or_digit_continues_it(text: str) -> None:
    assert found(["Ana"], text) == ["Ana"]


@pytest.mark.parametrize("text", ["Anabel", "JuAna", "Ana1", "1Ana", "ana", "Anaé"])
def test_a_part_of_a_word_is_not_found(text: str) -> None:
    assert found(["Ana"], text) == []


def test_a_longer_text_that_does_not_stand_alone_hides_no_shorter_one() -> None:
    assert found(["Ana", "Ana Ruiz"], "Ana Ruizo") == ["Ana"]
    assert found(["Ana", "Ana Ruiz"], "Ana Ruiz") == ["Ana Ruiz"]


@given(st.text(min_size=3, max_size=12).filter(lambda text: text.strip() == text and len(text.strip()) >= 3))
def test_a_text_is_found_plain_within_json_and_percent_encoded(value: str) -> None:
    for form in (value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]):
        assert len(list(KnownTexts({value: PERSON}).find(Text(f" {form} ")))) == 1


def test_an_escaped_text_is_found_where_it_stands_as_it_reads() -> None:
    assert found([r"Jos\u00e9"], "ask José") == ["José"]
    assert found(["ana@corp.io"], "to=" + quote("ana@corp.io", safe="")) == ["ana%40corp.io"]


def test_very_short_texts_are_not_looked_for() -> None:
    assert found(["ab"], "ab ab") == []


def test_what_reads_otherwise_once_unescaped_is_unescaped_as_often_as_it_was_escaped() -> None:
    value = 'J"osé'
    thrice = json.dumps(json.dumps(json.dumps(value)[1:-1])[1:-1])[1:-1]
    assert unescaped(thrice) == value
    assert unescaped(r"C:\Users") == r"C:\Users"
