"""Commands: passwords that no name announces: behind ``-u user:`` and ``-p``, in SQL, in ``.pgpass``, in a call that takes user and password.

Each way of writing is bound to the command it belongs to, since ``-p`` and ``-u`` mean something else to most.
"""

import re
from collections.abc import Iterator

from agentlog.privacy.recogniser import Anchored, Span
from agentlog.privacy.secrets.harmless import is_path, is_placeholder, is_sample
from agentlog.privacy.secrets.judging import spreads
from agentlog.privacy.text import Text

_WORD = r"[\"'\\]{0,5}([^\s\"'\\]{3,200})"
_FORMS = (
    ("curl", ("curl", "wget", "http ", "https "), rf"(?:curl|wget|https?)\b[^\n|]{{0,600}}?\s(?:-u|--user|--proxy-user|-a)[= ]{{0,2}}[\"'\\]{{0,5}}[^\s:\"'\\$]{{0,100}}:([^\s\"'\\]{{2,200}})"),
    ("login", ("docker login", "podman login", "helm registry login", "az login", "oc login", "buildah login", "cf login"), rf"\w+(?: registry)? login\b[^\n|]{{0,300}}?\s-p[= ]{{1,2}}{_WORD}"),
    ("psexec", ("psexec",), rf"psexec(?:64)?(?:\.exe)?\b[^\n|]{{0,300}}?\s-p[ ]{{1,2}}{_WORD}"),
    ("sshpass", ("sshpass",), rf"sshpass\b[^\n|]{{0,40}}?\s?-p[= ]{{0,2}}{_WORD}"),
    ("mysql", ("mysql", "mariadb"), r"(?:mysql(?:dump|admin|import|show)?|mariadb(?:-dump)?)\b[^\n|]{0,200}?\s-p[\"']?([^\s\"'=$\\][^\s\"'\\]{2,100})"),
    ("ldap", ("ldapsearch", "ldapmodify", "ldapadd", "redis-cli", "net use", "smbclient", "rpcclient", "wmic"), rf"(?:ldap(?:search|modify|add)|redis-cli|wmic)\b[^\n|]{{0,300}}?\s(?:-w|-a|/password:)[ ]{{0,2}}{_WORD}"),
    ("openssl", ("pass:",), r"(?<=[ =\"'])pass:([^\s\"'\\]{3,200})"),
    ("sql", ("identified by", "identified with"), r"identified (?:by|with [\w'\"]{1,40} by)(?: password)?\s{1,8}[\"'\\]{1,9}([^\s\"'\\]{2,200})"),
    ("sql", ("create user", "alter user", "create role", "alter role", "create login", "alter login", "set password"), r"(?:create|alter|set)\b[^\n;]{0,60}? password\s{1,4}(?:=\s{0,4})?[\"'\\]{1,9}([^\s\"'\\]{3,200})"),
    ("pgpass", (":5432:", ":5433:", ":6432:", ":*:*:"), r":(?:5432|5433|6432|\*):[^\s:]{1,64}:[^\s:]{1,64}:([^\s:]{3,200})(?=\s|$)"),
    ("call", ("networkcredential", "directoryentry", "httpbasicauth", "basicauth", "usernamepassword", "passwordauthentication", "setbasicauth", "basic_auth", "basic-auth"),
     r"[A-Za-z_-]{0,40}\s{0,4}[(=]\s{0,8}\(?(?:[\"'\\]{1,9}ldap:[^\"'\\]{0,100}[\"'\\]{1,9},\s{0,12})?[\"'\\]{1,9}[^\"'\\]{1,100}[\"'\\]{1,9},\s{0,16}[\"'\\]{1,9}([^\s\"'\\]{3,200})[\"'\\]"),
)


def commands() -> list[Anchored]:
    """The recognisers of passwords in commands, statements and calls."""
    return [_recogniser(name, number, anchors, re.compile(pattern, re.IGNORECASE)) for number, (name, anchors, pattern) in enumerate(_FORMS)]


def _recogniser(name: str, number: int, anchors: tuple[str, ...], pattern: re.Pattern[str]) -> Anchored:
    def at(text: Text, start: int, end: int) -> Iterator[Span]:
        found = pattern.match(text.view, start)
        if found is None:
            return
        value = found[1].rstrip(",;)")
        if len(value) >= 3 and not is_placeholder(value) and not is_sample(value) and not is_path(value):
            yield Span(found.start(1), found.start(1) + len(value), "SECRET", f"command:{name}", 0.8, spreads(value))

    return Anchored(f"command:{name}:{number}", anchors, at)
