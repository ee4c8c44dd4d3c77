"""A header that names somebody before their address names a person."""

import pytest

from agentlog import scrub

KEY = "k" * 32


@pytest.mark.parametrize(
    "text",
    [
        "Author: Ana Ruiz <ana.ruiz@corp.io>",
        "    Co-authored-by: Ana Ruiz <ana.ruiz@corp.io>",
        'From: "Ana Ruiz" <ana.ruiz@corp.io>',
        "Signed-off-by: Ana Ruiz <71+ana@users.noreply.github.com>",
        '{"log": "commit 9fceb02\\nAuthor: Ana Ruiz <ana.ruiz@corp.io>\\nDate: today"}',
        "Reviewed-by: José Peña-Ruiz <jp@corp.io>",
    ],
)
def test_the_name_goes_with_the_address(text: str) -> None:
    clean = scrub(text, key=KEY)
    assert "PERSON" in clean.counts
    assert not {"Ana", "Ruiz", "José", "Peña"} & set(clean.value.replace("-", " ").replace('"', " ").split())


@pytest.mark.parametrize(
    "text",
    [
        "std::vector<Point> to: Point <x>",
        "To: <team@corp.io>",
        "Maintained by the Core Team <core@corp.io>",
        "Usage: Author Name <mail>",
        "assert From: Foo @ bar",
        "From: Demo User <nobody@example.net>",
        "From: Mail Delivery Subsystem <mailer@corp.io>",
    ],
)
def test_what_no_header_names_stays(text: str) -> None:
    assert "PERSON" not in scrub(text, key=KEY).counts


def test_a_full_name_goes_from_the_rest_of_the_session() -> None:
    clean = scrub(["Author: Ana Ruiz <ana.ruiz@corp.io>", "Thanks to Ana Ruiz!"], key=KEY)
    assert "Ruiz" not in clean.value[1]
