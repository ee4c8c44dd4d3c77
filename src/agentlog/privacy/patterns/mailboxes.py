"""Whose an e-mail address is: a person's, or nobody's.

Personal data is what leads to a person. Nobody's are the mailboxes of a role, which RFC 2142 names (``webmaster@``, ``support@``), mailing
lists (``python-dev@``, anything at ``lists.``), addresses that take no mail, and placeholders: stock words of examples on both sides of the
sign, one letter repeated, ``someone@`` and ``foo@`` anywhere, and domains that are reserved for examples (RFC 2606, RFC 6761) or made of
the stock words of programmers. At those domains, an address is replaced whose local part is made as people's are (``first.last``,
``name1234``): many a test system gives its customers addresses there.

In doubt an address is a person's. At the domains of free mail, where anybody may be called anything, neither roles nor lists are known.
"""

import re
import unicodedata

_RESERVED = re.compile(
    r"(?:^|\.)(?:example(?:\.(?:com|org|net|edu))?|test|invalid|localhost|localdomain)$"
    r"|(?:^|\.)(?:e?xampe?l?e?s?|foo|bar|baz|qux|quux|foobar|spam|eggs?)\.(?:\w{2,10}\.)?[a-z]{2,4}$"
)
"""Domains for examples, and those that are written for them."""
_STOCK = """
user users username admin administrator root test tests tester testing foo bar baz qux spam eggs ham you me your my name first last
firstname lastname fname lname full email mail e-mail address addr someone somebody anyone anybody nobody person aperson people
customer client member guest owner author maintainer developer dev info hello hi contact support help sales team office service
system webmaster postmaster hostmaster abuse security privacy billing news newsletter list lists sender recipient receiver from to
cc bcc reply example sample demo dummy fake mock placeholder invalid valid new old other another some any xxx xyz abc yyy zzz aaa
bbb ccc login account accounts bot robot agent assistant api app web www ftp ops manager employee student teacher staff hr jobs
default unknown none null target source dest destination local domain host server site website work home personal primary secondary
here there this that the no one two three at company org organization business acme corp mydomain yourdomain somedomain mycompany
yourcompany mywebsite yoursite mysite somewhere nowhere foobar myemail youremail egg quux dom non existent nonexistent mr mrs ms dr
"""
_PLACEHOLDERS = frozenset(_STOCK.split())
"""Stock words of examples; a single letter is one as well."""
_FIGURES = frozenset({"alice", "bob", "carol", "charlie", "dave", "eve", "mallory", "john", "jane", "joe", "doe", "smith"})
"""The cast of examples: nobody at a reserved domain, but somebody elsewhere."""
_ANYBODY_TEXT = """
someone somebody anyone anybody nobody noone no-one everyone everybody aperson user username test tests testing foo bar baz qux spam
eggs null none nonexistent non-existent example yourname your-name your.name your_name youremail your-email your.email your_email
"""
_ANYBODY = frozenset(_ANYBODY_TEXT.split())
"""Words that stand for whoever it may be, at any domain."""
_NO_MAIL = frozenset({"git", "hg", "svn", "noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "mailer-daemon"})
_ROLES_TEXT = """
info marketing sales support abuse noc security postmaster hostmaster usenet news webmaster www uucp ftp
"""
_ROLES = frozenset(_ROLES_TEXT.split())
"""RFC 2142."""
_LIST = re.compile(
    r"[a-z][a-z0-9+._-]{0,40}-(?:dev|devel|develop|list|lists|users|announce|bugs|request|bounces|owner|admin|talk|sig|commits|checkins|discuss"
    r"|discussion|patches|help|subscribe|unsubscribe|security|maintainers|reports|team)"
)
_AT_LISTS = re.compile(r"(?:lists?|mailman|googlegroups|groups)\.(?:[^.]+\.)*[^.]+")
_FREE_MAIL = re.compile(
    r"(?:gmail|googlemail|yahoo|ymail|hotmail|outlook|live|msn|icloud|me|mac|aol|gmx|web|mail|protonmail|proton|pm|zoho|yandex|fastmail|hey"
    r"|qq|163|126|sina|naver|t-online|freenet|orange|wanadoo|free|laposte|libero|virgilio|tiscali|comcast|verizon|att|btinternet|rambler)"
    r"\.(?:com?\.)?[a-z]{2,3}"
)
_PERSONAL = re.compile(r"(?=.*[a-z])(?:[^\W\d_]{2,}(?:[._+-][^\W\d_]+){1,2}[._-]?\d*|[^\W\d_]{2,}\d{2,})")
_PART = re.compile(r"[._+\-]+")


def is_nobodys(local: str, domain: str) -> bool:
    """Whether an address leads to no person; both sides of the sign in lower case."""
    if not (local.isascii() and domain.isascii()):
        local, domain = _without_accents(local), _without_accents(domain)
    if local in _NO_MAIL or local in _ANYBODY or domain.startswith("www."):
        return True  # at a host of pages, what looks like a mailbox is a login or a password
    if _RESERVED.search(domain):
        return _is_made_up(local)
    repeated = len(local) > 1 and _is_repeated(local) and _is_repeated(_label(domain))
    if (repeated or local in _ROLES or _LIST.fullmatch(local) or _AT_LISTS.fullmatch(domain)) and not _FREE_MAIL.fullmatch(domain):
        return True
    label = _label(domain)
    return (len(label) < 2 or label in _PLACEHOLDERS) and all(map(_is_stock, _parts(local)))


def _is_made_up(local: str) -> bool:
    """Whether a local part at a domain for examples is not made as people's are."""
    parts = _parts(local)
    if len(parts) > 1 and (any(part in _PLACEHOLDERS for part in parts) or len(set(parts)) < len(parts)):
        return True
    return all(_is_stock(part) or part in _FIGURES for part in parts) or _PERSONAL.fullmatch(local) is None


def _parts(local: str) -> list[str]:
    return [part.rstrip("0123456789") for part in _PART.split(local)]


def _is_stock(part: str) -> bool:
    return len(part) < 2 or part in _PLACEHOLDERS


def _is_repeated(word: str) -> bool:
    return len(set(word)) < 2 and len(word) <= 5 and word.isalpha()


def _label(domain: str) -> str:
    """What stands before the top-level domain."""
    return domain.split(".")[-2] if "." in domain else domain


def _without_accents(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))
