"""The card says what the scores are, what they rest on, and which gates they passed."""

import pytest

from agentlog.dataset.card import render_card
from tests.build.test_report import manifest_of


def test_each_score_stands_with_its_gate() -> None:
    lines = render_card(manifest_of()).splitlines()
    assert "| coverage | 0.800 | at least 0.9: FAILED |" in lines
    assert "| correctness | 1.000 | at least 0.95: passed |" in lines
    assert any(line.startswith("| diversity | 0.") and line.endswith("| none set |") for line in lines)


def test_correctness_says_how_many_answers_it_rests_on() -> None:
    card = render_card(manifest_of())
    assert "that of the 60 trained answers that were judged (0 were not), after those that failed were dropped" in card
    assert "its 95% interval (Wilson) is 0.940 to 1.000" in card


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        ("2026-10-01T00:00:00Z", "2026-11-20T00:00:00Z", "Logged from 2026-10-01 to 2026-11-20, in"),
        ("2026-10-01T00:00:00Z", "2026-10-01T09:00:00Z", "Logged on 2026-10-01, in"),
        ("1970-01-01T00:00:00Z", "1970-01-01T00:01:00Z", "Logged without dates, in"),
        ("1970-01-01T00:00:00Z", "2026-10-01T09:00:00Z", "Logged until 2026-10-01, some without a date, in"),
    ],
)
def test_positions_in_a_source_without_times_are_no_dates(first: str, last: str, said: str) -> None:
    seen = manifest_of().input.model_copy(update={"first": first, "last": last})
    assert said in render_card(manifest_of(input=seen))


def test_rows_that_another_format_cannot_say_are_counted() -> None:
    assert "As alpaca: 50 of 60 rows; 10 left out, for whose history, tools or several answers it has no word." in render_card(
        manifest_of(exports={"alpaca": 50})
    )
    assert "As alpaca: 60 of 60 rows." in render_card(manifest_of(exports={"alpaca": 60}))


def test_what_was_not_measured_says_so() -> None:
    silent = {"coverage": None, "diversity": None, "correctness": None, "consistency": None}
    card = render_card(manifest_of(scores=silent, gates={}))
    assert "| coverage | not measured | none set |" in card
    assert "No answer was judged" in card
    assert "No scores were taken." in render_card(manifest_of(scores={}, gates={}))
