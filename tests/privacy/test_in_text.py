"""Stand-ins within texts are reduced to one word, and looking for their literals in one pass changes nothing about that."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlog.privacy.forms.in_text import _KINDS, WORD, reduced

PIECES = [
    *[
        "user-0011aabb@example.com",
        "Example.com",
        "deadbeef0011",
        "Zuxilo Zuxara",
        "zux-abc9",
        "00000000-0000-4000-8000-00000000000a",
        "555-0123",
        "+1 00 12345",
        "0049 30 123456",
        "XX00",
        "X1234",
        "Z9A 1BC",
        "666000001",
        "00001",
        "9999 1234 5678 9012",
        "9",
        "00",
        "000-12-3456",
        "DE00 0000 0000 0000",
        "192.0.2.7",
        "198.18.4.5",
        "2001:db8::1",
        "00-00-5e-00-53-01",
        "1905-01-02",
        "3/4/1901",
        "January 3rd, 1904",
        "9123-4567",
        "912345678",
        "EXAMPLEKEY",
    ],
    *("é", "日本", " ", "\n", ",", ".", "word"),
]


def one_kind_after_the_other(text: str) -> str:
    """What reducing means, without any haste."""
    for literals, pattern, test in _KINDS:
        if any(literal in text for literal in literals):

            def word(match: re.Match[str], test: object = test) -> str:
                return WORD if test is None or test(match[0]) else match[0]  # type: ignore[operator]

            text = pattern.sub(word, text)
    return text


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=9).map("".join))
def test_reducing_is_replacing_one_kind_after_the_other(text: str) -> None:
    assert reduced(text) == one_kind_after_the_other(text)


@pytest.mark.parametrize("text", ["write to user-0011aabb@example.com", "from 192.0.2.7", "call 555-0123 now"])
def test_a_stand_in_becomes_one_word(text: str) -> None:
    assert WORD in reduced(text)


def test_a_text_without_stand_ins_stays_as_it_is() -> None:
    text = "def add(a, b):\n    return a + b  # 900 lines of example code, naïve\n"
    assert reduced(text) == text
