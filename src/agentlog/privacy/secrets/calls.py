"""Calls: passwords that code hands over by their place alone: ``login("bob", "…")``, ``auth=("bob", "…")``, ``connect(host, user, "…")``,
what a dialogue sends when it is asked for a password, and the address of a database as Go's drivers write it.

Which argument is the password is known for each call; it counts only as a literal beside another one, and by the rules of code: a word is
a label, a sample or a test's.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from agentlog.privacy.recogniser import Anchored, Span
from agentlog.privacy.secrets.harmless import is_placeholder, is_sample
from agentlog.privacy.secrets.judging import Place, is_secret, spreads
from agentlog.privacy.secrets.names import Weight
from agentlog.privacy.text import Text

_MARK = r"[\"'\\]{1,17}"
_GIVEN = rf"(?:{_MARK}[^\"'\\]{{0,120}}{_MARK}|[\w.]{{1,60}})\s{{0,4}},\s{{0,16}}"
_SECRET = rf"{_MARK}(?P<value>[^\s\"'\\]{{3,200}}){_MARK}\s{{0,8}}[,)]"
_LOOKED_BACK = 200


class _Call(NamedTuple):
    """Names of calls, and how many arguments stand before the password."""

    anchors: tuple[str, ...]
    before: int


_CALLS = (
    _Call(
        (
            "auth=(",
            "auth = (",
            ".auth(",
            ".login(",
            "basicauth(",
            "wifi.begin(",
            "basic_auth(",
            "basic-auth ",
            "usernamepasswordcredentials(",
        ),
        1,
    ),
    _Call(("ftp(", ".connect(", "mysqli(", "mysqli_connect(", "new pdo(", ".getconnection(", "dbi->connect(", "mysql_connect("), 2),
)
_OTHERS = re.compile(
    r"[a-z_-]{0,40}\s{0,4}[(=]\s{0,8}\(?(?:[\"'\\]{1,9}ldap:[^\"'\\]{0,100}[\"'\\]{1,9},\s{0,12})?"
    r"[\"'\\]{1,9}[^\"'\\]{1,100}[\"'\\]{1,9},\s{0,16}[\"'\\]{1,9}(?P<value>[^\s\"'\\]{3,200})[\"'\\]",
    re.IGNORECASE,
)
_SENT = re.compile(r"[\w (-]{4,20}[\"'\\]{1,9}(?P<value>[^\s\"'\\]{4,100}?)(?=\\{1,9}[rn]|[\"'\\]|\s)")
_DRIVER = re.compile(r"(?P<user>[\w.-]{1,60}):(?P<value>[^\s\"'`/]{3,100})$")


def calls() -> list[Anchored]:
    """The recognisers of passwords in calls."""
    named = ("networkcredential", "directoryentry", "basicauth", "usernamepassword", "passwordauthentication", "basic_auth", "basic-auth")
    return [
        *(_recogniser(number, call) for number, call in enumerate(_CALLS)),
        Anchored("call:credential", named, _credential),
        Anchored("call:sent", ('send "', 'send \\"', "send -- ", "sendline("), _sent),
        Anchored("call:driver", ("@tcp(", "@unix("), _driver),
    ]


def _recogniser(number: int, call: _Call) -> Anchored:
    pattern = re.compile(rf"\s{{0,8}}{_GIVEN * call.before}{_SECRET}")

    def at(text: Text, start: int, end: int) -> Iterator[Span]:
        found = pattern.match(text.view, end)
        if found is not None:
            yield from _judged(found)

    return Anchored(f"call:{number}", call.anchors, at)


def _credential(text: Text, start: int, end: int) -> Iterator[Span]:
    """Calls whose very name says that a password follows."""
    found = _OTHERS.match(text.view, start)
    if found is not None and not is_sample(found["value"]) and not is_placeholder(found["value"]):
        yield Span(*found.span("value"), "SECRET", "call", 0.8, spreads(found["value"]))


def _sent(text: Text, start: int, end: int) -> Iterator[Span]:
    """What is sent in a dialogue, shortly after a password was asked for."""
    if text.low.find("assword", max(0, start - _LOOKED_BACK), start) < 0:
        return
    found = _SENT.match(text.view, start)
    if found is not None:
        yield from _judged(found)


def _driver(text: Text, start: int, end: int) -> Iterator[Span]:
    """``user:password@tcp(host:port)/database``."""
    low = max(0, start - _LOOKED_BACK)
    lead = text.view[low:start]
    begun = max(lead.rfind(mark) for mark in " \t\n\"'`=\\(") + 1
    found = _DRIVER.match(lead, begun)
    if found is not None and not is_placeholder(found["value"]) and not is_sample(found["value"]):
        yield Span(low + found.start("value"), low + found.end("value"), "SECRET", "call:driver", 0.9, spreads(found["value"]))


def _judged(found: re.Match[str]) -> Iterator[Span]:
    value = found["value"]
    if is_secret(Weight.PASSWORD, "password", value, Place.CODE):
        yield Span(*found.span("value"), "SECRET", "call", 0.7, spreads(value))
