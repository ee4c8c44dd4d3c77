"""Under keys: the values of a JSON value by the keys that lead to them."""

from collections.abc import Collection, Iterator
from typing import Any

from agentlog.privacy.announced import words
from agentlog.privacy.announced.surroundings import LEADS_ON
from agentlog.privacy.announced.values import DATA, Judged, is_titled, judge, spans
from agentlog.privacy.announced.vocabulary import Vocabulary, words_of
from agentlog.privacy.recogniser import Span
from agentlog.privacy.text import Text

NAME = "announced-key"
_MEANS_OF_PAYMENT = frozenset({"paymentmethods", "paymentmethod", "paymentsources", "wallet", "cards"})
_PLACES = frozenset({words.ADDRESS, words.STREET})
_OF_A_PERSON = frozenset({words.EMAIL, words.PHONE, words.BIRTH, words.STREET})
_OF_A_THING = frozenset(
    {"version", "license", "homepage", "repository", "dependencies", "price", "sku", "rating", "opening_hours", "website"}
)
_MOST_KEYS = 200
_IN_ORDERS = frozenset({"shipping", "billing", "delivery"})


class UnderKeys:
    """Judges a whole text by its keys."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def under(self, keys: tuple[str, ...], text: Text) -> Iterator[Span] | tuple[()]:
        """The whole text, if its key says that it is personal and it can be."""
        kind = self._vocabulary.kind(keys[-1]) if len(text.value) <= 200 else None
        return self._judged(kind, keys, text) if kind else ()

    def _judged(self, kind: str, keys: tuple[str, ...], text: Text) -> Iterator[Span]:
        value = text.value
        bare = value.strip()
        judged = judge(kind, bare, DATA)
        if judged is None or self._vocabulary.names_a_key(bare):
            return
        if not (kind == words.NAME and is_titled(bare, judged)) and not self._counts(kind, keys[:-1], judged, text.beside):
            return
        start = value.index(bare)
        yield from spans(value, start, start + len(bare), kind, judged, NAME)

    def _counts(self, kind: str, led: tuple[str, ...], judged: Judged, beside: Collection[Any]) -> bool:
        near = [words_of(key) for key in led[-3:]]
        if kind == words.NAME:
            person = _person(near)
            if judged.entity == "USERNAME":
                return person in words.WITH_LOGINS
            return bool(person) or self._beside_personal(beside)
        if kind == words.ID:
            return bool(_person(near)) or any("".join(names) in _MEANS_OF_PAYMENT for names in near)
        if kind in (words.CITY, words.LINE):
            return any(self._vocabulary.kind(key) in _PLACES for key in led[-2:]) or bool(near and _IN_ORDERS.intersection(near[-1]))
        return True

    def _beside_personal(self, beside: Collection[Any]) -> bool:
        """Whether an object with these keys is a person's: a package has a name and an address for mail, too, but also a version."""
        if len(beside) > _MOST_KEYS:
            return False
        kinds = {self._vocabulary.kind(key) for key in beside if isinstance(key, str)}
        return bool(kinds & _OF_A_PERSON) and not any(isinstance(key, str) and key.lower() in _OF_A_THING for key in beside)


def _person(near: list[list[str]]) -> str:
    """Who the nearest object is, or the one around it if the nearest is only a person's profile or one of many."""
    for names in reversed(near):
        last = names[-1] if names else ""
        person = last if last in words.PERSONS else last.removesuffix("s")
        if person in words.PERSONS:
            return person
        if last and last not in LEADS_ON and len(last) > 1:
            return ""
    return ""
