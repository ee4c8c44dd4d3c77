"""Addresses of networks: IPv4, IPv6 and hardware (MAC) addresses that belong to somebody.

Left alone is what belongs to nobody in particular: private, loopback, link-local, multicast and documentation ranges, public resolvers,
and numbers of versions, sections and objects that are written with dots. The ``::`` of programming languages is no address: a shortened
IPv6 address must begin in 2000::/3, which is all of it that is handed out, or have many groups.

A log may hold a million IPv4 addresses, so whose they are is decided on their four numbers, by IANA's registry of special addresses; the
module `ipaddress`, which says the same of the few IPv6 addresses, takes fifty times as long. No judge of Presidio's is asked: it knows of
form and of two hardware addresses that are nobody's, and that is decided here.
"""

import ipaddress
import re
from collections.abc import Iterator

from agentlog.privacy.recogniser import Span
from agentlog.privacy.text import Text

NAME = "network"
_V4_MIDDLE = re.compile(rb"\.0{1,3}\.0{1,3}\.0{1,3}(?![0fa_])")
_V4 = re.compile(r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}(?![\w]|\.\w|-[a-zA-Z])")
_VERSION_WORDS = frozenset(
    {"v", "ver", "version", "versions", "release", "rev", "revision", "build", "section", "chapter", "clause", "oid", "§"}
    | {"chrome", "safari", "firefox", "edge", "kernel"}
)
_WORD_BEFORE = re.compile(r"[\"'\\]{0,4}[\s:=(.]{0,3}[\"'\\]{0,4}(?P<word>[^\W\d_]{1,9}|§)(?![^\W\d_])")
"""The word before a place, and what may stand between; matched against what stands there, read backwards."""
_RANGE = re.compile(r"(?i)(?<![a-z])(?:from|to|and|or|since|until) v?\d+(?:\.\d+)*+ (?:to|and|or|-) $")
_OTHER_ADDRESS = re.compile(r"(?:^|[^.\d])\d{1,3}(?:\.\d{1,3}){3} ")
_PACKAGE = re.compile(r"(?:^|\n)[ \t]{0,8}[A-Za-z][\w.-]{0,60}(?:[ \t]{2,60}|\t| \()$")
_COUNTING = "1234567890123456789"
_RESOLVERS = frozenset({"208.67.222.222", "208.67.220.220", "149.112.112.112"})
_WORDS = frozenset({"dead", "beef", "cafe", "babe", "baba", "feed", "c0de", "f00d"})
_COLONS = re.compile(rb":[0f]{0,4}:[0f]{0,4}[:.](?<!:::)")
_V6 = re.compile(r"[\da-fA-F]{0,4}:[\da-fA-F:]{2,40}+(?:(?:\.\d{1,3}){3})?")
_MAC = re.compile(
    r"[\da-fA-F]{2}([:-])(?:[\da-fA-F]{2}\1){4}[\da-fA-F]{2}(?!\w|\1[\da-fA-F])|[\da-fA-F]{4}\.[\da-fA-F]{4}\.[\da-fA-F]{4}(?![\w.])"
)
_MAC_DASHED = re.compile(rb"-[0f]{2}-[0f]{2}-[0f]{2}-[0f]{2}-[0f]{2}")
_MAC_DOTTED = re.compile(rb"\.[0f]{4}\.[0f]{4}(?![0fa_.])")
_MADE_UP_TEXT = (
    "aabbccddeeff 001122334455 112233445566 123456789abc 0123456789ab 1234567890ab deadbeefcafe 000102030405 010203040506 0a0b0c0d0e0f"
)
_MADE_UP = frozenset(_MADE_UP_TEXT.split())
"""Hardware addresses that repeat, count or spell words."""
_GROUPS = ("01005e", "3333", "0180c2", "01000ccccc")
"""How addresses of groups begin, to which every card listens (RFC 1112, RFC 2464, IEEE 802.1D)."""
_SAID_ADDRESS = re.compile(r"(?i)(?:ip|addr|host|from|client|server|peer|://|@|ping|ssh|inet)")
_SAID_HARDWARE = re.compile(r"(?i)\bmac\b|ether|hw|lladdr|bssid|physical")
_SHORT = 9
"""What is shorter is more often the number of a section or version, unless something says that it is an address."""
_NOBODYS = frozenset({0, 10, 127})
_MULTICAST = 224
_BLOCKS = (
    (100, 64, 127, -1),
    (169, 254, 254, -1),
    (172, 16, 31, -1),
    (192, 0, 0, 2),
    (192, 168, 168, -1),
    (198, 18, 19, -1),
    (198, 51, 51, 100),
    (203, 0, 0, 113),
)
"""The first number, the least and the greatest second, the third if it is one: private, shared, for benchmarks, for documentation."""
_DIVIDED = frozenset(block[0] for block in _BLOCKS)
_LEFT = 4
_BEFORE = 24
_ZERO = ord("0")
_SMALL = 30
"""Parts of versions are seldom greater."""
_WINDOW = 64


