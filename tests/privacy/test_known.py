"""Known texts are found wherever they stand alone, in each of their forms, and nowhere else."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlog.privacy.known import Known, KnownTexts, unescaped
from agentlog.privacy.overlaps import resolve
from agentlog.privacy.text import view_of

PERSON = Known("PERSON", "people-list")


def found(known: list[str], text: str) -> list[str]:
    return [text[span.start : span.end] for span in resolve(KnownTexts(dict.fromkeys(known, PERSON)).find(view_of(text)))]


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
        assert len(resolve(KnownTexts({value: PERSON}).find(view_of(f" {form} ")))) == 1


def test_an_escaped_text_is_found_where_it_stands_as_it_reads() -> None:
    assert found([r"Jos\u00e9"], "ask José") == ["José"]
    assert found(["ana@corp.io"], "to=" + quote("ana@corp.io", safe="")) == ["ana%40corp.io"]


def test_a_text_in_a_script_without_blanks_is_found_between_letters() -> None:
    assert found(["王小明"], "我是王小明。") == ["王小明"]
    assert found(["Ana"], "我是Ana。") == ["Ana"]


def test_a_text_that_begins_within_one_that_does_not_stand_alone_is_found() -> None:
    assert found(["a b", "b c"], "xa b c") == ["b c"]


@pytest.mark.parametrize("text", ["5122653890", "15122653890"])
def test_a_number_is_found_without_what_groups_its_digits(text: str) -> None:
    assert found(["(512) 265-3890", "+1 512 265-3890"], f"call {text} now") == [text]


@pytest.mark.parametrize("text", ["975 HARBOR LANE", "975 harbor lane", "975+Harbor+Lane", "975%20Harbor%20Lane"])
def test_a_text_of_several_parts_is_found_in_other_case_and_in_an_address(text: str) -> None:
    assert found(["975 Harbor Lane"], f"http://x/?q={text}&r=1") == [text]


def test_a_secret_is_found_in_its_own_letters_only_and_with_small_hexadecimal_digits() -> None:
    secret = KnownTexts({"aZ9/kq-Rw7": Known("SECRET", "said")})
    assert len(resolve(secret.find("az9/kq-rw7 aZ9%2fkq-Rw7 aZ9%2Fkq-Rw7"))) == 2


def test_what_reads_otherwise_once_unescaped_is_unescaped_as_often_as_it_was_escaped() -> None:
    value = 'J"osé'
    thrice = json.dumps(json.dumps(json.dumps(value)[1:-1])[1:-1])[1:-1]
    assert unescaped(thrice) == value
    assert unescaped(r"C:\Users") == r"C:\Users"
