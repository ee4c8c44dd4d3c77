"""Under keys: the values of a JSON value by the keys that lead to them."""

from collections.abc import Iterator

from agentlog.privacy.announced import words
from agentlog.privacy.announced.values import DATA, judge
from agentlog.privacy.announced.vocabulary import Vocabulary, words_of
from agentlog.privacy.recogniser import Span
from agentlog.privacy.text import Text

NAME = "announced-key"
_MEANS_OF_PAYMENT = frozenset({"paymentmethods", "paymentmethod", "paymentsources", "wallet", "cards"})
_PLACES = frozenset({words.ADDRESS, words.STREET})


class UnderKeys:
    """Judges a whole text by its keys."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def under(self, keys: tuple[str, ...], text: Text) -> Iterator[Span] | tuple[()]:
        """The whole text, if its key says that it is personal and it can be."""
        kind = self._vocabulary.kind(keys[-1]) if len(text.value) <= 200 else None
        return self._judged(kind, keys, text.value) if kind else ()

    def _judged(self, kind: str, keys: tuple[str, ...], value: str) -> Iterator[Span]:
        bare = value.strip()
        judged = judge(kind, bare, DATA)
        if judged is None or not self._counts(kind, keys[:-1]) or self._vocabulary.names_a_key(bare):
            return
        start = value.index(bare)
        yield Span(start, start + len(bare), judged.entity, f"{NAME}:{kind}", judged.score, judged.spreads)

    def _counts(self, kind: str, led: tuple[str, ...]) -> bool:
        near = [words_of(key) for key in led[-3:]]
        if kind in (words.NAME, words.ID) and any(names and names[-1].removesuffix("s") in words.PERSONS for names in near[-2:]):
            return True
        if kind == words.ID:
            return any("".join(names) in _MEANS_OF_PAYMENT for names in near)
        if kind == words.CITY:
            return any(self._vocabulary.kind(key) in _PLACES for key in led[-2:])
        return kind != words.NAME
