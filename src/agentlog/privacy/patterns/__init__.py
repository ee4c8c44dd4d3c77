"""Patterns: personal data that has a form, so that it can be known by itself or by the words beside it.

One pass looks at the shape of a text, in which every digit is the same, and asks the finders of what is made of digits; a text without
digits costs nothing. What needs a word beside it to be known, and what an at sign announces, hangs on anchors. `recognisers` is the door.
"""

from collections.abc import Callable, Iterator, Sequence

from agentlog.errors import SettingError
from agentlog.privacy.patterns import cards, crypto, email, iban, national_ids, network, phone
from agentlog.privacy.patterns.shape import shape_of
from agentlog.privacy.recogniser import Recogniser, Scanned, Span
from agentlog.privacy.text import Text

LOCALES = ("de", "en", "es", "fr", "it")
"""Whose phone numbers and national ids can be looked for."""
Finder = Callable[[Text, bytes], Iterator[Span]]


def recognisers(locales: Sequence[str]) -> list[Recogniser]:
    """The recognisers for these locales, each one of `LOCALES`.

    Raises:
        SettingError: a locale that is not known.
    """
    unknown = sorted(set(locales) - set(LOCALES))
    if unknown:
        raise SettingError(f"unknown locale {', '.join(map(repr, unknown))}: use {', '.join(LOCALES)}")
    finders = (
        (1, crypto.find),
        (2, network.find),
        (6, iban.find),
        (6, phone.finder(locales)),
        (6, national_ids.finder(locales)),
        (12, cards.find),
    )
    scanned = Scanned("forms", _together(finders))
    return [email.RECOGNISER, *phone.announced(), *national_ids.announced(locales), scanned]


def _together(finders: Sequence[tuple[int, Finder]]) -> Callable[[Text], Iterator[Span]]:
    """Each finder comes with how many digits what it finds has at least: texts with fewer need not be searched."""

    def find(text: Text) -> Iterator[Span]:
        shape = shape_of(text)
        digits = shape.count(b"0")
        for least, finder in finders:
            if digits < least:
                return
            yield from finder(text, shape)

    return find
