"""Recognisers of the user's own find what they are made for, and fail loudly or not at all."""

import sys
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlog.errors import RecogniserError, SettingError
from agentlog.privacy.custom import make_patterns, make_recogniser
from agentlog.privacy.recogniser import Keyed, Scanned, Span
from agentlog.privacy.text import Text

BADGE = {"name": "badge", "entity": "BADGE", "pattern": r"\bB-\d{5}\b"}


def found(pattern: dict[str, Any], text: str) -> list[str]:
    return [text[span.start : span.end] for made in make_patterns([pattern]) if isinstance(made, Scanned) for span in made.find(Text(text))]


def found_under(pattern: dict[str, Any], keys: tuple[str, ...], text: str) -> list[str]:
    keyed = [made for made in make_patterns([pattern]) if isinstance(made, Keyed)]
    return [text[span.start : span.end] for made in keyed for span in made.under(keys, Text(text))]


def ask(recogniser: Any, text: str, limit_s: float = 10.0) -> list[Span]:
    made = make_recogniser(recogniser, limit_s)
    assert isinstance(made, Scanned)
    return list(made.find(Text(text)))


class Badges:
    """As a user would write it."""

    name = "badges"

    def find(self, text: str) -> Iterable[tuple[int, int, str, float]]:
        start = text.find("B-")
        if start >= 0:
            yield start, start + 7, "BADGE", 0.9


class Answering:
    """Answers what it is given, whatever that is."""

    name = "odd"

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def find(self, text: str) -> Any:
        return self.answer


def test_a_pattern_finds_what_it_says_and_tells_who_found_it() -> None:
    (made,) = make_patterns([{**BADGE, "score": 0.6, "spreads": False}])
    assert isinstance(made, Scanned)
    (span,) = made.find(Text("see B-12345."))
    assert span == Span(4, 11, "BADGE", "badge", 0.6, False)


def test_only_the_group_named_value_is_private() -> None:
    assert found({**BADGE, "pattern": r"badge (?P<value>\w+)"}, "badge K77 and badge L3") == ["K77", "L3"]


def test_a_word_ends_at_an_escape_of_json_inside_a_string() -> None:
    assert found(BADGE, r"{\"out\": \"line\nB-12345\t\"}") == ["B-12345"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("the badge of B-12345", ["B-12345"]), ("B-12345 is a BADGE", ["B-12345"]), ("order B-12345", []), ("badger B-12345", [])],
)
def test_a_context_word_must_stand_near(text: str, expected: list[str]) -> None:
    assert found({**BADGE, "context": ["badge"]}, text) == expected
    assert found({**BADGE, "context": ["badge"]}, "badge" + " " * 200 + "B-12345" + " " * 200 + "badge") == []


@pytest.mark.parametrize(
    "text",
    [
        '{"staff_no": "B-12345"}',
        r"{\"staffNo\": \"B-12345\"}",
        r"{\\\"staff-no\\\":\\\"B-12345\\\"}",
        "{'staff_no': 'B-12345'}",
        "STAFF_NO=B-12345",
        "staff_no => B-12345",
    ],
)
def test_with_keys_it_counts_only_as_the_value_of_one_of_them(text: str) -> None:
    own = {**BADGE, "keys": ["staff_no"]}
    assert found(own, text) == ["B-12345"]
    assert found(own, text.replace("f", "g").replace("F", "G")) == []


def test_keys_that_lead_to_a_json_value_count_as_well() -> None:
    own = {**BADGE, "keys": ["staff_no"]}
    assert found_under(own, ("user", "staffNo"), "B-12345") == ["B-12345"]
    assert found_under(own, ("staff_no", "order"), "B-12345") == []
    assert found_under(BADGE, ("staff_no",), "B-12345") == []
    assert [type(one) for one in make_patterns([own, BADGE])] == [Scanned, Keyed, Scanned]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"pattern": "("}, "cannot be used"),
        ({"pattern": "a*"}, "matches where there is nothing"),
        ({"pattern": r"\b"}, "matches where there is nothing"),
        ({"pattern": ""}, "pattern: String should have at least 1 character"),
        ({"entity": "badge number"}, "entity: String should match"),
        ({"score": 3}, "score: Input should be less than or equal to 1"),
        ({"regex": "x"}, "regex: Extra inputs are not permitted"),
        ({"context": "badge"}, "context: Input should be a valid tuple"),
    ],
)
def test_a_pattern_that_cannot_work_is_refused_in_one_line(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingError, match=said) as caught:
        make_patterns([{**BADGE, **wrong}])
    assert "'badge'" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_pattern_that_takes_too_long_raises_and_is_never_skipped() -> None:
    (made,) = make_patterns([{**BADGE, "pattern": r"(?:a|aa|aaa)+(?:b|c)\d(?=z)"}], limit_s=0.05)
    assert isinstance(made, Scanned)
    with pytest.raises(RecogniserError, match=r"'badge' timed out after 0\.05 s"):
        list(made.find(Text("a" * 80)))


def test_a_pattern_that_matches_nothing_at_last_raises() -> None:
    with pytest.raises(RecogniserError, match="matched where there is nothing"):
        found({**BADGE, "pattern": "(?=q)"}, "a q")


def test_an_object_with_a_name_and_find_is_a_recogniser() -> None:
    assert ask(Badges(), "my B-12345") == [Span(3, 10, "BADGE", "badges", 0.9, True)]
    assert ask(Answering([Span(0, 2, "X", "else", 1, True), (0, 3, "X", 1)]), "abc") == [
        Span(0, 2, "X", "odd", 1.0, True),
        Span(0, 3, "X", "odd", 1.0, False),
    ]


