"""Values: where the value of an assignment begins and ends, and in what place it stands.

A quoted value ends at the same quote, as deep in escapes as it was opened. An unquoted one ends where its surroundings say: at ``&`` in an
address, at ``;`` in a connection string, at ``<`` in an element, at a blank elsewhere. What is unquoted may as well be a variable, unless
the surroundings are those of settings, commands or addresses.
"""

import re
from base64 import b64decode
from dataclasses import dataclass

from agentlog.privacy.secrets.harmless import is_placeholder, is_sample, is_type, mixed
from agentlog.privacy.secrets.judging import Place
from agentlog.privacy.secrets.names import Weight, weight

QUOTE = r"(?:\\{0,15}[\"'`]|&quot;|&#3[49];|\\{1,15}u002[27]|%(?:25)?2[27])"
"""A quote: escaped any number of times, or written as an entity, an escape or in percent encoding."""
_OPEN = re.compile(rf"(?:!!binary[ \t]+)?(?P<prefix>(?:rb|br|fr|rf|[bBrRuUfF@$LN])?)(?P<open>{QUOTE})")
_LOOSE = re.compile(r"[^\s\"'`\\<>]{1,256}+")
_INNER = re.compile(r"[^<>\n]{1,256}+")
_FORMATTED = re.compile(r"\{[^{}\s]{0,80}\}")
_OF_QUERY = re.compile(r"[^&#;,)\]}|%]*+(?:%(?!(?:25)?2[267])[^&#;,)\]}|%]*+)*+")
_BRACED = re.compile(r"\{[^{};]{1,128}\}(?=;|$)")
_FIELD = re.compile(r"[a-z][a-z_]{2,30}(?:[._-][a-z]{1,20}){0,3}=[^=]")
_ANOTHER = re.compile(r",[A-Za-z][\w.\[\]-]{0,60}=")
_BESIDE = re.compile(
    r"(?:\n|^|  )[ \t-]{0,40}(?:user(?:[_-]?name)?|login|host(?:[_-]?name)?|e?mail|db(?:[_-]?name)?|database|port|server|url|account)"
    r"(?P<sign>=|:[ \t]{1,4})(?P<value>[\w.@:/-]{1,80})\s{1,40}$",
    re.IGNORECASE,
)
_LONGEST = 4096
_DEEPEST = 64
_CONNECTION = (
    "server=", "host=", "hostname=", "data source=", "initial catalog=", "user id=", "uid=", "userid=", "driver=", "provider=", "endpoint=",
    "accountname=", "keyname=", "endpointsprotocol=", "dbname=", "database=", "endpointsuffix=", "trusted_connection=", ";id=",
    "jdbc:", "user id =",
)  # fmt: skip
"""What else stands in a connection string."""


@dataclass(frozen=True, slots=True)
class Site:
    """A place where a value is to be looked for."""

    at: int
    first: int
    """Where the name begins."""
    sign: str
    """What stands between name and value."""
    place: Place
    quoted: bool = False
    """Whether only a quoted value counts."""
    strict: bool = False
    """Whether the value must look generated, whatever the name says."""


def value_at(view: str, name: str, site: Site) -> tuple[int, int, Place] | None:
    """Where the value begins and ends, and what its place is; nothing, if there is none or it is put together elsewhere."""
    opened = _OPEN.match(view, site.at)
    if opened is None:
        return None if site.quoted else _loose(view, name, site)
    high = _closing(view, opened.end(), opened["open"])
    if high is None or (opened["prefix"].lower() in ("f", "fr", "rf", "$") and _FORMATTED.search(view, opened.end(), high)):
        return None
    exported = site.sign == "=" and name.isupper()
    told = site.sign == "is" and any(map(str.isdigit, view[opened.end() : high]))
    return opened.end(), high, Place.DATA if site.place is Place.LINE or exported or told else site.place


def _closing(view: str, low: int, quote: str) -> int | None:
    """Where a quoted value ends; one that is cut off ends with the text."""
    limit = min(len(view), low + _LONGEST)
    slashes = len(quote) - len(quote.lstrip("\\"))
    mark = quote[slashes:]
    at = low
    for _ in range(_DEEPEST):
        at = view.find(mark, at, limit)
        if at < 0:
            break
        tail = view[max(low, at - 32) : at]
        back = at - len(tail) + len(tail.rstrip("\\"))
        if at - back <= slashes or (not slashes and (at - back) % 2 == 0):
            return back if view.find("\n", low, back) < 0 else None
        at += 1
    return limit if limit == len(view) and limit - low <= 256 and view.find("\n", low, limit) < 0 else None


