"""Dates: birth dates, in the format of the real one and of a year in which nobody living was born.

Different writings of one date are drawn as that date, so that "1990-05-20" and "May 20, 1990" stay one. All stand-ins lie in 1800 to
1907, first in 1900 to 1904, and on a day below 13 where numbers alone could be read in either order. Where the order is open, it is month
before day with "/" and "-", day before month with ".". A year of two digits becomes one of four: else nobody could tell it from a
child's.
"""

import re
from typing import NamedTuple

from agentlog.privacy.forms.draw import Draw
from agentlog.privacy.forms.words import plain

_FIRST, _LAST = 1800, 1907
_MONTHS = [
    names.split()
    for names in (
        "january february march april may june july august september october november december",
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "jan feb mar apr may jun jul aug sept oct nov dec",
        "januar februar märz april mai juni juli august september oktober november dezember",
        "jän feb mär apr mai jun jul aug sep okt nov dez",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "janv févr mars avr mai juin juil août sept oct nov déc",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "ene feb mar abr may jun jul ago sep oct nov dic",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "gen feb mar apr mag giu lug ago set ott nov dic",
    )
]
_NAMED = {name: (names, number) for names in reversed(_MONTHS) for number, name in enumerate(names, 1)}
_MONTH = rf"(?P<m>{'|'.join(sorted(_NAMED, key=lambda name: (-len(name), name)))})\.?"
_DAY = r"(?P<d>0?[1-9]|[12][0-9]|3[01])(?P<nth>st|nd|rd|th|er|º)?"
_YEAR = r"(?P<y>[0-9]{4}|'?[0-9]{2})"
_TIME = r"(?P<time>[T ][0-9]{2}:[0-9]{2}[0-9:.]*(?:Z|[ ]?[+-][0-9:]{4,5})?)?"
_NUMBER_MONTH = "(?P<m>0?[1-9]|1[0-2])"
_WRITINGS = [
    re.compile(writing, re.IGNORECASE)
    for writing in (
        rf"(?P<y>[0-9]{{4}})(?P<s>[-/.]) ?{_NUMBER_MONTH}(?P=s) ?{_DAY}{_TIME}",
        r"(?P<y>1[89][0-9]{2}|20[0-2][0-9])(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12][0-9]|3[01])",
        rf"{_NUMBER_MONTH}(?P<s>[-/]){_DAY}(?P=s){_YEAR}{_TIME}",
        rf"{_DAY}(?P<s>[-/.]) ?{_NUMBER_MONTH}(?P=s) ?{_YEAR}{_TIME}",
        rf"{_MONTH}[ -]{_DAY}[,]?[ -]{_YEAR}{_TIME}",
        rf"{_DAY}\.?[ -](?:of |de )?{_MONTH}[,]?[ -](?:de |del )?{_YEAR}{_TIME}",
        rf"(?P<y>[0-9]{{4}})[ -]{_MONTH}[ -]{_DAY}",
        rf"{_MONTH},? {_YEAR}",
        rf"{_NUMBER_MONTH}[/-](?P<y>[0-9]{{4}})",
        rf"(?P<y>[0-9]{{4}})-{_NUMBER_MONTH}",
        r"(?P<y>1[89][0-9]{2}|20[0-2][0-9])",
    )
]
_HINT = re.compile("18[0-9]{2}|190[0-7]")
_LONGEST = 48
_DIGIT = re.compile("[0-9]")


class Day(NamedTuple):
    """A date; what its writing left open is 0."""

    year: int
    month: int
    day: int


def date(draw: Draw, value: str, attempt: int) -> str:
    """The stand-in for a birth date; empty for a text that is none."""
    value = plain(value).strip()
    match = _match(value)
    if match is None:
        return ""
    new = draw.unique("date", f"{_day(match)}:{attempt}" if attempt else str(_day(match)), _drawn)
    parts = {"y": str(new.year), "m": _month_like(match["m"], new.month) if "m" in match.re.groupindex else "", "d": ""}
    for name, text in match.groupdict().items():
        if name == "d" and text:
            parts["d"] = f"{new.day:02}" if len(text) == 2 else str(new.day)
        elif name == "nth" and text:
            parts["nth"] = _nth(new.day) if text.lower() in ("st", "nd", "rd", "th") else text
        elif name == "time" and text:
            parts["time"] = _DIGIT.sub("0", text)
    places = sorted((match.span(name), name) for name in parts if name in match.re.groupindex and match[name])
    made, end = [], 0
    for (start, stop), name in places:
        made += [value[end:start], parts[name]]
        end = stop
    return "".join(made) + value[end:]


def fits(text: str) -> bool:
    """Whether a text is a date on which nobody living was born."""
    if len(text) > _LONGEST or not _HINT.search(text):
        return False
    match = _match(text)
    return match is not None and len(match["y"]) == 4 and _FIRST <= int(match["y"]) <= _LAST


def date_forms(value: str) -> list[str]:
    """The usual other writings of a date; none for a text that is no full date."""
    match = _match(plain(value).strip())
    if match is None or not all(_day(match)):
        return []
    year, month, day = _day(match)
    forms = [f"{year}{sign}{month:02}{sign}{day:02}" for sign in "-/."]
    padded, bare = (f"{month:02}", f"{day:02}"), (f"{month}", f"{day}")
    forms += [sign.join((*start, f"{year}")) for sign in "/-" for start in (padded, padded[::-1])]
    forms += [sign.join((*start, f"{year}")) for sign, start in (("/", bare), ("/", bare[::-1]), (".", padded[::-1]), (".", bare[::-1]))]
    forms += [f"{'/'.join(start)}/{year % 100:02}" for start in (padded, bare)]
    for name in dict.fromkeys(names[month - 1].capitalize() for names in _MONTHS[:3]):
        for number in dict.fromkeys((f"{day}", f"{day:02}", f"{day}{_nth(day)}")):
            forms += [f"{name} {number}, {year}", f"{name} {number} {year}", f"{number} {name} {year}"]
        forms += [f"{day}{_nth(day)} of {name}, {year}", f"{day}{_nth(day)} of {name} {year}", f"{day:02}-{name}-{year}"]
    return list(dict.fromkeys(forms))


def _match(text: str) -> re.Match[str] | None:
    if len(text) > _LONGEST:
        return None
    return next((match for writing in _WRITINGS if (match := writing.fullmatch(text))), None)


def _day(match: re.Match[str]) -> Day:
    groups = match.groupdict()
    year, month = groups["y"].lstrip("'"), groups.get("m") or "0"
    number = int(year)
    if len(year) == 2:
        number += 1900 if number > 26 else 2000
    return Day(number, int(month) if month.isdigit() else _NAMED[month.lower()][1], int(groups.get("d") or 0))


def _drawn(number: int, attempt: int) -> Day:
    if attempt < 4:
        return Day(1900 + number % 5, 1 + number // 5 % 12, 1 + number // 60 % 12)
    return Day(_FIRST + number % (_LAST - _FIRST + 1), 1 + number // 108 % 12, 1 + number // 1296 % 28)


def _month_like(text: str, month: int) -> str:
    if text.isdigit():
        return f"{month:02}" if len(text) == 2 else str(month)
    name = _NAMED[text.lower()][0][month - 1]
    return name.upper() if text.isupper() else name if text.islower() else name.capitalize()


def _nth(day: int) -> str:
    return "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
