"""Assignments: a value beside a name that says it is a secret, in whatever language that is written.

Asked where a telling syllable stands. The name around it is judged first (see `names`); then the text after it has to be one of the ways in
which names are given values: ``=``, ``:``, ``=>``, ``:=``, comparisons, an argument after a quoted name, an element or attribute, a pair
of name and value, a flag. Quotes may be escaped any number of times, as they are in JSON inside strings, or written as entities.
What is looked at on both sides is bounded, and nothing is parsed: half a line is as good as a whole.
"""

import re
from collections.abc import Iterator

from agentlog.privacy.recogniser import Anchored, Span
from agentlog.privacy.secrets.harmless import is_random, is_sample
from agentlog.privacy.secrets.judging import Place, is_secret, spreads
from agentlog.privacy.secrets.names import Weight, weight
from agentlog.privacy.secrets.values import QUOTE, Site, value_at
from agentlog.privacy.text import Text

_STEMS = (
    "pass", "pwd", "psw", "pswd", "kennwort", "secret", "token", "key", "auth", "cred", "cookie", "bearer", "crumb", "dsn", "psk", "jwt",
    "_pat=", "_pat ", "_pat\"", "_pat'", "_pat:", "sonar.login", "license", "salt",
)  # fmt: skip
_REST = re.compile(rf"(?P<rest>[\w.-]{{0,40}}+)(?P<close>{QUOTE})?+(?P<bracket>[\])]{{0,2}}+)")
_STARTS = frozenset("=:,>!%|?~< \t\n\r-ic")
_ASSIGNED = re.compile(
    r"[ \t]{0,20}+(?:(?P<typed>:[ \t]{0,4}[A-Za-z_][\w.|?]{0,30}(?:\[[\w., |\[\]]{0,30}\])?[ \t]{0,4}(?==[^=>]))|(?=[=:!?|%~]))"
    r"(?P<sign>=>|:=|[!=]==?|\?\?=?|\|\|=?|\?=|~=|[=:]|%(?:25)?3[dDaA])\s{0,20}+"
)
_ARGUMENT = re.compile(r"\s{0,8}+,\s{0,20}+")
_PAIR = re.compile(
    rf"\s{{0,20}}+[,;{{]?\s{{0,40}}+{QUOTE}?(?:value|val|default|defaultValue|content){QUOTE}?\s{{0,8}}+[=:]\s{{0,8}}+", re.IGNORECASE
)
_ELEMENT = re.compile(r"(?:[ \t][^<>\n]{0,80}+)?>\s{0,8}+")
_SIBLING = re.compile(r"</[\w:]{1,20}>\s{0,40}+<[\w:]{0,12}(?:string|value|data)[^<>\n]{0,40}>\s{0,8}+", re.IGNORECASE)
_FLAG = re.compile(r"[ \t]{1,4}+")
_SAID = re.compile(
    r"(?:[ \t]{1,3}(?:for|of)[ \t](?:the[ \t])?(?:user[ \t])?[^\s]{1,40})?[ \t]{1,3}"
    r"(?:is|was|are|set to|changed to|reset to)[ \t]{1,3}(?:now[ \t]|set to[ \t])?:?[ \t]?",
    re.IGNORECASE,
)
_NAME = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-$"
_SETTER = re.compile(
    r"(?:define|env|set\w{0,20}|get|getenv|putenv|property|header|append|config\w{0,8}|option|add\w{0,12}|field)\(\s{0,4}\\*$",
    re.IGNORECASE,
)
_NETRC = re.compile(r"\b(?:login|machine|account|default)[ \t]+\S{1,80}\s+$|^\s*$", re.IGNORECASE)
_SPELLED = re.compile(
    rf"{QUOTE}[ \t\n]{{0,20}}+,[ \t\n]{{0,20}}+{QUOTE}"
    r"(?:logprob|bytes|id|start|end|pos|score|lemma|tag|label|entity|offset|prob|line|col|rank)",
    re.IGNORECASE,
)


def assignment() -> Anchored:
    """The recogniser of values beside telling names."""
    return Anchored("assignment", _STEMS, _at)


