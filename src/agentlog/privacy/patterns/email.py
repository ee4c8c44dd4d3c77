"""E-mail addresses, wherever a trace may hold one: in prose, between angle brackets, in addresses of web pages, at internal domains.

The at sign is the anchor; to both sides of it a bounded stretch is looked at. What has the form of an address stays where it is none
(logins of web addresses, ids of messages) or leads to no person, which `mailboxes` knows.
"""

import re
from collections.abc import Iterator

from agentlog.privacy.forms.networks import fits_email
from agentlog.privacy.patterns.judges import top_level_domain
from agentlog.privacy.patterns.mailboxes import is_nobodys
from agentlog.privacy.recogniser import Anchored, Span
from agentlog.privacy.text import Text

NAME = "email"
_LOCAL = 64
_DOMAIN = 255
# Matched against the reversed text before the sign: backwards, one attempt is enough.
_BACKWARDS = re.compile(r"(?:[\w.+%-]|'(?=[^\W\d_]))+")
_PREFIXES = frozenset({"f", "b", "r", "u", "br", "rb", "fr", "rf"})
"""What may stand before a quote in Python."""
_FORWARDS = re.compile(
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}(?P<top>[^\W\d_]{2,24}|xn--[a-z\d-]{2,59})(?![\w(\[]|-\w)|(?P<host>[^\W_][\w-]{1,62})"
)
_LOGIN = 120
_ENCODED_LOGIN = re.compile(r"\w://[^\s/\"'?#&=<>:]{1,60}:[^\s/\"'?#&=<>:]{0,60}\Z")
_DELIMITER = re.compile(r"%(?!2[BDEbde]|5[Ff])[\dA-Fa-f]{2}")
_MESSAGE = re.compile(r"[\da-fA-F]{8}-[\da-fA-F]{4}-|\d+\.\d+\.\d+|\d{12,14}\.|[\dA-F]{6,8}\.[\dA-F]{4,8}$")
"""How the id of a message begins, which only looks like an address."""
_OF_MESSAGE = re.compile(
    r"(?:message-?id|references|in-reply-to|content-id)[\"']{0,2}\s{0,2}[:=,]\s{0,24}[\"']{0,2}\s{0,4}"
    r"(?:<[^<>\s]{1,80}>[\"',\s]{0,8}){0,2}<[^<>\s]{0,60}$"
)
_BEFORE = 240
_DIGITS = re.compile(r"[\da-f]*\d[\da-f]*")
_UNICODE = re.compile(r"u00[\da-fA-F]{2}")
_RESERVED = frozenset({"example", "test", "invalid", "localhost", "localdomain"})
_INTERNAL = frozenset({"internal", "local", "lan", "corp", "home", "intranet", "intra", "private"})
_COMMON = frozenset({"com", "org", "net", "edu", "gov", "mil", "int", "info", "biz", "name", "dev", "app", "cloud"})


def _at(text: Text, start: int, end: int) -> Iterator[Span]:
    view = text.view
    if not view[end : end + 1].isalnum() or not start:
        return
    found = _FORWARDS.match(view, end, min(end + _DOMAIN, len(view)))
    before = _BACKWARDS.match(view[max(start - _LOCAL, 0) : start][::-1])
    if found is None or before is None:
        return
    begin = _begin(view, start - before.end(), start)
    local, domain = view[begin:start], found[0]
    # A word cut off at the bound is no address, unless it is text without a break: then its end is replaced at least.
    if not local or not _is_domain(view, begin, found) or _is_login(view, begin) or _is_of_a_message(text, begin, local):
        return
    # Stand-ins end here too, of which the second look at a text may see a hundred thousand.
    if fits_email(view[begin : found.end()]) or is_nobodys(local.lower(), domain.lower()):
        return
    yield Span(begin, found.end(), "EMAIL_ADDRESS", NAME, 1.0 if found["top"] else 0.8)


def _is_of_a_message(text: Text, begin: int, local: str) -> bool:
    """Whether an address is the id of a message or of a part of one."""
    if _MESSAGE.match(local):
        return True
    before = text.view[max(begin - 1, 0) : begin]
    if before == "<":
        return _OF_MESSAGE.search(text.low, max(begin - _BEFORE, 0), begin) is not None
    return before == "$" and _DIGITS.fullmatch(local) is not None


def _begin(view: str, begin: int, at: int) -> int:
    """Where the local part begins: past escapes of a web address or of JSON that stand for a delimiter, and past stray marks."""
    for escape in _DELIMITER.finditer(view, begin, at):
        begin = escape.end()
    if view[begin - 1 : begin] == "\\" and (escape_ := _UNICODE.match(view, begin, at)):
        begin = escape_.end()
    quote = view.rfind("'", begin, at)
    if quote >= 0 and (view[begin:quote].lower() in _PREFIXES or not view[quote + 1].isalpha()):
        begin = quote + 1
    while begin < at and not view[begin].isalnum() and view[begin] != "_":
        begin += 1
    return begin if at > begin and view[at - 1] != "." else at


def _is_domain(view: str, begin: int, found: re.Match[str]) -> bool:
    domain, top = found[0], found["top"]
    if top is None:
        # A host by its bare name, only where nothing but an address can stand.
        after = view[found.end() : found.end() + 1]
        linked = view[max(begin - 7, 0) : begin].lower() == "mailto:" or (view[max(begin - 1, 0) : begin] == "<" and after == ">")
        return linked and after not in (".", ":") and not domain.isdigit()
    if not (top.islower() or top.isupper() or top.istitle()):
        return False
    if domain[0].isdigit() and domain[1:2] in (".", "x") and domain.count(".") > 1:
        return False
    low = top.lower()
    return len(low) == 2 or low in _COMMON or low in _INTERNAL or low.startswith("xn--") or low in _RESERVED or top_level_domain(low)


def _is_login(view: str, begin: int) -> bool:
    """``scheme://user@host`` and ``scheme://user:password@host`` log in somewhere; whoever looks for secrets looks at them."""
    before = view[max(begin - 3, 0) : begin]
    if before == "://":
        return True
    if before.endswith(":"):
        head, mark, user = view[max(begin - 80, 0) : begin - 1].rpartition("://")
        return bool(mark and head and user) and not any(char.isspace() or char in "/\"'" for char in user)
    # Behind an escape that is part of the password.
    return before.startswith("%") and _ENCODED_LOGIN.search(view, max(begin - _LOGIN, 0), begin) is not None


RECOGNISER = Anchored(NAME, ("@", "%40"), _at)
