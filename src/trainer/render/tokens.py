"""Tokens: the ids of rendered text, and what ids say, for a conversation that is rendered again and again as it grows.

Each answer of a conversation needs the ids of everything before it, so tokenising from the start each time costs the square of its
length. A tokenizer splits a text at its special tokens before it does anything else, so what comes before one of them has the same ids
whatever follows: `Tokens` keeps the ids up to the last special token that two texts share, and tokenises the rest from there. That is
proven where it is used: `Tokens.proves` tokenises a text in one piece, and whoever relies on the ids compares (`render` does, once for
each conversation) and starts again with ``whole=True`` where a tokenizer does otherwise.

It adds no special token of its own: the template has printed every one that belongs there.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from agentlog.errors import RenderError
from trainer.render.template import Tokenizer


def token_ids(tokenizer: Tokenizer, text: str) -> list[int]:
    """The ids of rendered text; the template has printed every special token that belongs there.

    Raises:
        RenderError: the text is no Unicode (half a surrogate pair), so it has no ids.
    """
    try:
        return list(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])
    except (UnicodeEncodeError, TypeError) as error:
        raise RenderError("its text holds half a surrogate pair, which no tokenizer can say") from error


def spoken(tokenizer: Tokenizer, ids: list[int]) -> str:
    """The text of ids, special tokens included."""
    return str(tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False))


def texts_of(tokenizer: Tokenizer, ids: Iterable[int]) -> list[str]:
    """The texts of single tokens as a template would print them; an id that the tokenizer does not know has none."""
    known = [number for number in sorted(ids) if tokenizer.convert_ids_to_tokens(number) is not None]
    return [spoken(tokenizer, [number]) for number in known]


class Specials(NamedTuple):
    """The special tokens of a tokenizer: a server neither shows them when they are generated nor lets a text say them as words."""

    ids: dict[str, int]
    pattern: re.Pattern[str] | None
    """Any of them in a text, the longest first; nothing where there are none."""


def specials(tokenizer: Tokenizer) -> Specials:
    """The special tokens of a tokenizer. Some have thousands, so they are gathered once for as long as it has as many tokens."""
    known = _SPECIALS.get(tokenizer)
    if known is None or known[0] != len(tokenizer):
        added: dict[int, Any] = tokenizer.added_tokens_decoder
        ids = {str(token): number for number, token in added.items() if token.special}
        longest_first = sorted(ids, key=len, reverse=True)
        pattern = re.compile("|".join(map(re.escape, longest_first))) if ids else None
        known = _SPECIALS[tokenizer] = (len(tokenizer), Specials(ids, pattern))
    return known[1]


_SPECIALS: WeakKeyDictionary[Tokenizer, tuple[int, Specials]] = WeakKeyDictionary()


def says(tokenizer: Tokenizer, ids: list[int], text: str, before: list[int]) -> bool:
    """Whether ids that follow ``before`` say a text; forms of Unicode that look the same count as one, and so does its outer space.

    Some tokenizers drop the space at the very start of what they decode, so ids are also read in their place.
    """
    wanted = _plain(text)
    if _plain(spoken(tokenizer, ids)) == wanted:
        return True
    near = before[-16:]
    first = spoken(tokenizer, near)
    both = spoken(tokenizer, near + ids)
    return both.startswith(first) and _plain(both[len(first) :]) == wanted


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip())


class Tokens:
    """The ids of texts that mostly begin alike."""

    def __init__(self, tokenizer: Tokenizer, *, whole: bool = False) -> None:
        self._tokenizer = tokenizer
        usable = not whole and getattr(tokenizer, "is_fast", False)
        self._specials = specials(tokenizer) if usable else Specials({}, None)
        self._numbers = frozenset(self._specials.ids.values())
        self._margin = max(map(len, self._specials.ids), default=0)
        self._text, self._ids = "", list[int]()
        self._cuts: list[tuple[int, int]] = []
        """Where special tokens begin in the text and in its ids."""

    def of(self, text: str) -> list[int]:
        """The ids of a text."""
        shared = _shared(self._text, text)
        # What follows decides where a special token ends and another, longer one would begin: keep clear of that.
        cuts = [cut for cut in self._cuts if cut[0] + 2 * self._margin <= shared]
        start, known = cuts[-1] if cuts else (0, 0)
        fresh = token_ids(self._tokenizer, text[start:])
        self._cuts = cuts[:-1] + self._found(text, fresh, start, known)
        self._text, self._ids = text, self._ids[:known] + fresh
        return self._ids

    def proves(self, text: str, ids: list[int]) -> bool:
        """Whether these are the ids of the text tokenised in one piece."""
        return token_ids(self._tokenizer, text) == ids

    def _found(self, text: str, fresh: list[int], start: int, known: int) -> list[tuple[int, int]]:
        if self._specials.pattern is None:
            return []
        printed = [(found.start(), self._specials.ids[found.group()]) for found in self._specials.pattern.finditer(text, start)]
        placed = [(known + place, number) for place, number in enumerate(fresh) if number in self._numbers]
        if [number for _, number in printed] != [number for _, number in placed]:
            return []
        return [(where, place) for (where, _), (place, _) in zip(printed, placed, strict=True)]


def _shared(one: str, other: str) -> int:
    # The length of the common prefix, by halving: a comparison of slices runs at the speed of memory.
    least, most = 0, min(len(one), len(other))
    if one[:most] == other[:most]:
        return most
    while least < most:
        middle = (least + most + 1) // 2
        if one[least:middle] == other[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least
