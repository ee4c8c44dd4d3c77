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
    "pw:", "pw=", "pw ", "pw\"", "pw'",
)  # fmt: skip
_REST = re.compile(rf"(?P<rest>[\w.-]{{0,40}}+)(?P<close>{QUOTE})?+(?P<bracket>(?:\[\d{{0,4}}\])?+[\])]{{0,2}}+)")
_STARTS = frozenset("=:,>!%|?~<( \t\n\r-ic")
_ASSIGNED = re.compile(
    r"[ \t]{0,20}+(?:(?P<typed>:[ \t]{0,4}(?:&(?:'\w{1,12} )?(?:mut )?)?[A-Za-z_][\w.|?]{0,30}"
    r"(?:\[[\w., |\[\]]{0,30}\])?[ \t]{0,4}(?=(?<=[ \t])=[^=>]|=[^=>\s]))|(?=[=:!?|%~]))"
    r"(?P<sign>=>|:=|:-|[!=]==?|\?\?=?|\|\|=?|\?=|~=|[=:]|%(?:25)?3[dDaA])\s{0,20}+"
)
_ARGUMENT = re.compile(r"\s{0,8}+,\s{0,20}+")
_PAIR = re.compile(
    rf"\s{{0,20}}+[,;{{]?\s{{0,40}}+{QUOTE}?(?:value|val|default|defaultValue|content){QUOTE}?\s{{0,8}}+[=:]\s{{0,8}}+", re.IGNORECASE
)
_ELEMENT = re.compile(r"(?:[ \t][^<>\n]{0,80}+)?>\s{0,8}+")
_OF_ATTRIBUTE = re.compile(r"(?:[ \t][^<>\n]{0,80}+)?>\s{0,20}+(?:<(?:value|string)>)?+")
_NAMING = re.compile(r"(?:name|key)=\\{0,15}[\"']$")
_SIBLING = re.compile(r"</[\w:]{1,20}>\s{0,40}+<[\w:]{0,12}(?:string|value|data)[^<>\n]{0,40}>\s{0,8}+", re.IGNORECASE)
_FLAG = re.compile(r"[ \t]{1,4}+(?:--plaintext[ \t])?")
_SPOKEN = re.compile(
    r"[ \t]{1,2}[\"'`]?(?=\S{0,60}\d)(?=\S{0,60}[a-z])(?=\S{0,60}[A-Z!@#$%^&*+=])[\w!@#$%^&*+=.-]{8,64}(?=[\"'`]?(?:[\s,;.:)]|$))"
)
"""What no word is, right behind the word password: letters, digits and capitals or marks in one."""
_SAID = re.compile(
    r"(?:[ \t]{1,3}(?:for|of)[ \t](?:the[ \t])?(?:user[ \t])?[^\s]{1,40})?[ \t]{1,3}"
    r"(?:is|was|are|set to|changed to|reset to)(?:[ \t]{1,3}(?:now|set to))?:?[ \t]{1,3}",
    re.IGNORECASE,
)
_APART = re.compile(r"(?:[ \t]{2}|\t)[ \t]{0,60}+")
_CELL = re.compile(r"[ \t*]{0,30}+\|[ \t]{0,30}+(?=[^\s|])")
_LAST_CELL = re.compile(r"[ \t*`\\\"']{0,30}+(?:\||\n|$)")
_COMMANDING = re.compile(
    r"(?:(?P<defined>#[ \t]{0,8}define|%define)|\bsetx|\bENV|\bARG|\bconfig(?:ure)? set|user-secrets set)[ \t]{1,8}"
    r"[\"'\\]{0,4}[\w:/.\\]{0,60}$"
)
_DIRECTIVES = frozenset({"requirepass", "masterauth", "rootpw", "bindpw", "masterpass"})
_CALLED = re.compile(
    r"(?:(?:^|[._$])(?P<sets>(?:set|with|use)_?)|^|[._$-]|[a-z](?=[A-Z]))(?P<what>(?i:api_?key|pass(?:word|wd|phrase)|pwd|secret(?:str)?|token|securestring))$"
)
"""Calls that are given a secret: ``setPassword("…")``, ``.api_key("…")``; not ``splitpasswd("…")``."""
_ONLY_ARGUMENT = re.compile(rf"{QUOTE}\s{{0,8}}\)")
_BEFORE_KEY = re.compile(r"(?P<word>[A-Za-z]{3,12})[ \t]$")
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
    if start and view[start - 1] == "=" and text.low.find(text.low[start:end], max(0, start - 24), start) >= 0:
        return  # what is given a value is a value itself, as in ``token=token``; a long run of them must not take forever
    rest = _REST.match(view, end)
    if rest is None or rest.end() >= len(view) or (sign := view[rest.end()]) not in _STARTS:
        return
    if (rest["close"] and ")" in rest["bracket"]) or (sign == "(" and view[rest.end() + 1 : rest.end() + 2] not in "\"'`\\"):
        return
    if view[start] in "aAcC" and (
        text.low.startswith("authorization", start) or (sign == ":" and not rest["close"] and text.low.startswith("cookie", start))
    ):
        return  # a header, which has a recogniser of its own
    lead = view[max(0, start - 60) : start]
    first = start - len(lead) + len(lead.rstrip(_NAME))
    if sign == ":" and view.endswith("://", 0, first) and not rest["close"]:
        return  # the user of an address, whose password `urls` finds
    name = view[first : rest.end("rest")]
    said = weight(name) if sign != "(" else _called(name)
    if said is Weight.NONE:
        first, name, said = _name_in_words(view, first, name, sign)
        if said is Weight.NONE:
            return
    if text.low.startswith("cookie", start):
        said = min(said, Weight.WEAK)
    for site in _sites(view, first, rest, name):
        given = value_at(view, name, site)
        if given is None:
            continue
        low, high, place = given
        if name[0] == "-" and view.startswith("pass:", low):  # how openssl is told that the password follows
            low += 5
        value = view[low:high]
        if not _is_something_else(view, name, value, site, high, place) and is_secret(
            min(said, Weight.WEAK) if site.strict else said, name, value, place
        ):
            yield Span(low, high, "SECRET", "assignment", 0.8, spreads(value))
        return


