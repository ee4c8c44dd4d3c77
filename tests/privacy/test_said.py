"""Names that people say of themselves and each other are found; greetings to nobody and who is told about stay."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.privacy.announced.said import names_in_list, recognisers
from agentlog.privacy.detector import Detector
from agentlog.privacy.text import Text

DETECTOR = Detector(recognisers(("en", "de", "fr", "es", "it")))
ENGLISH = Detector(recognisers(("en",)))
SAID = [
    ("Dear Ms Ruiz,\nthank you", "Ruiz"),
    ("Dear Ana Ruiz,\n", "Ana Ruiz"),
    ("Hi Ana,", "Ana"),
    ("Hello Ana, how", "Ana"),
    ("Best regards,\nAna Ruiz", "Ana Ruiz"),
    ("Sincerely,\n\nAna Ruiz\nSales", "Ana Ruiz"),
    ("Thanks,\nAna\n", "Ana"),
    ("I am Ana Ruiz and I was late.", "Ana Ruiz"),
    ("I'm Ana Ruiz.", "Ana Ruiz"),
    ("Sure, my name is Ana and", "Ana"),
    ("My name's Ana.", "Ana"),
    ("This is Ana Ruiz speaking.", "Ana Ruiz"),
    ("Thank you, Mr. Brown. Your flight", "Brown"),
    ("The user, Ana Ruiz, is requesting", "Ana Ruiz"),
    ("User Ana Ruiz (user ID: x) needs", "Ana Ruiz"),
    ("The customer Ana de la Cruz wants a refund", "Ana de la Cruz"),
    ("Sehr geehrte Frau Ruiz,", "Ruiz"),
    ("Liebe Ana,", "Ana"),
    ("Ich heiße Ana Ruiz.", "Ana Ruiz"),
    ("Mit freundlichen Grüßen\nAna Ruiz", "Ana Ruiz"),
    ("Bonjour Ana,", "Ana"),
    ("Je suis Ana Ruiz,", "Ana Ruiz"),
    ("Cordialement,\nAna Ruiz", "Ana Ruiz"),
    ("Hola Ana! Mi vuelo sale hoy", "Ana"),
    ("Soy Ana Ruiz.", "Ana Ruiz"),
    ("Estimada Sra. Ruiz:", "Ruiz"),
    ("Ciao Ana,", "Ana"),
    ("Mi chiamo Ana Ruiz.", "Ana Ruiz"),
]
NOBODY = [
    "Hi there,",
    "Hello World!",
    'print("Hello Robbie!")',
    "Dear Customer,",
    "Dear Hiring Manager,",
    "Kind regards,\n[Your Name]",
    "Best regards,\nCustomer Support Team",
    "I am Not Sure, but",
    "I'm Feeling Lucky.",
    "This is Visual Studio Code.",
    "He starred in Mr. Brooks (2007) and married Mrs. Cage.",
    "The version of MS Excel, and 10 ms Later",
    "Customer Experience Management (CEM) is",
    "User Guide (pdf), the client API Gateway is",
    "Thanks,\nrun the tests\n",
    "My name is Python.",
    'greet("Hi, my name is John")',
    "my name is Also here",
]


def found(text: str, detector: Detector = DETECTOR) -> list[str]:
    return [text[span.start : span.end] for span in detector.find(Text(text))]


@pytest.mark.parametrize(("text", "name"), SAID)
def test_names_are_found_where_somebody_says_them(text: str, name: str) -> None:
    assert found(text) == [name]
    assert found(f"Ok.\n\n{text}") == [name]


@pytest.mark.parametrize(("text", "name"), SAID)
def test_they_are_found_in_json_too(text: str, name: str) -> None:
    assert found(json.dumps({"content": text}, ensure_ascii=False)) == [name]


@pytest.mark.parametrize("text", NOBODY)
def test_who_is_nobody_or_told_about_stays(text: str) -> None:
    assert found(text) == []


def test_other_languages_count_where_their_locale_is_on() -> None:
    assert found("Ich heiße Ana Ruiz.", ENGLISH) == []


def test_a_single_name_that_is_a_word_is_not_looked_for_elsewhere() -> None:
    assert [span.spreads for span in DETECTOR.every(Text("Dear Will,\n"))] == [False]
    assert [span.spreads for span in DETECTOR.every(Text("I am Noah Brown."))] == [True, True]


def test_a_list_of_names_ends_where_names_do() -> None:
    text = "Ana Ruiz, Noah Ito and Mia Li are there"
    assert [text[first:last] for first, last in names_in_list(text, 0)] == ["Ana Ruiz", "Noah Ito", "Mia Li"]


@pytest.mark.parametrize(
    "text",
    [
        "- **Passengers:** \n  - Ana Ruiz\n  - Noah Ito\n- **Cabin Class:** Economy\n",
        "2. **Passengers:**\n   - Ana Ruiz: adult\n   - Noah Ito: child\n3. **Meal Choice:** none\n",
        "Passengers:\n- Ana Ruiz\n- Noah Ito\n- Cabin Class: Economy\n",
        "- **Passengers:** Ana Ruiz, Noah Ito\n- **Trip Type:** Round Trip\n",
    ],
)
def test_the_next_field_of_a_summary_is_no_name(text: str) -> None:
    for written in (text, json.dumps(text)):
        begin = written.index("Passengers:") + len("Passengers:**" if "**" in text else "Passengers:")
        begin += written[begin : begin + 1] == " "
        assert [written[first:last] for first, last in names_in_list(written, begin)] == ["Ana Ruiz", "Noah Ito"]


@settings(max_examples=150, deadline=None)
@given(
    st.text(alphabet="Ana RuizDe,.!\n\\\"'\ud800İ", max_size=60), st.sampled_from(["dear ", "Hi ", "Mr. ", "regards,\n", "I am ", "user "])
)
def test_any_text_behind_a_phrase_is_searched_without_an_error(text: str, phrase: str) -> None:
    whole = phrase + text
    assert all(0 <= span.start < span.end <= len(whole) for span in DETECTOR.every(Text(whole)))
