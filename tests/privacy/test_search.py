"""What the user allows stays, and no more than that."""

import pytest

from agentlog.privacy.detector import Detector
from agentlog.privacy.known import Known
from agentlog.privacy.search import Allowed, Search


@pytest.mark.parametrize("text", ["ana", "x@corp.io", "@corp.io", "a1b2c", "abc", "user?1", "[ab]"])
def test_a_text_that_is_allowed_exactly_or_by_a_star_is_allowed(text: str) -> None:
    assert text in Allowed(["ana", "*@corp.io", "a*b*c", "user?*", "[ab]"])


@pytest.mark.parametrize("text", ["Ana", "ana ruiz", "x@corp.io.evil", "acb", "user11", "a", "ab", ""])
def test_nothing_else_is(text: str) -> None:
    assert text not in Allowed(["ana", "*@corp.io", "a*b*c", "user?*", "[ab]"])


def test_the_beginning_and_the_end_of_what_is_allowed_do_not_share_letters() -> None:
    assert "aba" not in Allowed(["ab*ba"])


def test_what_is_on_a_list_is_found_however_short_it_is() -> None:
    assert [span.entity for span in Search(Detector([]), {"X9": Known("DENIED", "deny-list")}).alone("an X9, no X90")] == ["DENIED"]
