"""Commands: passwords that no name announces: behind ``-u user:`` and ``-p``, in SQL, in ``.pgpass``, in a call with user and password.

Each way of writing is bound to the command it belongs to, since ``-p`` and ``-u`` mean something else to most: the flag is what is looked
for, and the command must stand before it in the same line.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from agentlog.privacy.recogniser import Anchored, Span
from agentlog.privacy.secrets.harmless import is_path, is_placeholder, is_sample
from agentlog.privacy.secrets.judging import spreads
from agentlog.privacy.text import Text

_WORD = r"[\"'\\]{0,5}([^\s\"'\\]{3,200})"
_LINE = 300


class _Way(NamedTuple):
    """One way in which a password is handed over; ``commands`` must stand before it in the line, if there are any."""

    name: str
    anchors: tuple[str, ...]
    pattern: str
    commands: tuple[str, ...] = ()


_WAYS = (
    _Way(
        "user",
        (" -u", " --user", " --proxy-user", " -a "),
        r" (?:-u|--user|--proxy-user|-a)[= ]{0,2}[\"'\\]{0,5}[^\s:\"'\\$]{0,100}:([^\s\"'\\]{2,200})",
        ("curl", "http ", "https ", "httpie", "xh "),
    ),
    _Way(
        "login",
        (" -p",),
        rf" -p[= ]{{1,2}}{_WORD}",
        ("login", "psexec", "sshpass", "cf auth", "rabbitmqadmin", "mongo", "htpasswd", "winrm"),
    ),
    _Way("mysql", (" -p",), r" -p[\"']?([^\s\"'=$\\][^\s\"'\\]{2,100})", ("mysql", "mariadb", "sshpass", "7z")),
    _Way("bind", (" -w ", " -a ", "/password:"), rf"(?: -[wa] |/password:){_WORD}", ("ldap", "redis-cli", "wmic", "runas", "net use")),
    _Way("openssl", ("pass:",), r"pass:([^\s\"'\\]{3,200})", ("openssl", "-passin", "-passout", "keytool")),
    _Way(
        "sql",
        ("identified by", "identified with"),
        r"identified (?:by|with [\w'\"]{1,40} by)(?: password)?\s{1,8}[\"'\\]{1,9}([^\s\"'\\]{2,200})",
    ),
    _Way(
        "sql",
        (" password ",),
        r" password\s{1,4}(?:=\s{0,4})?[\"'\\]{1,9}([^\s\"'\\]{3,200})",
        ("create user", "create role", "alter user", "alter role", "set "),
    ),
    _Way("pgpass", (":5432:", ":5433:", ":6432:", ":*:*:"), r":(?:5432|5433|6432|\*):[^\s:]{1,64}:[^\s:]{1,64}:([^\s:]{3,200})(?=\s|$)"),
    _Way(
        "call",
        ("networkcredential", "directoryentry", "basicauth", "usernamepassword", "passwordauthentication", "basic_auth", "basic-auth"),
        r"[a-z_-]{0,40}\s{0,4}[(=]\s{0,8}\(?(?:[\"'\\]{1,9}ldap:[^\"'\\]{0,100}[\"'\\]{1,9},\s{0,12})?"
        r"[\"'\\]{1,9}[^\"'\\]{1,100}[\"'\\]{1,9},\s{0,16}[\"'\\]{1,9}([^\s\"'\\]{3,200})[\"'\\]",
    ),
)


def commands() -> list[Anchored]:
    """The recognisers of passwords in commands, statements and calls."""
    return [_recogniser(number, way) for number, way in enumerate(_WAYS)]


def _recogniser(number: int, way: _Way) -> Anchored:
    pattern = re.compile(way.pattern, re.IGNORECASE)

    def at(text: Text, start: int, end: int) -> Iterator[Span]:
        if way.commands:
            line = text.low[max(0, start - _LINE) : start].rpartition("\n")[2]
            if not any(command in line for command in way.commands):
                return
        found = pattern.match(text.view, start)
        if found is None:
            return
        value = found[1].rstrip(",;)")
        if len(value) >= 3 and not is_placeholder(value) and not is_path(value) and (way.name == "pgpass" or not is_sample(value)):
            yield Span(found.start(1), found.start(1) + len(value), "SECRET", f"command:{way.name}", 0.8, spreads(value))

    return Anchored(f"command:{way.name}:{number}", way.anchors, at)
