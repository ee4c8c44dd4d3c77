"""Bank accounts are found in every usual writing, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlog.privacy.patterns.iban import LENGTHS

FORMS = {"DE": "0" * 18, "GB": "A" * 4 + "0" * 14, "FR": "0" * 10 + "X" * 11 + "00", "NL": "A" * 4 + "0" * 10, "NO": "0" * 11}


@st.composite
def accounts(draw) -> str:
    """An account with the right check digits."""
    country = draw(st.sampled_from(sorted(FORMS)))
    kinds = {"0": "0123456789", "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "X": "0123456789AB"}
    account = "".join(draw(st.sampled_from(kinds[kind])) for kind in FORMS[country])
    check = 98 - int("".join(str(int(char, 36)) for char in account + country + "00")) % 97
    return f"{country}{check:02d}{account}"


@given(accounts(), st.sampled_from(["{}", "to {}.", '{{"iban": "{}"}}', '\\"{}\\"', "({})", "iban={}&x=1", "\\n{}\\n"]))
def test_an_account_is_found_in_one_piece_in_groups_and_in_small_letters(found, account, around):
    for written in (account, account.lower(), " ".join(account[place : place + 4] for place in range(0, len(account), 4))):
        assert found(around.format(written)) == [("IBAN_CODE", written)]


@given(accounts())
def test_wrong_check_digits_count_only_where_it_is_called_an_iban(found, account):
    wrong = account[:2] + f"{(int(account[2:4]) - 2 + 1) % 97 + 2:02d}" + account[4:]
    assert ("IBAN_CODE", wrong) not in found(f"code {wrong}")
    assert found(f"IBAN: {wrong}") == [("IBAN_CODE", wrong)]


@pytest.mark.parametrize("text", ["DE89", "in 12 items at 10 of 2024", "sha FA12bc34de56fa78bc90de12fa34", "ab12 3456 7890 1234 5678 90"])
def test_other_text_stays(found, text):
    assert found(text) == []


def test_the_lengths_are_those_of_the_register():
    assert (LENGTHS["NO"], LENGTHS["GB"], LENGTHS["MT"]) == (15, 22, 31)
    assert all(15 <= length <= 33 for length in LENGTHS.values())
