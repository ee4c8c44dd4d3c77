"""Check digits of cards and IBANs, against the published arithmetic done the long way."""

from hypothesis import given
from hypothesis import strategies as st

from agentlog.privacy.forms.check_digits import luhn_digit, passes_97, passes_luhn

DIGITS = st.text(alphabet="0123456789", min_size=1, max_size=30)


def luhn_the_long_way(digits: str) -> bool:
    """Every second digit from the right is doubled, the digits of the results are added."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled // 10 + doubled % 10
    return total % 10 == 0


@given(DIGITS)
def test_luhns_sum_is_the_published_one(digits):
    assert passes_luhn(digits) == luhn_the_long_way(digits)


@given(DIGITS)
def test_the_digit_that_is_said_to_be_right_is(body):
    assert passes_luhn(body + str(luhn_digit(body)))


def test_documented_ibans_are_right_and_changed_ones_are_not():
    for iban in ("DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606"):
        assert passes_97(iban)
        assert not passes_97(iban[:-1] + ("1" if iban[-1] != "1" else "2"))
