"""Birth dates are read in the usual writings of five languages, and written in them."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlog.privacy.forms.dates import date_forms, fits
from agentlog.privacy.standins import StandIns

DATES = st.dates(min_value=datetime.date(1920, 1, 1), max_value=datetime.date(2025, 12, 31))


@given(DATES)
def test_every_writing_of_a_date_is_stood_in_for_as_a_date(date: datetime.date) -> None:
    scope = StandIns("s", "k")
    for form in date_forms(date.isoformat()):
        made = scope.of("DATE_OF_BIRTH", form)
        assert fits(made)
        assert not fits(form)


@given(DATES)
def test_a_stand_in_is_a_date_that_has_been(date: datetime.date) -> None:
    made = datetime.date.fromisoformat(StandIns("s", "k").of("DATE_OF_BIRTH", date.isoformat()))
    assert made.year < 1908


@pytest.mark.parametrize(
    "text", ["20 mai 1990", "20. Mai 1990", "20 de mayo de 1990", "20 maggio 1990", "20 MAY 1990", "May 20th, 1990", "1990 May 20"]
)
def test_months_keep_their_language(text: str) -> None:
    made = StandIns("s", "k").of("DATE_OF_BIRTH", text)
    assert fits(made)
    assert made.isupper() == text.isupper()


@pytest.mark.parametrize("text", ["", "gold", "78750", "13/13/1990", "1990-13-40", "May", "12:30:00", "1.2.3"])
def test_what_is_no_date_has_no_other_writings(text: str) -> None:
    assert date_forms(text) == []
