"""The card says what the scores are, what they rest on, and which gates they passed."""

from agentlog.dataset.card import render_card
from tests.build.test_report import manifest_of


def test_each_score_stands_with_its_gate() -> None:
    lines = render_card(manifest_of()).splitlines()
    assert "| coverage | 0.800 | at least 0.9: FAILED |" in lines
    assert "| correctness | 1.000 | at least 0.95: passed |" in lines
    assert any(line.startswith("| diversity | 0.") and line.endswith("| none set |") for line in lines)


def test_correctness_says_how_many_answers_it_rests_on() -> None:
    assert "that of 60 judged answers (0 were not); its 95% interval (Wilson) is 0.940 to 1.000" in render_card(manifest_of())


def test_what_was_not_measured_says_so() -> None:
    silent = {"coverage": None, "diversity": None, "correctness": None, "consistency": None}
    card = render_card(manifest_of(scores=silent, gates={}))
    assert "| coverage | not measured | none set |" in card
    assert "No answer was judged" in card
    assert "No scores were taken." in render_card(manifest_of(scores={}, gates={}))
