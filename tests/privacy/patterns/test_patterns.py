"""The door of the package: which recognisers there are, that none opens a socket, and what holds for all of them."""

import socket
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.errors import SettingError
from agentlog.privacy.detector import Detector
from agentlog.privacy.patterns import LOCALES, judges, recognisers
from agentlog.privacy.patterns.shape import alone, shape_of
from agentlog.privacy.text import Text

PIECES = st.sampled_from(
    [
        "@",
        "%40",
        "1",
        "12",
        "415",
        "2653",
        "-",
        ".",
        " ",
        ":",
        "::",
        "+",
        "(",
        ")",
        "/",
        "a",
        "é",
        "漢",
        "😀",
        "ab",
        "phone",
        "card",
        "ssn",
        "\\n",
        '"',
        "'",
    ]
)


def test_an_unknown_locale_is_refused_by_name():
    with pytest.raises(SettingError, match="unknown locale 'xx': use de, en, es, fr, it"):
        recognisers(["en", "xx"])


def test_names_are_told_apart_and_anchors_are_in_lower_case():
    found = recognisers(LOCALES)
    names = [recogniser.name for recogniser in found]
    assert len(set(names)) == len(names)
    assert all(anchor == anchor.lower() for recogniser in found for anchor in getattr(recogniser, "anchors", ()))


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_findings_lie_within_the_text_in_order_and_apart(text):
    spans = Detector(recognisers(LOCALES)).find(Text(text))
    assert all(0 <= span.start < span.end <= len(text) and 0 < span.score <= 1 for span in spans)
    assert all(first.end <= second.start for first, second in pairwise(spans))


@given(st.text(max_size=60))
def test_a_place_in_the_shape_is_the_place_in_the_text(text):
    shape = shape_of(Text(text))
    assert len(shape) == len(text)
    assert all((shape[place] == ord("0")) == char.isdigit() for place, char in enumerate(Text(text).view) if char.isascii())


def test_what_stands_alone_is_no_part_of_a_word_or_a_longer_number():
    assert alone("a 12.", 2, 4)
    assert alone("12", 0, 2)
    assert not alone("a12", 1, 3)
    assert not alone("1.12", 2, 4)
    assert not alone("12.5", 0, 2)


def test_no_recogniser_opens_a_socket(monkeypatch):
    text = "mia@curator.museum 415-265-3890 4111 1111 1111 1111 DE89370400440532013000 81.2.69.142 536-22-8719 passport C03005988"
    detector = Detector(recognisers(LOCALES))
    assert len(detector.find(Text(text))) == 7

    def refuse(*args, **kwargs):
        raise AssertionError("a socket was opened")

    judges.recogniser.cache_clear()
    judges.top_level_domain.cache_clear()
    judges._domains.cache_clear()
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert len(detector.find(Text(text + " joe@curator.travel"))) == 8