def test_a_recogniser_of_our_own_kind_is_taken_as_it_is() -> None:
    own = Scanned("own", lambda text: ())
    assert make_recogniser(own) is own


@pytest.mark.parametrize(
    "answer",
    [None, 7, "text", {"start": 1}, [7], [(0, 1)], [(0, 99, "X", 1)], [(-1, 2, "X", 1)], [(2, 1, "X", 1)], [(1, 1, "X", 1)],
     [(0, 1, "", 1)], [(0, 1, None, 1)], [(0, 1, "X", 2)], [(0, 1, "X", "1")], [("0", 1, "X", 1)], [(True, 2, "X", 1)], [(0, 1.5, "X", 1)],
     [(0, 1, "X", float("nan"))], [(0, 1, "X", 1)] * 99],
)  # fmt: skip
def test_an_answer_that_is_no_place_in_the_text_raises(answer: Any) -> None:
    with pytest.raises(RecogniserError, match=r"^recogniser 'odd' answered with"):
        ask(Answering(answer), "secret words")


@given(st.text(), st.lists(st.tuples(st.integers(-3, 30), st.integers(-3, 30), st.just("X"), st.floats())))
def test_what_passes_is_always_a_place_in_the_text(text: str, answer: list[Any]) -> None:
    try:
        spans = ask(Answering(answer), text)
    except RecogniserError:
        spans = []
    assert all(0 <= span.start < span.end <= len(text) and 0 <= span.score <= 1 for span in spans)


def test_an_answer_without_end_raises() -> None:
    def forever() -> Iterable[Any]:
        while True:
            yield (0, 1, "X", 1.0)

    with pytest.raises(RecogniserError, match="more spans"):
        ask(Answering(forever()), "abc")


@pytest.fixture
def team(tmp_path, monkeypatch):
    (tmp_path / "team_rules.py").write_text(
        "class Badge:\n    name = 'badge'\n    def find(self, text):\n        return [(0, 1, 'BADGE', 1.0)]\n"
        "class Nameless:\n    def find(self, text):\n        return []\n"
        "class Broken:\n    def __init__(self):\n        raise OSError('no such list')\n"
        "NUMBER = 7\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("team_rules", None)


@pytest.mark.usefixtures("team")
def test_a_class_is_named_by_its_module() -> None:
    assert ask("team_rules:Badge", "x y") == [Span(0, 1, "BADGE", "badge", 1.0, False)]


@pytest.mark.usefixtures("team")
@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("team_rules", "write it as package.module:Class"),
        ("no_such_module:Badge", "cannot be loaded, ModuleNotFoundError"),
        ("team_rules:Medal", "has no Medal"),
        ("team_rules:NUMBER", "NUMBER is not a class"),
        ("team_rules:Nameless", "a recogniser has a name"),
        ("team_rules:Broken", "cannot be loaded, OSError: no such list"),
    ],
)
def test_a_class_that_cannot_be_used_is_refused_in_one_line(setting: str, said: str) -> None:
    with pytest.raises(SettingError, match=said):
        make_recogniser(setting)


def test_a_recogniser_made_for_presidio_works_without_its_engine() -> None:
    from presidio_analyzer import Pattern, PatternRecognizer

    badge = PatternRecognizer(supported_entity="BADGE", name="Badge", patterns=[Pattern("badge", r"B-\d{5}", 0.6)], deny_list=["the boss"])
    assert sorted(span[:3] for span in ask(badge, "B-12345 and the boss")) == [(0, 7, "BADGE"), (12, 20, "BADGE")]


def test_a_weak_pattern_of_presidios_needs_a_word_of_its_context() -> None:
    from presidio_analyzer import Pattern, PatternRecognizer

    weak = PatternRecognizer(supported_entity="PASS", patterns=[Pattern("nine", r"\b\d{9}\b", 0.05)], context=["passport"])
    assert ask(weak, "order 123456789") == []
    (span,) = ask(weak, "passport no. 123456789")
    assert span.score == pytest.approx(0.4)


def test_what_presidio_raises_is_raised() -> None:
    from presidio_analyzer import LocalRecognizer

    class Failing(LocalRecognizer):  # type: ignore[misc]
        def load(self) -> None: ...

        def analyze(self, text: str, entities: Any, nlp_artifacts: Any) -> Any:
            raise ValueError(text)

    with pytest.raises(RecogniserError, match=r"^recogniser 'Failing' raised ValueError$"):
        ask(Failing(supported_entities=["X"]), "private")


def test_presidios_silence_about_a_pattern_that_timed_out_is_not_taken_for_an_answer(monkeypatch) -> None:
    from presidio_analyzer import Pattern, PatternRecognizer, pattern_recognizer

    monkeypatch.setattr(pattern_recognizer, "REGEX_TIMEOUT_SECONDS", 0.05)
    slow = PatternRecognizer(supported_entity="X", patterns=[Pattern("slow", r"(?:a|aa|aaa)+(?:b|c)\d(?=z)", 0.6)])
    with pytest.raises(RecogniserError, match="timed out"):
        ask(slow, "a" * 80)


def test_presidios_recognisers_that_ask_the_network_or_a_model_are_refused() -> None:
    from presidio_analyzer.predefined_recognizers import EmailRecognizer, SpacyRecognizer

    with pytest.raises(SettingError, match="asks the network"):
        make_recogniser(EmailRecognizer())
    with pytest.raises(SettingError, match="under ner"):
        make_recogniser(SpacyRecognizer())