def _loose(view: str, name: str, site: Site) -> tuple[int, int, Place] | None:
    """An unquoted value."""
    low = site.at
    found = (_INNER if site.sign == ">" else _LOOSE).match(view, low)
    if found is None:
        return None
    if site.sign == ">":
        return low, low + len(found[0].rstrip()), site.place
    before = view[site.first - 1] if site.first else "\n"
    value = found[0]
    if before in "?&" or view[max(0, site.first - 3) : site.first].lower() in ("%3f", "%26") or "%3" in site.sign:
        return low, low + _end_of_query(value), Place.LINE
    if (";" in value or view[max(0, site.first - 2) : site.first].strip() == ";") and "(" not in value:
        around = (view[max(0, site.first - 200) : site.first] + view[low : low + 80]).lower()
        if any(name in around for name in _CONNECTION):
            braced = _BRACED.match(value)
            return (low + 1, low + braced.end() - 1, Place.LINE) if braced else (low, low + len(value.partition(";")[0]), Place.LINE)
    if value.startswith(f"{name}="):
        return None
    if site.sign != "=" and _FIELD.match(value):
        return None  # a field of its own, as after the name of a logger
    value = value.partition(";")[0].rstrip(",)]}")
    place = Place.LINE if _is_setting(view, name, site, before) else Place.WORD
    if site.sign == "=" and "," in value and (another := _ANOTHER.search(value)) is not None:
        value = value[: another.start()]
    if site.sign == "is":
        value = value.rstrip(".!?:")
    after = view[low + len(value) : low + len(value) + 1]
    if place is Place.WORD and ("(" in value or after in ("(", "[", "{", ".")):
        return None
    if place is Place.WORD and site.sign.strip() in (":", "is") and not after.strip(" \t\r\n.!?\\\"'`") and _is_said(name, value):
        place = Place.LINE
    if place is Place.WORD and site.sign in ("=", ": ") and not after.strip() and _is_beside_login(view, name, value, site):
        place = Place.LINE
    return low, low + len(value), place


def _is_setting(view: str, name: str, site: Site, before: str) -> bool:
    """Whether an unquoted value is one of settings, a command or a header, where no variables are."""
    if site.place is Place.LINE or name.startswith("-"):
        return True
    if site.sign == ":-":
        return view[max(0, site.first - 2) : site.first] == "${"
    tight = site.sign in ("=", ": ", ":", "?=")
    if name in ("_auth", "_password", "_authToken") and site.sign.strip() == "=":
        return True
    if before not in " \t\n\r\"'`;:#+-/({," or not tight:
        return False
    if name.isupper() or (site.sign != "=" and "-" in name):
        return True
    return site.sign == "=" and name.count(".") >= 1 and name.islower() and not name.startswith(("self.", "this.", "cls."))


def _end_of_query(value: str) -> int:
    found = _OF_QUERY.match(value)
    return found.end() if found else 0


def _is_said(name: str, value: str) -> bool:
    """Whether a secret is told in so many words, as in ``password: hunter2``; types and plain words are none."""
    told = len(value) >= 6 and any(map(str.isdigit, value)) and any(map(str.isalpha, value)) and not is_type(value)
    if weight(name) is Weight.TOKEN:
        return len(value) >= 10 and sum(map(str.isdigit, value)) >= 2 and mixed(value) >= 3
    return (told or _is_text_in_base64(value)) and weight(name) is Weight.PASSWORD


def _is_text_in_base64(value: str) -> bool:
    """Whether a value is text in base64, as the secrets of Kubernetes are, even where it is all letters."""
    if len(value) < 8 or len(value) % 4 or value.islower() or value.isupper() or not value.isascii():
        return False
    try:
        return b64decode(value, validate=True).decode("ascii").isprintable()
    except ValueError:
        return False


def _is_beside_login(view: str, name: str, value: str, site: Site) -> bool:
    """Whether the line before gives a user, a host or a database in the same way: then a word is a password, and no variable or type."""
    if weight(name) is not Weight.PASSWORD or len(value) < 4 or is_sample(value) or not value.replace("-", "").isalnum():
        return False
    beside = _BESIDE.search(view, max(0, site.first - 120), site.first)
    return beside is not None and (beside["sign"] == "=") == (site.sign == "=") and not is_placeholder(beside["value"])
