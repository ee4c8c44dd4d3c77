"""The examples of docs/privacy.md are what scrubbing really does."""

import re
from pathlib import Path

import pytest

from agentlog import scrub

PAGE = Path(__file__).resolve().parents[1] / "docs" / "privacy.md"
EXAMPLES = re.findall(r"^\*\*(.+?)\*\*\n\n```diff\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def side(diff: str, mark: str) -> str:
    """One side of a diff that shows every line."""
    return "".join(line[1:] for line in diff.splitlines(keepends=True) if line[0] in (" ", mark))


def test_there_are_twenty_examples() -> None:
    assert len(EXAMPLES) >= 20


@pytest.mark.parametrize(("title", "diff"), EXAMPLES, ids=[title for title, _ in EXAMPLES])
def test_the_example_shows_what_scrubbing_does(title: str, diff: str) -> None:
    assert scrub(side(diff, "-"), key="docs", scope="docs").value == side(diff, "+")
