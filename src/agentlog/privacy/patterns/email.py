"""E-mail addresses, wherever a trace may hold one: in prose, between angle brackets, in addresses of web pages, at internal domains.

The at sign is the anchor; to both sides of it a bounded stretch is looked at. Nobody's are transport addresses (``git@host``), addresses
that take no mail (``noreply@``), and made-up ones: of stock words on both sides of the sign, or at a domain that is reserved for examples
(RFC 2606, RFC 6761). Of the latter, those are replaced whose local part is made as people's are (``first.last``, ``name1234``): many a
test system gives its customers addresses there.
"""

import re
from collections.abc import Iterator

from agentlog.privacy.patterns.judges import top_level_domain
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
_DELIMITER = re.compile(r"%(?!2[BDEbde]|5[Ff])[\dA-Fa-f]{2}")
_MESSAGE = re.compile(r"[\da-fA-F]{8}-[\da-fA-F]{4}-|\d+\.\d+\.\d+")
"""How the id of a message begins, which only looks like an address."""
_UNICODE = re.compile(r"u00[\da-fA-F]{2}")
_RESERVED = re.compile(r"(?:^|\.)(?:example(?:\.(?:com|org|net|edu))?|test|invalid|localhost|localdomain)$")
_INTERNAL = frozenset({"internal", "local", "lan", "corp", "home", "intranet", "intra", "private"})
_COMMON = frozenset({"com", "org", "net", "edu", "gov", "mil", "int", "info", "biz", "name", "dev", "app", "cloud"})
_NOBODY = frozenset({"git", "hg", "svn", "noreply", "no-reply", "no_reply", "donotreply", "do-not-reply"})
_STOCK = """
user users username admin administrator root test tests tester testing foo bar baz qux spam eggs ham you me your my name first last
firstname lastname fname lname full email mail e-mail address addr someone somebody anyone anybody nobody person aperson people
customer client member guest owner author maintainer developer dev info hello hi contact support help sales team office service
system webmaster postmaster hostmaster abuse security privacy billing news newsletter list lists sender recipient receiver from to
cc bcc reply example sample demo dummy fake mock placeholder invalid valid new old other another some any xxx xyz abc yyy zzz aaa
bbb ccc login account accounts bot robot agent assistant api app web www ftp ops manager employee student teacher staff hr jobs
default unknown none null target source dest destination local domain host server site website work home personal primary secondary
here there this that the no one two three at company org organization business acme corp mydomain yourdomain somedomain mycompany
yourcompany mywebsite yoursite mysite somewhere nowhere foobar myemail youremail
"""
_PLACEHOLDERS = frozenset(_STOCK.split())
"""Stock words of examples; a single letter is one as well."""
_FIGURES = frozenset({"alice", "bob", "carol", "charlie", "dave", "eve", "mallory", "john", "jane", "joe", "doe", "smith"})
"""The cast of examples: nobody at a reserved domain, but somebody elsewhere."""
_PERSONAL = re.compile(r"(?=.*[a-z])(?:[^\W\d_]{2,}(?:[._+-][^\W\d_]+){1,2}[._-]?\d*|[^\W\d_]{2,}\d{2,})")
_PART = re.compile(r"[._+\-]+")


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
    if not local or local.lower() in _NOBODY or not _is_domain(view, begin, found) or _is_login(view, begin):
        return
    if _is_nobodys(local.lower(), domain.lower()) or _MESSAGE.match(local):
        return
    yield Span(begin, found.end(), "EMAIL_ADDRESS", NAME, 1.0 if found["top"] else 0.8)


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
    return (
        len(low) == 2
        or low in _COMMON
        or low in _INTERNAL
        or low.startswith("xn--")
        or _RESERVED.search(low) is not None
        or top_level_domain(low)
    )


def _is_login(view: str, begin: int) -> bool:
    """``scheme://user@host`` and ``scheme://user:password@host`` log in somewhere; whoever looks for secrets looks at them."""
    before = view[max(begin - 3, 0) : begin]
    if before == "://":
        return True
    if not before.endswith(":"):
        return False
    head, mark, user = view[max(begin - 80, 0) : begin - 1].rpartition("://")
    return bool(mark and head and user) and not any(char.isspace() or char in "/\"'" for char in user)


def _is_nobodys(local: str, domain: str) -> bool:
    """Whether an address is made up: of stock words on both sides, or at a reserved domain and not as people are named there."""
    parts = [part.rstrip("0123456789") for part in _PART.split(local)]
    stock = all(len(part) < 2 or part in _PLACEHOLDERS for part in parts)
    if _RESERVED.search(domain):
        cast = all(len(part) < 2 or part in _PLACEHOLDERS or part in _FIGURES for part in parts)
        return cast or _PERSONAL.fullmatch(local) is None
    label = domain.split(".")[-2] if "." in domain else domain
    return stock and (len(label) < 2 or label in _PLACEHOLDERS)


RECOGNISER = Anchored(NAME, ("@", "%40"), _at)
