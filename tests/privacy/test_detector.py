"""A detector asks recognisers where their anchors are, once for each place, and never within what they have found."""

from collections.abc import Iterator

from agentlog.privacy.detector import Detector
from agentlog.privacy.recogniser import Anchored, Keyed, Scanned, Span
from agentlog.privacy.text import Text


def spans_of(*recognisers: Anchored | Scanned | Keyed, text: str) -> list[tuple[str, str]]:
    return [(text[span.start : span.end], span.recogniser) for span in Detector(recognisers).find(Text(text))]


def test_an_anchor_is_found_in_any_case_and_for_each_recogniser_that_has_it() -> None:
    asked: list[tuple[str, int]] = []

    def at(name: str) -> Anchored:
        def look(text: Text, start: int, end: int) -> Iterator[Span]:
            asked.append((name, start))
            yield from ()

        return Anchored(name, ("key", "apikey"), look)

    assert spans_of(at("one"), at("two"), text="my APIKEY") == []
    assert sorted(asked) == [("one", 3), ("one", 6), ("two", 3), ("two", 6)]


def test_a_recogniser_is_not_asked_again_within_what_it_has_found() -> None:
    asked = 0

    def at(text: Text, start: int, end: int) -> Iterator[Span]:
        nonlocal asked
        asked += 1
        yield Span(start, len(text.value), "SECRET", "greedy", 1.0)

    assert len(spans_of(Anchored("greedy", ("ab",), at), text="ab" * 1000)) == 1
    assert asked == 1


def test_stand_ins_are_nobodys() -> None:
    mails = Scanned("mails", lambda text: [Span(0, len(text.value), "EMAIL_ADDRESS", "mails", 1.0)])
    assert spans_of(mails, text="user-0badcafe@example.com") == []
    assert spans_of(mails, text="ana@corp.io") == [("ana@corp.io", "mails")]


def test_a_value_can_be_private_for_its_keys_alone() -> None:
    keyed = Keyed("zip", lambda keys, text: [Span(0, len(text.value), "ZIP_CODE", "zip", 1.0)] if keys[-1] == "zip" else [])
    detector = Detector([keyed])
    assert len(detector.under(("address", "zip"), Text("78750"))) == 1
    assert detector.under(("price",), Text("78750")) == ()
    assert detector.find(Text("78750")) == ()


def test_a_text_of_lone_surrogates_is_no_trouble() -> None:
    seen = Anchored("b", ("b",), lambda text, start, end: [Span(start, end, "X", "b", 1.0)])
    assert spans_of(seen, text="a\ud800b\udfff") == [("b", "b")]