def _is_something_else(view: str, name: str, value: str, site: Site, high: int, place: Place) -> bool:
    """Whether what stands there is no value: more follows in the call or the cell, or it is a cookie, a sample or a token of a text."""
    if site.sign == "(":
        return _ONLY_ARGUMENT.match(view, high) is None
    if site.sign == "|":
        return _LAST_CELL.match(view, high) is None
    if name[0] == "-":
        return "=" in value and name.lower().endswith("cookie")
    return (site.sign == " " and place is Place.LINE and is_sample(value)) or _is_spelled(view, name, value, high)


def _called(name: str) -> Weight:
    """What a call says about its argument: one that sets is as telling as what it sets."""
    found = _CALLED.search(name)
    return Weight.NONE if found is None else weight(found["what"] if found["sets"] else name)


def _name_in_words(view: str, first: int, name: str, sign: str) -> tuple[int, str, Weight]:
    """A name that says nothing by itself, with the word before it: ``API key``, or as a flag, where only what is random counts."""
    if name in ("--key", "--auth"):
        return first, name, Weight.WEAK
    if sign in ": |" and first and view[first - 1] in " \t" and name.lower() == "key":
        word = _BEFORE_KEY.search(view, max(0, first - 16), first)
        if word is not None and weight(said := f"{word['word']}_{name}") is Weight.TOKEN:
            return word.start(), said, Weight.TOKEN
    return first, name, Weight.NONE


def _sites(view: str, first: int, rest: re.Match[str], name: str) -> Iterator[Site]:
    """The ways in which what follows the name may give it a value, the likeliest first."""
    end, closed = rest.end(), rest["close"] is not None
    before = view[first - 1] if first else "\n"
    if closed or before in "\"'":
        pair = _PAIR.match(view, end)
        if pair is not None:
            yield Site(pair.end(), first, "pair", Place.DATA, quoted=True)
    if view[end] == "(":
        yield Site(end + 1, first, "(", Place.CODE, quoted=True)
        return
    assigned = _ASSIGNED.match(view, end)
    if assigned is not None:
        data = (closed and not rest["bracket"] and assigned["sign"] in (":", "=>")) or before == "<" or _is_attribute(view, first, assigned)
        # Behind a type, what is not quoted is put together; and "token: id=1" are two fields.
        yield Site(assigned.end(), first, assigned[0], Place.DATA if data else Place.CODE, quoted=assigned["typed"] is not None)
        return
    if view[end] in " \t|" and (cell := _CELL.match(view, end)) is not None:
        if view[max(0, first - 40) : first].rstrip(" \t*`\\\"'")[-1:] in ("|", "\n", ""):
            yield Site(cell.end(), first, "|", Place.CODE)
        return
    if closed and view[end] in "> \t" and before in "\"'" and _NAMING.search(view, max(0, first - 24), first):
        inner = _OF_ATTRIBUTE.match(view, end)
        if inner is not None:
            yield Site(inner.end(), first, ">", Place.CODE)
            return
    if before in "<:>" and view[end] in "> <\t":
        element = (_SIBLING if before == ">" else _ELEMENT).match(view, end)
        if element is not None:
            yield Site(element.end(), first, ">", Place.DATA)
            return
    if closed and view[end] == " " and view.find("user-secrets set ", max(0, first - 60), first) >= 0:
        yield Site(end + 1, first, " ", Place.LINE)
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
    elif not closed and view[end] in " \t\n\r,":
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
    if name[0] == "-" and len(name) > 3:
        yield Site(flag.end(), first, " ", Place.LINE)
        return
    lead = view[max(0, first - 80) : first]
    if ("set" in lead or "define" in lead or lead.endswith(("ENV ", "ARG "))) and (found := _COMMANDING.search(lead)) is not None:
        yield Site(flag.end(), first, " ", Place.CODE if found["defined"] else Place.LINE)
        return
    apart = _APART.match(view, end)
    if apart is not None:
        yield Site(apart.end(), first, " ", Place.LINE, strict=True)
        return
    line = lead.rpartition("\n")[2]
    if name in _DIRECTIVES and (not line.strip() or line.endswith(("  ", '"'))):
        yield Site(flag.end(), first, " ", Place.LINE)
        return
    said = _SAID.match(view, end)
    if said is not None:
        yield Site(said.end(), first, "is", Place.CODE)
        return
    if name in ("password", "passwd", "passphrase") and _SPOKEN.match(view, end) is not None:
        yield Site(flag.end(), first, " ", Place.LINE)
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
