"""Headers: credentials after an authentication scheme, and cookies.

Written as ``Authorization: Bearer …``, as a header of a command, as a key and value, or in a template. Of the header, only what follows the
scheme is a secret. Of cookies, each value is one that looks generated or belongs to a session.
Dates, places and a cookie's own attributes are none.
"""

import re
from collections.abc import Iterator

from agentlog.privacy.recogniser import Anchored, Span
from agentlog.privacy.secrets.harmless import is_placeholder, is_random, mixed
from agentlog.privacy.secrets.judging import spreads
from agentlog.privacy.text import Text


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SCHEME = re.compile(
    r"(?:bearer|basic|token|ssws|apikey|api-key|digest|negotiate|ntlm|splunk|key|geniekey|jwt|hmac|sharedaccesssignature|bot|client|aws)"
    r"(?:[ \t]+(?:token=)?|:[ \t]{0,3}|%20|\+)[\"'\\]{0,9}(?P<value>[\w.~+/=|:!%$*-]{6,8192}+)",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"authorization[\"'`\]\\)]{0,12}[ \t]{0,8}(?:[:=,]|=>)[ \t]{0,8}[fbru]?[\"'`\\]{0,12}"
    r"(?:[A-Za-z][\w-]{1,24}(?:[ \t]+|%20)(?:token=)?)?[\"'\\]{0,9}(?P<value>[\w.~+/=|:!%$*-]{8,8192}+)"
    r"(?P<more>,?[ \t][^\"'`\n\\]{0,600})?",
    re.IGNORECASE,
)
_PARAMETER = re.compile(
    r"\b(?:signature|response|oauth_token|oauth_signature|nonce|cnonce|opaque|credential|mac|token)=[\"'\\]{0,4}([\w+/=.%~-]{8,1024})",
    re.IGNORECASE,
)
_COOKIE = re.compile(
    r"cookie2?[\"'`\]\\)]{0,12}[ \t]{0,4}(?:[:=,]|=>|[ \t])[ \t]{0,4}[fbru]?[\"'`\\]{0,12}(?P<value>[\w.-]{1,64}=[^\"'`\n\\]{2,4096}+)",
    re.IGNORECASE,
)
_CRUMB = re.compile(r"(?P<name>[\w.-]{1,64})=(?P<value>[^;,\s]{4,4096}+)")
_GIVEN = re.compile(r"[\"'\\]{0,5}(?P<value>[\w.-]{1,64}=[^\"'`\n\\]{2,4096}+)")
_PIECES = re.compile(r"[:|,.]")
"""Places, dates and versions fall into short pieces; what is generated does not."""
_DATE = re.compile(r"[\d:TZ.+/ -]{6,40}|\w{3,9}[- ]\d\d?[- ]\d{2,4}|\d\d?[- ]\w{3,9}[- ]\d{2,4}")
_LONGEST = 4200
_SESSION = re.compile(r"sess|sid|token|auth|jwt|csrf|xsrf|ticket|remember|credential", re.IGNORECASE)
_ATTRIBUTES = _words("path domain expires max-age samesite version comment secure httponly priority partitioned lang locale theme charset")


def headers() -> tuple[Anchored, ...]:
    """The recognisers of credentials in headers."""
    return (
        Anchored("header", ("authorization",), _authorization),
        Anchored("scheme", ("bearer", "basic ", "ssws ", "negotiate ", "token token=", "sharedaccesssignature "), _after_scheme),
        Anchored("cookie", ("cookie",), _cookies),
        Anchored("cookie-flag", (" -b ",), _flag),
    )


def _after_scheme(text: Text, start: int, end: int) -> Iterator[Span]:
    found = _SCHEME.match(text.view, start)
    if found is None or (start and text.view[start - 1].isalnum()) or "authorization" in text.low[max(0, start - 24) : start]:
        return
    yield from _credential(text.view, found, 8, "scheme")


def _authorization(text: Text, start: int, end: int) -> Iterator[Span]:
    found = _HEADER.match(text.view, start)
    if found is None:
        return
    if "=" in found["value"].rstrip("=") or found["more"]:
        again = text.low.find("authorization", end, found.end())
        for part in _PARAMETER.finditer(text.view, found.start("value"), again if again >= 0 else found.end()):
            if not is_placeholder(part[1]):
                yield Span(*part.span(1), "SECRET", "header", 0.8, True)
    yield from _credential(text.view, found, 6, "header")


def _credential(view: str, found: re.Match[str], least: int, name: str) -> Iterator[Span]:
    value = found["value"].rstrip(".,:")
    low, high = found.start("value"), found.start("value") + len(value)
    after = view[high : high + 1]
    if len(value) < least or is_placeholder(value) or after in ("(", "[") or ("=" in value.rstrip("=") and len(value) < 24):
        return
    if is_random(value, 10) or (mixed(value) >= 3 and any(map(str.isdigit, value)) and len(value) >= 8) or _is_basic(value):
        yield Span(low, high, "SECRET", name, 0.9, spreads(value))


def _is_basic(value: str) -> bool:
    """Base64 of ``user:password`` may be all letters."""
    return len(value) >= 12 and value.endswith("=") and mixed(value) >= 3


def _cookies(text: Text, start: int, end: int) -> Iterator[Span]:
    # Only as far as the next one: else a row of them would take forever.
    again = text.low.find("cookie", end, end + _LONGEST)
    found = _COOKIE.match(text.view, start, again if again >= 0 else len(text.view))
    if found is not None:
        yield from _crumbs(text, *found.span("value"))


def _flag(text: Text, start: int, end: int) -> Iterator[Span]:
    """``curl -b "sid=…"``."""
    found = _GIVEN.match(text.view, end)
    if found is not None and text.low.find("curl ", max(0, start - 300), end) >= 0:
        yield from _crumbs(text, *found.span("value"))


def _crumbs(text: Text, low: int, high: int) -> Iterator[Span]:
    for crumb in _CRUMB.finditer(text.view, low, high):
        value = crumb["value"]
        if crumb["name"].lower() in _ATTRIBUTES or is_placeholder(value):
            continue
        told = _SESSION.search(crumb["name"]) and len(value) >= 6 and mixed(value) >= 2 and "(" not in value and not _DATE.fullmatch(value)
        if told or any(is_random(piece, 12) for piece in _PIECES.split(value)):
            yield Span(*crumb.span("value"), "SECRET", "cookie", 0.8, spreads(value))
