"""Addresses of networks: IPv4, IPv6 and hardware (MAC) addresses that belong to somebody.

Left alone is what belongs to nobody in particular: private, loopback, link-local, multicast and documentation ranges, public resolvers,
and numbers of versions, sections and objects that are written with dots. The ``::`` of programming languages is no address: a shortened
IPv6 address must begin in 2000::/3, which is all of it that is handed out, or have many groups.
"""

import ipaddress
import re
from collections.abc import Iterator
from itertools import pairwise

from agentlog.privacy.patterns.judges import passes
from agentlog.privacy.recogniser import Span
from agentlog.privacy.text import Text

NAME = "network"
_V4_MIDDLE = re.compile(rb"\.0{1,3}\.0{1,3}\.0{1,3}(?![0fa_])")
_V4 = re.compile(r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}(?![\w]|\.\w|-[a-zA-Z])")
_VERSION = re.compile(
    r"(?i)(?:(?<![a-z])(?:v|ver|versions?|release|rev(?:ision)?|build|section|chapter|clause|oid|§|chrome|safari|firefox|edge|kernel)[\"'\\]*[\s:=(.]{0,3}"
    r"[\"'\\]*|[=~><!]=\s?|[\^~]|[a-z0-9][/_-]|(?<![a-z])(?:from|to|and|or|since|until) v?\d+(?:\.\d+)* (?:to|and|or|-) )$"
)
_PACKAGE = re.compile(r"(?:^|\n)[ \t]{0,8}[A-Za-z][\w.-]{0,60}(?:[ \t]{2,60}|\t| \()$")
_RESOLVERS = frozenset({"208.67.222.222", "208.67.220.220", "149.112.112.112"})
_WORDS = frozenset({"dead", "beef", "cafe", "babe", "baba", "feed", "c0de", "f00d"})
_COLONS = re.compile(rb":[0f]{0,4}:[0f]{0,4}[:.](?<!:::)")
_V6 = re.compile(r"[\da-fA-F]{0,4}:[\da-fA-F:]{2,40}+(?:(?:\.\d{1,3}){3})?")
_MAC = re.compile(
    r"[\da-fA-F]{2}([:-])(?:[\da-fA-F]{2}\1){4}[\da-fA-F]{2}(?!\w|\1[\da-fA-F])|[\da-fA-F]{4}\.[\da-fA-F]{4}\.[\da-fA-F]{4}(?![\w.])"
)
_MAC_DASHED = re.compile(rb"-[0f]{2}-[0f]{2}-[0f]{2}-[0f]{2}-[0f]{2}")
_MAC_DOTTED = re.compile(rb"\.[0f]{4}\.[0f]{4}(?![0fa_.])")
_SAID_ADDRESS = re.compile(r"(?i)(?:ip|addr|host|from|client|server|peer|://|@|ping|ssh|inet)")
_SAID_HARDWARE = re.compile(r"(?i)\bmac\b|ether|hw|lladdr|bssid|physical")
_SHORT = 9
"""What is shorter is more often the number of a section or version, unless something says that it is an address."""
_LEFT = 4
_BEFORE = 24
_ZERO = ord("0")
_SMALL = 30
"""Parts of versions are seldom greater."""
_WINDOW = 64


def find(text: Text, shape: bytes) -> Iterator[Span]:
    """The addresses in a text."""
    view = text.view
    for match in _V4_MIDDLE.finditer(shape):
        start = match.start()
        while start > max(match.start() - 3, 0) and shape[start - 1] == _ZERO:
            start -= 1
        yield from _v4(view, start)
    if _COLONS.search(shape):
        yield from _coloned(view, shape)
    for match in _MAC_DASHED.finditer(shape):
        yield from _mac(view, match.start() - 2)
    for match in _MAC_DOTTED.finditer(shape):
        yield from _mac(view, match.start() - 4)


def _v4(view: str, start: int) -> Iterator[Span]:
    found = _V4.match(view, start)
    if found is None or found[0] in _RESOLVERS or view[max(start - 1, 0) : start].isalnum() or view[start - 1 : start] in ("_", ".", "-"):
        return
    value = found[0]
    before = view[max(start - _BEFORE, 0) : start]
    if _is_made_up(value) or not _is_somebodys(value) or _VERSION.search(before):
        return
    if len(value) < _SHORT and not _SAID_ADDRESS.search(before) and view[found.end() : found.end() + 1] not in (":", "/"):
        return
    if max(map(int, value.split(".")[:3])) <= _SMALL and _PACKAGE.search(view, max(start - 130, 0), start):
        return
    yield Span(start, found.end(), "IP_ADDRESS", NAME, 0.9)


def _is_made_up(value: str) -> bool:
    """Whether the parts have one digit each, are equal or count up, as in versions and examples, or end in zeros, as of networks."""
    parts = [int(part) for part in value.split(".")]
    steps = {second - first for first, second in pairwise(parts[:3])}
    return max(parts) < 10 or parts[2:] == [0, 0] or (len(steps) == 1 and min(steps) in (0, 1, 11, 22))


def _coloned(view: str, shape: bytes) -> Iterator[Span]:
    place = 0
    while match := _COLONS.search(shape, place):
        start = match.start()
        while start > max(match.start() - _LEFT, place) and shape[start - 1] in b"0f":
            start -= 1
        found = _V6.match(view, start, start + _WINDOW)
        place = max(match.end() - 1, found.end() if found else 0)
        before = view[max(start - 1, 0) : start]
        if found is None or before.isalnum() or before in (":", "_", ".") or view[found.end() : found.end() + 1].isalnum():
            continue
        value = found[0][:-1] if found[0].endswith(":") and not found[0].endswith("::") else found[0]
        if len(value) == 17 and value.count(":") == 5:
            yield from _mac(view, start)
        else:
            yield from _v6(start, value)


def _v6(start: int, value: str) -> Iterator[Span]:
    groups = [group for group in value.split(":") if group]
    shortened = "::" in value
    handed_out = value[0] in "23" and len(groups[0]) == 4 and groups[0].lower() != "3ffe"
    if shortened and not (handed_out and len(groups) > (3 if value.endswith("::") else 1)) and len(groups) < 6:
        return
    # Made-up ones spell words, or count.
    words = len(_WORDS.intersection(value.lower().split(":")))
    if words > (len(groups) > 7) or (len(groups) > 5 and sum(map(len, groups)) < 14):
        return
    if any(char.isdigit() for char in value) and _is_somebodys(value):
        yield Span(start, start + len(value), "IP_ADDRESS", NAME, 0.9)


def _is_somebodys(value: str) -> bool:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    return address.is_global and not address.is_multicast


def _mac(view: str, start: int) -> Iterator[Span]:
    found = _MAC.match(view, start) if start >= 0 else None
    if found is None or re.match(r"[\w:.\-]", view[start - 1 : start] if start else ""):
        return
    value = found[0]
    digits = value.translate({ord(char): None for char in ":-."}).lower()
    # Made-up ones repeat or count: aa:bb:cc:dd:ee:ff, 00:11:22:33:44:55, 12:34:56:78:9a:bc. A run of decimal pairs is more like a time.
    if len(set(digits)) < 3 or digits in ("aabbccddeeff", "001122334455", "112233445566", "123456789abc", "0123456789ab", "deadbeefcafe"):
        return
    if ("." in value or "-" in value) and digits.isdigit() and not _SAID_HARDWARE.search(view[max(start - 24, 0) : start]):
        return
    if passes("MacAddressRecognizer", value):
        yield Span(start, found.end(), "MAC_ADDRESS", NAME, 0.9)
