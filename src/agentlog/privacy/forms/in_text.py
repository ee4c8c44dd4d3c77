"""In text: stand-ins within a longer text, each reduced to one word.

Sessions have stand-ins of their own, which must not hide that two texts are otherwise the same. This serves comparing only: a stand-in
that is missed, or a number that looks like one by chance, costs a comparison and no more. Each kind is looked for only where a literal
part of it occurs, which one pass tells for all of them, and in linear time.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from agentlog._extras import require
from agentlog.privacy.forms import accounts, keys, numbers, phones
from agentlog.privacy.forms.digits import is_checked
from agentlog.privacy.forms.words import MADE_UP

WORD = "STANDIN"
_TOKEN = r"[A-Za-z0-9_./+~-]{7,}+"
_MONTH, _DAY = r"[A-Z][a-zûéä]{2,9}\.?", "[0-9]{1,2}(?:st|nd|rd|th)?"
_DISTANT = "(?:190[0-7]|18[0-9]{2})"


_YEARS = tuple(f"190{digit}" for digit in range(8))
"""Of the years of birth dates, nearly all that are drawn."""


class _Kind(NamedTuple):
    """Where any of the literals stands, what the pattern finds and the test, if any, confirms is a stand-in."""

    literals: tuple[str, ...]
    pattern: re.Pattern[str]
    test: Callable[[str], bool] | None = None


def _is_key(text: str) -> bool:
    return keys.MARK in text or ("example" in text and keys.fits(text))


_KINDS = (
    _Kind(("example.com", "EXAMPLE.COM"), re.compile(r"user-[0-9a-f]{8}(?:@|%40|\\+u0040)example\.com", re.IGNORECASE)),
    _Kind(("EXAMPLE", "example"), re.compile(rf"{_TOKEN}(?::{_TOKEN})?={{0,2}}"), _is_key),
    _Kind(("deadbeef", "DEADBEEF"), re.compile("deadbeef[0-9a-f]{4,}", re.IGNORECASE)),
    _Kind(
        ("zux", "ZUX"),
        re.compile(rf"(?<![A-Za-z])(?:[0-9]{{1,6}} )?{MADE_UP}(?:[_.-]{MADE_UP})*(?:[_.-]?[0-9]+)?(?![A-Za-z])", re.IGNORECASE),
    ),
    _Kind(("zux", "ZUX"), re.compile(r"(?<![A-Za-z0-9])zux[a-z0-9/._-]*[a-z0-9]", re.IGNORECASE), accounts.fits),
    _Kind(("0000-4000-8000",), re.compile("00000000-0000-4000-8000-[0-9a-f]{12}", re.IGNORECASE)),
    _Kind(
        ("555",),
        re.compile(
            r"(?<![0-9])(?:(?:\+|00)?1[ .-]?)?(?:\(?[2-9][0-9]{2}\)?[ ./-]?)?555[ .-]?01[0-9]{2}(?: ?(?:x|ext\.?) ?[0-9]{1,7})?(?![0-9])"
        ),
    ),
    _Kind(("+",), re.compile(r"\+[0-9]{1,3}[ ./-]?\(?00(?:[ ()./-]{0,2}[0-9])+")),
    _Kind(("00",), re.compile(r"0(?<![0-9+]0)(?:[ ()./-]{0,2}[0-9]){7,20}(?![0-9])"), phones.fits),
    _Kind(
        ("XX", *(f"X{digit}" for digit in range(10))),
        re.compile("(?<![A-Za-z0-9])[X0-9](?:[ ./-]?[X0-9]){4,}(?![A-Za-z0-9])"),
        numbers.fits,
    ),
    _Kind(("Z",), re.compile("Z(?<![A-Za-z0-9]Z)[A-Z]?[0-9][A-Z0-9]? ?[0-9][A-Z][0-9A-Z](?![A-Za-z0-9])"), numbers.fits),
    _Kind(("666", "0000"), re.compile("(?<![0-9.])(?:666[0-9]{6}|0000[1-9])(?![0-9])"), numbers.fits),
    _Kind(("9999",), re.compile("(?<![0-9])9999(?:[ -]?[0-9]){8,15}(?![0-9])"), numbers.fits),
    _Kind(("000",), re.compile(r"000(?<![0-9]000)([ .-])[0-9]{2}\1[0-9]{4}(?![0-9])")),
    _Kind(
        ("000", "00 0", "00-0", "00X", "00 X", "00x", "00 x"),
        re.compile("(?<![A-Za-z0-9])[A-Z]{2}00[ -]?[0X]{4}(?:[ -]?[0-9A-Z]){7,26}(?![A-Za-z0-9])", re.IGNORECASE),
        numbers.fits,
    ),
    _Kind(
        ("192.0.2.", "198.51.100.", "203.0.113.", "198.18.", "198.19."),
        re.compile(r"(?<![0-9.])(?:192\.0\.2|198\.51\.100|203\.0\.113|198\.1[89]\.[0-9]{1,3})\.[0-9]{1,3}(?![0-9.])"),
    ),
    _Kind(("2001:db8:", "2001:DB8:"), re.compile("2001:db8:[0-9a-f:]{1,34}", re.IGNORECASE)),
    _Kind(
        ("5e", "5E"), re.compile("0000[.:-]?5e00[.:-]?53[0-9a-f]{2}|(?:00([:-])00|02([:-])00)[:-]5e(?:[:-][0-9a-f]{2}){3}", re.IGNORECASE)
    ),
    _Kind(
        _YEARS,
        re.compile(
            rf"(?<![0-9]){_DISTANT}([-/.])[0-9]{{1,2}}\1[0-9]{{1,2}}(?![0-9])|(?<![0-9])[0-9]{{1,2}}([-/.])[0-9]{{1,2}}\2{_DISTANT}(?![0-9])"
        ),
    ),
    _Kind(_YEARS, re.compile(rf"(?<![A-Za-z0-9])(?:{_MONTH} {_DAY},?|{_DAY}\.? (?:of )?{_MONTH},?) {_DISTANT}(?![0-9])")),
    _Kind(("9",), re.compile("9(?<![0-9.]9)[0-9]{0,39}(?:[_/-][0-9]{1,39}){1,6}(?![0-9])"), accounts.fits),
    _Kind(("9",), re.compile("9(?<![0-9.]9)[0-9]{4,39}(?![0-9])"), lambda text: is_checked(text) or numbers.fits(text)),
)


def reduced(text: str) -> str:
    """A text with every stand-in reduced to one word.

    Raises:
        MissingExtraError: ahocorasick_rs is not installed.
    """
    found = _present(text)
    if not found:
        return text
    looked_at = text
    for number, (literals, pattern, test) in enumerate(_KINDS):
        # What stood in the text as it was may have been replaced since.
        if number in found and (text is looked_at or any(literal in text for literal in literals)):
            text = pattern.sub(WORD if test is None else _replacing(test), text)
    return text


def _present(text: str) -> set[int]:
    """The kinds of which a literal stands in a text."""
    automaton, kinds, signs = _automaton()
    found = {
        kind for literal in {match[0] for match in automaton.find_matches_as_indexes(text, overlapping=True)} for kind in kinds[literal]
    }
    for sign, kind in signs:
        if sign in text:
            found.add(kind)
    return found


@lru_cache(maxsize=1)
def _automaton() -> tuple[Any, list[list[int]], list[tuple[str, int]]]:
    """What finds all longer literals in one pass, the kinds of each, and the single characters, which are found faster one by one."""
    rust = require("ahocorasick_rs", "build")
    kinds: dict[str, list[int]] = {}
    signs = []
    for number, kind in enumerate(_KINDS):
        for literal in kind.literals:
            if len(literal) == 1:
                signs.append((literal, number))
            else:
                kinds.setdefault(literal, []).append(number)
    automaton = rust.AhoCorasick(list(kinds), matchkind=rust.MatchKind.Standard, implementation=rust.Implementation.DFA)
    return automaton, list(kinds.values()), signs


def _replacing(test: Callable[[str], bool]) -> Callable[[re.Match[str]], str]:
    return lambda match: WORD if test(match[0]) else match[0]