def _at(text: Text, start: int, end: int) -> Iterator[Span]:
    view = text.view
    if view[end - 1] in "= \"':":
        end -= 1
    rest = _REST.match(view, end)
    if rest is None or rest.end() >= len(view) or view[rest.end()] not in _STARTS or (rest["close"] and ")" in rest["bracket"]):
        return
    if text.low.startswith("authorization", start) or (
        view[rest.end()] == ":" and not rest["close"] and text.low.startswith("cookie", start)
    ):
        return  # a header, which has a recogniser of its own
    lead = view[max(0, start - 60) : start]
    first = start - len(lead) + len(lead.rstrip(_NAME))
    name = view[first : rest.end("rest")]
    said = weight(name)
    if said is Weight.NONE:
        return
    for site in _sites(view, first, rest, name):
        found = value_at(view, name, site)
        if found is None:
            continue
        low, high, place = found
        value = view[low:high]
        if site.sign == " " and place is Place.LINE and not name.startswith("-") and is_sample(value):
            return
        if is_secret(
            min(said, Weight.WEAK) if site.strict or view[start:end].lower() == "cookie" else said, name, value, place
        ) and not _is_spelled(view, name, value, high):
            yield Span(low, high, "SECRET", "assignment", 0.8, spreads(value))
        return


def _sites(view: str, first: int, rest: re.Match[str], name: str) -> Iterator[Site]:
    """The ways in which what follows the name may give it a value, the likeliest first."""
    end, closed = rest.end(), rest["close"] is not None
    before = view[first - 1] if first else "\n"
    if closed or before in "\"'":
        pair = _PAIR.match(view, end)
        if pair is not None:
            yield Site(pair.end(), first, "pair", Place.DATA, quoted=True)
    assigned = _ASSIGNED.match(view, end)
    if assigned is not None:
        data = (closed and not rest["bracket"] and assigned["sign"] in (":", "=>")) or before == "<" or _is_attribute(view, first, assigned)
        yield Site(assigned.end(), first, assigned[0], Place.DATA if data else Place.CODE)
        return
    if before in "<:>" and view[end] in "> <\t":
        element = (_SIBLING if before == ">" else _ELEMENT).match(view, end)
        if element is not None:
            yield Site(element.end(), first, ">", Place.DATA)
    elif closed and view[end] in ", \n":
        argument = _ARGUMENT.match(view, end)
        if argument is not None:
            yield Site(
                argument.end(),
                first,
                ",",
                Place.DATA if name.startswith("-") else Place.CODE,
                quoted=True,
                strict=not name.startswith("-") and not _is_setter(view, first),
            )
    elif not closed and view[end] in " \t\n\r":
        line = _PAIR.match(view, end) if view[max(0, first - 6) : first].endswith(("name: ", "key: ")) else None
        if line is not None:
            yield Site(line.end(), first, "value:", Place.LINE)
        else:
            yield from _spaced(view, first, end, name)


def _spaced(view: str, first: int, end: int, name: str) -> Iterator[Site]:
    """Only a space between name and value: flags, .netrc and its kin, SQL, and prose."""
    flag = _FLAG.match(view, end)
    if flag is None:
        return
    if (name.startswith("-") and len(name) > 3) or (name.isupper() and view[max(0, first - 4) : first] in ("ENV ", "ARG ")):
        yield Site(flag.end(), first, " ", Place.LINE)
        return
    said = _SAID.match(view, end)
    if said is not None:
        yield Site(said.end(), first, "is", Place.CODE)
        return
    if name not in ("password", "passwd", "authtoken", "token", "secret"):
        return
    line = view[max(0, first - 120) : first].rpartition("\n")[2]
    alone = not line.strip() and "machine" not in view[max(0, first - 200) : first]
    if alone or _NETRC.search(view, max(0, first - 120), first):
        yield Site(flag.end(), first, " ", Place.DATA if alone else Place.LINE, quoted=alone)


def _is_attribute(view: str, first: int, assigned: re.Match[str]) -> bool:
    """Whether it is an attribute of an element: ``<user name="x" password="y"/>``."""
    if assigned["sign"] != "=" or not first or view[first - 1] not in " \t\n":
        return False
    opened = view.rfind("<", max(0, first - 300), first)
    return opened >= 0 and view.find(">", opened, first) < 0 and view[opened + 1 : opened + 2].isalpha()


def _is_spelled(view: str, name: str, value: str, high: int) -> bool:
    """Whether it is a token of a text, as tokenizers and models list them beside its place, number or probability."""
    if name.lower() not in ("token", "tokens") or is_random(value):
        return False
    return _SPELLED.match(view, high) is not None


def _is_setter(view: str, first: int) -> bool:
    """Whether a quoted name is the first argument of a call that sets what has a name, or gives it a default."""
    return _SETTER.search(view, max(0, first - 40), max(0, first - 1)) is not None
