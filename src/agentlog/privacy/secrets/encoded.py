"""Encoded: base64 and percent encoding are looked through once.

What would be found in the plain text is found in its encoding: the telling texts are looked for as they look in base64, at each of the
three places they can have in a group. Around a hit, runs of base64 are decoded; one that decodes to text which holds a secret is a secret
as a whole. In percent-encoded text, only the secret itself is one. Binary data decodes to no text, and is left alone.

Texts are looked through in windows of fixed places, each once, so that a text full of hits takes no longer than its length.
"""

import re
from base64 import b64encode, urlsafe_b64decode
from binascii import Error
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from agentlog.privacy.recogniser import Anchored, Span
from agentlog.privacy.text import Text

_TELLING = (
    "password", "passwd", "secret", "token", "api_key", "apikey", "api-key", "access_key", "private_key", "PRIVATE KEY", "credential",
    "authorization", "Authorization", "Bearer ", "bearer ", "PASSWORD", "SECRET", "TOKEN", "API_KEY", "ACCESS_KEY", "Password", "Secret",
    "Token", "apiKey", "AccountKey", "pass=", "http://", "https://", "postgres", "mongodb", "mysql", "redis", "amqp",
    "AKIA", "ASIA", "AIza", "passphrase", "IDENTIFIED BY", "sshpass", "Cookie: ", "://",
)  # fmt: skip
_RUN = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_PERCENT = re.compile(r"[^\s\"'<>\\]{12,}")
_CONTROLS = bytes(code for code in (*range(32), 127) if chr(code) not in "\t\n\r")
"""One byte in nine of binary data is one of these, and none of a text."""
_SHORTEST = 24
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
_WINDOW = 4096
_AROUND = 1024
_SURE = 5
"""Shorter texts are met by chance too often."""
_NEAR = 64
"""How far behind a hit, such as an encoded equals sign, the secret begins that it led to."""

Find = Callable[[Text], tuple[Span, ...]]
"""What finds secrets in a plain text."""


def encoded(find: Find, prefixes: Iterable[str]) -> tuple[Anchored, ...]:
    """The recognisers of what is encoded; ``find`` is asked for the plain text, in which tokens begin with these prefixes in any case."""
    return (
        _windowed("encoded", _in_base64(prefixes), _base64, find),
        _windowed("percent-encoded", ("%3d", "%3a", "%22", "%27", "%20", "%3c", "%2f%2f", "%40"), _percent, find),
    )


def _windowed(name: str, anchors: tuple[str, ...], look: Callable[[str, Find, str], tuple[Span, ...]], find: Find) -> Anchored:
    @lru_cache(maxsize=8)
    def spans(window: str) -> tuple[Span, ...]:
        return look(window, find, name)

    def at(text: Text, start: int, end: int) -> Iterator[Span]:
        if name == "encoded" and not _is_within_run(text.view, start, end):
            return
        low = max(0, start - start % _WINDOW - _AROUND)
        found = spans(text.view[low : start - start % _WINDOW + _WINDOW + _AROUND])
        place = bisect_left(found, start - low, key=_end)
        if place < len(found) and low + found[place].start <= end + _NEAR:
            yield found[place]._replace(start=low + found[place].start, end=low + found[place].end)

    return Anchored(name, anchors, at)


def _is_within_run(view: str, start: int, end: int) -> bool:
    """Whether so many characters of base64 stand around a hit that it is worth a look."""
    lead = view[max(0, start - _SHORTEST) : start]
    tail = view[end : end + _SHORTEST]
    return len(lead) - len(lead.rstrip(_ALPHABET)) + end - start + len(tail) - len(tail.lstrip(_ALPHABET)) >= _SHORTEST


def _end(span: Span) -> int:
    return span.end


def _base64(window: str, find: Find, name: str) -> tuple[Span, ...]:
    found = []
    for run in _RUN.finditer(window):
        if any(find(Text(plain)) for plain in _decoded(run[0], run.start() == 0)):
            found.append(Span(*run.span(), "SECRET", name, 0.8, True))
    return tuple(found)


def _decoded(run: str, cut: bool) -> Iterator[str]:
    """The texts that a run may be; of one whose beginning is cut off, the group may begin at any of four places."""
    body = run.rstrip("=").replace("+", "-").replace("/", "_")
    for skip in range(4) if cut else range(1):
        part = body[skip:]
        part = part[: len(part) - (len(part) % 4 == 1)]
        try:
            data = urlsafe_b64decode(part + "=" * (-len(part) % 4))
        except (Error, ValueError):
            continue
        if data and len(data.translate(None, _CONTROLS)) >= 0.97 * len(data):
            yield data.decode("utf-8", errors="replace")


def _percent(window: str, find: Find, name: str) -> tuple[Span, ...]:
    found = []
    for run in _PERCENT.finditer(window):
        if "%" not in run[0]:
            continue
        plain, places = _unquoted(run[0])
        for span in find(Text(plain)) if len(plain) < len(run[0]) else ():
            low, high = run.start() + places[span.start], run.start() + places[span.end]
            found.append(Span(low, high, span.entity, name, span.score, span.spreads))
    return tuple(found)


def _unquoted(run: str) -> tuple[str, list[int]]:
    """The plain text, and for each place in it the place in the run; what is no ASCII is left encoded, that places stay true."""
    chars: list[str] = []
    places: list[int] = []
    at = 0
    while at < len(run):
        places.append(at)
        code = unquote_to_bytes(run[at : at + 3]) if run[at] == "%" else b""
        plain = len(code) == 1 and code[0] < 128 and len(run) - at >= 3
        chars.append(chr(code[0]) if plain else run[at])
        at += 3 if plain else 1
    return "".join(chars), [*places, len(run)]


def _in_base64(prefixes: Iterable[str]) -> tuple[str, ...]:
    """The telling texts as they look in base64, without the ends that depend on what stands around; in lower case."""
    words = {*_TELLING, *(word for prefix in prefixes if len(prefix) >= 4 for word in (prefix, prefix.upper()))}
    return tuple(sorted({form for word in words for form in _forms(word) if len(form) >= min(_SURE, len(word))}))


def _forms(word: str) -> Iterator[str]:
    for lead in range(3):
        coded = b64encode(b"\0" * lead + word.encode()).decode()
        yield coded[(lead * 8 + 5) // 6 : (lead + len(word)) * 8 // 6].lower()
