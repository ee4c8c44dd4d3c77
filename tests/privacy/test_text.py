"""The views of a text have its length, and show what patterns need to see."""

from hypothesis import given
from hypothesis import strategies as st

from agentlog.privacy.text import Text

ANY = st.text(st.characters(), max_size=60) | st.text("\\nrtabİß\ud800 \"'", max_size=30)


@given(ANY)
def test_every_view_has_the_length_of_the_text(value: str) -> None:
    text = Text(value)
    assert len(text.view) == len(text.low) == len(value)


@given(ANY)
def test_every_view_can_be_encoded_whatever_surrogates_the_text_holds(value: str) -> None:
    text = Text(value)
    assert len(text.low.encode()) >= len(value)
    assert len(text.shape) >= len(value)


def test_an_escape_ends_a_word_and_its_letter_is_no_part_of_the_next() -> None:
    assert Text(r"mail:\nana@corp.io").view == "mail:  ana@corp.io"
    assert Text(r"mail:\\\\tana").view == "mail:     ana"


def test_the_shape_shows_kinds_of_characters() -> None:
    assert Text("Call +49 (30) 1a Zé").shape == b"ffaa +00 (00) 0f aaa"
