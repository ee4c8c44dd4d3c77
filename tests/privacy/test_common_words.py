"""What means something else elsewhere is not looked for there."""

import pytest

from agentlog.privacy.common_words import is_common


@pytest.mark.parametrize(
    "value", ["test", "Import", "return", "None", "SELECT", "python3", "sha256", "admin1", "node-18", "1234", "Flight"]
)
def test_words_of_languages_of_tools_and_of_everyday_are_common(value: str) -> None:
    assert is_common(value)


@pytest.mark.parametrize(
    "value", ["Lindqvist", "mia_li_3668", "hunter2", "emma90", "12345", "user250253", "correct-horse", "a b", "王小明"]
)
def test_what_says_something_of_its_own_is_not(value: str) -> None:
    assert not is_common(value)