def find(text: Text, shape: bytes) -> Iterator[Span]:
    """The addresses in a text."""
    view = text.view
    last = -1
    for match in _V4_MIDDLE.finditer(shape):
        start = match.start()
        while start > max(match.start() - 3, 0) and shape[start - 1] == _ZERO:
            start -= 1
        for span in _v4(view, start, start == last + 1):
            last = span.end
            yield span
    if _COLONS.search(shape):
        yield from _coloned(view, shape)
    for match in _MAC_DASHED.finditer(shape):
        yield from _mac(view, match.start() - 2)
    for match in _MAC_DOTTED.finditer(shape):
        yield from _mac(view, match.start() - 4)


def _v4(view: str, start: int, in_a_row: bool) -> Iterator[Span]:
    """``in_a_row`` is what stands right behind another address and one sign."""
    found = _V4.match(view, start)
    if found is None or (start and not _may_begin(view, start) and not in_a_row):
        return
    value, end = found[0], found.end()
    parts = [int(part) for part in value.split(".")]
    if not _is_somebodys_v4(parts) or _is_made_up(parts) or value in _RESOLVERS:
        return
    before = view[max(start - _BEFORE, 0) : start]
    if not in_a_row and _is_version(before):
        return
    if len(value) < _SHORT and not _SAID_ADDRESS.search(before) and view[end : end + 1] not in (":", "/"):
        return
    if max(parts[:3]) <= _SMALL and _PACKAGE.search(view, max(start - 130, 0), start):
        return
    yield Span(start, end, "IP_ADDRESS", NAME, 0.9)


def _may_begin(view: str, start: int) -> bool:
    before = view[start - 1]
    return not (before in "_-" or before.isalnum()) and (before != "." or view[max(start - 3, 0) : start] == "...")


def _is_version(before: str) -> bool:
    """Whether what stands before numbers with dots says that they are a version, a section or an object."""
    last = before[-1:]
    if not last or last in ",;|)":
        return False
    if last in "^~" or (last in "/_-" and before[-2:-1].isalnum() and before[-2:-1].isascii()):
        return True
    stripped = before[:-1] if last.isspace() else before
    if stripped[-1:] == "=" and stripped[-2:-1] in ("=", "~", ">", "<", "!"):
        return True
    # Between two addresses stand the same words as between two versions.
    if last == " " and _RANGE.search(before) and not _OTHER_ADDRESS.search(before):
        return True
    word = _WORD_BEFORE.match(before[::-1])
    return word is not None and word["word"][::-1].lower() in _VERSION_WORDS


def _is_made_up(parts: list[int]) -> bool:
    """Whether the parts have one digit each, repeat or count up, as in versions and examples, or end in zeros, as of networks."""
    first, second, third, fourth = parts
    step = second - first
    if max(parts) < 10 or (third == 0 and fourth == 0) or (step == third - second and step in (0, 1, 11, 22)):
        return True
    return parts[:2] == parts[2:] or f"{first}{second}{third}{fourth}" in _COUNTING


def _is_somebodys_v4(parts: list[int]) -> bool:
    """Whether an address is one of the public net: in none of the blocks of IANA's registry of special addresses (RFC 6890)."""
    first, second, third, fourth = parts
    if first in _NOBODYS or first >= _MULTICAST:
        return False
    if first not in _DIVIDED:
        return True
    if first == 192 and second == 0 and third == 0:
        return fourth in (9, 10)
    return not any(block[0] == first and block[1] <= second <= block[2] and block[3] in (-1, third) for block in _BLOCKS)


def _coloned(view: str, shape: bytes) -> Iterator[Span]:
    place = 0
    while match := _COLONS.search(shape, place):
        start = match.start()
        while start > max(match.start() - _LEFT, place) and shape[start - 1] in b"0f":
            start -= 1
        found = _V6.match(view, start, start + _WINDOW)
        place = max(match.end() - 1, found.end() if found else 0)
        before = view[max(start - 1, 0) : start]
        if before == "." and view[max(start - 3, 0) : start] == "...":
            before = ""
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
    # Made-up ones spell words, count, or repeat; of eight groups by chance one may be a word.
    low = [group.lower() for group in groups]
    drawn = [group for group in low if group.strip("0") and group != "ffff"]
    if len(_WORDS.intersection(low)) > (len(drawn) > 7) or sum(len(group) == 1 for group in drawn) > 4:
        return
    if len(groups) > 5 and (sum(map(len, groups)) < 14 or len(set(low)) < 3):
        return
    if any(char.isdigit() for char in value) and _is_somebodys(value):
        yield Span(start, start + len(value), "IP_ADDRESS", NAME, 0.9)


def _is_somebodys(value: str) -> bool:
    """Whether an IPv6 address is one of the public net."""
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    return address.is_global and not address.is_multicast


def _mac(view: str, start: int) -> Iterator[Span]:
    found = _MAC.match(view, start) if start >= 0 else None
    before = view[max(start - 1, 0) : start]
    if found is None or before.isalnum() or before in ("_", ":", "-") or (before == "." and view[max(start - 3, 0) : start] != "..."):
        return
    value = found[0]
    digits = value.replace(value[2] if value[2] in ":-" else ".", "").lower()
    # A run of decimal pairs is more like a time.
    if len(set(digits)) < 3 or digits in _MADE_UP or digits.startswith(_GROUPS):
        return
    if value[2] != ":" and digits.isdigit() and not _SAID_HARDWARE.search(view[max(start - 24, 0) : start]):
        return
    yield Span(start, found.end(), "MAC_ADDRESS", NAME, 0.9)
