"""A model is shown what people wrote, and no code; every place in a passage is a place in the text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlog.privacy.prose import passages
from agentlog.privacy.text import Text


def shown(text: str) -> list[str]:
    return [line for passage in passages(Text(text)) for line in passage.shown.split("\n")]


def test_prose_is_shown_and_fenced_code_is_not() -> None:
    text = "Dear Maria Keller,\nplease call me (today).\n```python\nx = Bob Smith\n```\nThanks, John Doe"
    assert shown(text) == ["Dear Maria Keller,", "please call me (today).", "Thanks, John Doe"]


@pytest.mark.parametrize(
    "line",
    [
        "def find(Maria, Keller):",
        "import Maria",
        "from Maria import Keller",
        "class Maria(Keller):",
        "keller = Maria",
        "Maria.keller(1)",
        '  File "maria.py", line 3, in Keller',
        "    at Maria.keller (keller.js:1:2)",
        "if Maria and Keller:",
        "    return Maria.find(keller)",
        ">>> Maria Keller",
        "@@ -1,2 +1,2 @@ Maria Keller",
        "$ git blame Maria",
        "std::vector<Maria> a; Keller::b",
        "for (Maria m : Keller) {",
    ],
)
def test_a_line_of_code_is_not_shown(line: str) -> None:
    assert shown(f"Hello World.\n{line}\nGood Bye.") == ["Hello World.", "Good Bye."]


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_string_values_of_json_are_shown_at_every_depth(depth: int) -> None:
    text = "Maria Keller called\nfrom Hamburg"
    for _ in range(depth):
        text = json.dumps({"id": "a-b-7", "n": 1, "note": text})
    assert shown(text) == ["Maria Keller called", "from Hamburg"]


def test_a_value_of_truncated_json_is_shown() -> None:
    assert shown('{"a": [1, 2], "note": "Maria Keller called and') == ["Maria Keller called and"]


def test_a_text_without_a_capital_is_not_shown() -> None:
    assert shown("nothing to see here") == []


def test_a_long_text_is_cut_at_words() -> None:
    text = "Maria Keller called. " * 500
    found = list(passages(Text(text), 200))
    assert all(len(passage.shown) <= 200 for passage in found)
    assert "".join("".join(passage.shown.split()) for passage in found) == "".join(text.split())
    assert all(word in ("Maria", "Keller", "called.") for passage in found for word in passage.shown.split())


PARTS = st.lists(st.sampled_from(["Maria", " ", "\n", '"', "\\", "\\n", ": ", "{", "```", ". ", "x" * 50, "é", "1"]), max_size=80)


@given(PARTS.map("".join), st.sampled_from([40, 2000]))
def test_every_place_in_a_passage_is_a_place_in_the_text(value: str, most: int) -> None:
    text = Text(value)
    for passage in passages(text, most):
        assert len(passage.shown) <= most
        for place, char in enumerate(passage.shown):
            first, last, away = passage.line_at(place)
            assert first <= place <= last
            assert char == "\n" if place == last else char == text.view[place + away]
