"""Surroundings: whether what stands around a key makes it a person's.

``name`` is a file's, a tool's and a city's more often than a person's, ``id`` is anything's, and ``city`` is personal beside a street only.
Such keys count where an object around them is a person (``"customer": {"name": …}``), or where a key beside them is personal. What is
looked at is bounded: some hundred characters to both sides, so that a long text takes time in proportion to its length.
"""

import re
from functools import lru_cache
from typing import Any

from agentlog._extras import require
from agentlog.privacy.announced.words import PERSONS
from agentlog.privacy.text import Text

_AROUND = 260
_FAR = 1600
_TRIES = 4
"""So many objects around a place are looked at."""
_PERSONAL = (
    *("first_name", "last_name", "first name", "last name", "firstname", "lastname", "first-name", "last-name", "full_name", "full name"),
    *("fullname", "given_name", "family_name", "givenname", "familyname", "surname", "maiden", "mail", "phone", "mobile", "dob", "birth"),
    *("zip", "postal", "street", "address1", "address_line", "passport", "ssn", "geburtsdatum", "telefon", "vorname", "nachname", "prénom"),
    *("prenom", "apellido", "cognome", "codice_fiscale"),
)
_SIGN = re.compile(r"(?:s|o|_?\d|[_ -]?(?:number|address|code|date|day|name|_1))?\\{0,4}[\"'*]{0,3}\s?[:=|,]")
_OF_A_PACKAGE = ("version", "license", "licence", "author", "maintainer", "parameters", "arguments", "description", '"type', "'type")
_KEY_BACKWARDS = re.compile(r"\s{0,20}:\s?[\"']\\*([a-z_]{2,40})")
_TYPED = re.compile(r"[\"']@type\\*[\"']\s?:\s{0,20}\\*[\"']person\b")
_SAID_OF = frozenset({"details", "info", "data", "profile", "record", "information"})
LEADS_ON = _SAID_OF | {"name", "names", "account", "contact", "identity", "attributes", "fields", "list", "items", "results"}
"""What leads on to who it is: ``"user": {"contact": {"name": …}}``. The name of a course that a student takes is none."""
_PLACE = re.compile(
    r"(?<![a-z])(?:street|zip(?:_?code)?|postal_?code|postcode|address_?(?:line_?)?1|address|plz|strasse|straße|code_postal|cap)\\*[\"']\s?:"
)
_PAYMENTS = ("payment_method", "paymentmethod", "payment_source", "wallet", "cards")
_PAYMENT = re.compile(r"[a-z_]{5,20}\\*[\"']\s?:\s{0,20}[\[{]")
_BRACES = re.compile(r"[{}]")
_BRACKETS = re.compile(r"[{}\[\]]")
_MAILBOX = re.compile(r"[\"'][\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}\\{0,8}[\"']")


def is_beside_personal(text: Text, start: int, end: int, *, mailbox: bool = False) -> bool:
    """Whether a key near this one is a person's too, or a value a ``mailbox``, and nothing near says a package or a tool."""
    low = text.low
    before, after = _same_object(low, max(start - _AROUND, 0), start, min(end, len(low)), end + _AROUND)
    beside = before + "\n" + after
    personal = any(_SIGN.match(beside, found[2]) for found in _automaton().find_matches_as_indexes(beside, overlapping=True))
    return (personal or (mailbox and "@" in beside and _MAILBOX.search(beside) is not None)) and not any(
        word in beside for word in _OF_A_PACKAGE
    )


@lru_cache(maxsize=1)
def _automaton() -> Any:
    require("ahocorasick_rs", "build")
    from ahocorasick_rs import AhoCorasick, MatchKind

    return AhoCorasick(_PERSONAL, matchkind=MatchKind.Standard)


def person_around(text: Text, start: int) -> str:
    """Who an object that encloses this place is, by its key: ``customer``; nothing if it is no person."""
    low, first = text.low, max(start - _AROUND, 0)
    closed = tries = 0
    around = list(_BRACKETS.finditer(low, first, start)) if low.rfind("{", first, start) >= 0 or low.rfind("[", first, start) >= 0 else []
    for bracket in reversed(around):
        if bracket[0] in "}]":
            closed += 1
            continue
        if closed:
            closed -= 1
            continue
        key = _KEY_BACKWARDS.match(low[max(bracket.start() - 70, 0) : bracket.start()][::-1])
        names = [name for name in key[1][::-1].split("_") if name and name not in _SAID_OF] if key else []
        person = (names[-1] if names[-1] in PERSONS else names[-1].removesuffix("s")) if names else ""
        if person in PERSONS:
            return person
        tries += 1
        if tries == _TRIES or (names and names[-1] not in LEADS_ON):
            break
    return "person" if "@type" in low[first:start] and _TYPED.search(low, max(start - 80, 0), start) is not None else ""


def is_in_payment(text: Text, start: int) -> bool:
    """Whether this place is within somebody's means of payment."""
    low, first = text.low, max(start - _FAR, 0)
    for word in _PAYMENTS:
        place = low.rfind(word, first, start)
        opened = _PAYMENT.match(low, place) if place >= 0 else None
        if opened and _is_open(low, opened.end() - 1, start):
            return True
    return False


def is_in_address(text: Text, start: int, end: int) -> bool:
    """Whether a street or a postal code stands beside a city."""
    before, after = _same_object(text.low, max(start - 160, 0), start, end, end + 160)
    return bool(_PLACE.search(before) or _PLACE.search(after))


def _is_open(low: str, opened: int, place: int) -> bool:
    """Whether the bracket that opens at ``opened`` is still open at a place."""
    closing = "}" if low[opened] == "{" else "]"
    return low.count(low[opened], opened, place) > low.count(closing, opened, place)


def _same_object(low: str, first: int, start: int, end: int, last: int) -> tuple[str, str]:
    """What stands before and after a place within the object that it is in, and within those in that."""
    before, after = low[first:start], low[end:last]
    depth = 0
    for brace in _BRACES.finditer(after):
        depth += 1 if brace[0] == "{" else -1
        if depth < 0:
            after = after[: brace.start()]
            break
    if "{" not in before:
        return before, after
    depth = 0
    for brace in reversed(list(_BRACES.finditer(before))):
        depth += 1 if brace[0] == "}" else -1
        if depth < 0:
            before = before[brace.end() :]
            break
    return before, after
