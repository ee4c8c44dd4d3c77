"""Commands: passwords that no name announces, in shell commands, statements and settings: behind ``-u user:`` and ``-p``, in SQL, in
``.pgpass``, piped into what reads them from its input.

Each way of writing is bound to the command it belongs to, since ``-p`` and ``-u`` mean something else to most: the flag is what is looked
for, and the command must stand before it in the same line. What a call in code is given is looked for in `calls`.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from agentlog.privacy.recogniser import Anchored, Span
from agentlog.privacy.secrets.harmless import is_path, is_placeholder, is_random, is_sample, mixed
from agentlog.privacy.secrets.judging import spreads
from agentlog.privacy.text import Text

_Q = r"[\"'\\]{0,17}"
_VALUE = r"([^\s\"'\\]{3,200})"
_WORD = _Q + _VALUE
_LINE = 300


class _Way(NamedTuple):
    """One way in which a password is handed over; ``commands`` must stand before it in the line, if there are any."""

    name: str
    anchors: tuple[str, ...]
    pattern: str
    commands: tuple[str, ...] = ()
    generated: bool = False
    """Whether the words around it are also those of prose, so that only what no word is counts."""
    token: bool = False
    """Whether it is a token, and must look like one."""


_WAYS = (
    _Way(
        "user",
        (" -u", " --user", " --proxy-user", " -a ", " --auth"),
        rf" (?:-u|--user|--proxy-user|-a|--auth)[= ]{{0,2}}{_Q}[^\s:\"'\\$]{{0,100}}:([^\s\"'\\]{{2,200}})",
        ("curl ", "http ", "https ", "httpie", "xh ", "ftp "),
    ),
    _Way("user", (" -u",), rf" -u ?{_Q}[^\s,%\"'\\]{{1,80}}[,%]{_VALUE}", ("lftp ", "smbclient ", "rpcclient ", "smbmap ", "smbget ")),
    _Way(
        "login",
        (" -p",),
        rf" -p[= ]{{1,2}}{_WORD}",
        (
            "login",
            "psexec",
            "sshpass",
            "cf auth",
            "rabbitmqadmin",
            "mongo",
            "htpasswd",
            "winrm",
            "twine ",
            "rdesktop ",
            "crackmapexec",
            "netexec",
            "nxc ",
            "snowsql",
            "cqlsh",
            "useradd",
            "usermod",
        ),
    ),
    _Way(
        "login",
        (" -p ",),
        rf"(?-i: -P ){_WORD}",
        ("sqlcmd", "bcp ", "osql", "tsql ", "zip ", "mosquitto_", "ncftp", "ldapsearch", "ipmitool"),
    ),
    _Way("login", (" -pw ",), rf" -pw {_WORD}", ("plink", "pscp", "psftp", "putty")),
    _Way("login", (" /p:", "/rp "), rf"(?: /p:|/rp ){_WORD}", ("freerdp", "schtasks")),
    _Way("mysql", (" -p",), r" -p[\"']?([^\s\"'=$\\][^\s\"'\\]{2,100})", ("mysql", "mariadb", "sshpass", "7z", "7za ")),
    _Way("bind", (" -w ", " -a ", "/password:"), rf"(?: -[wa] |/password:){_WORD}", ("ldap", "redis-cli", "wmic", "runas", "net use")),
    _Way("openssl", ("pass:",), r"pass:([^\s\"'\\]{3,200})", ("openssl", "-passin", "-passout", "keytool")),
    _Way("openssl", (" -k ",), rf"(?-i: -k ){_WORD}", ("openssl enc", "openssl aes", "openssl des")),
    _Way("keygen", (" -n ",), rf"(?-i: -N ){_WORD}", ("ssh-keygen",)),
    _Way("htpasswd", ("htpasswd -",), rf"htpasswd(?: -\w{{1,8}}){{0,3}} -(?=\w*n)(?=\w*b)\w{{2,6}} \S{{1,60}} {_WORD}"),
    _Way(
        "htpasswd",
        ("htpasswd -", "mosquitto_passwd -"),
        rf"\w+passwd(?: -\w{{1,8}}){{0,3}} -(?!\w*n)(?=\w*b)\w{{1,6}}(?: -\w{{1,8}}| \d\d?){{0,2}} \S{{1,100}} \S{{1,60}} {_WORD}",
    ),
    _Way("net-user", ("net user ", "net1 user "), rf"net1? user \"?[\w.$-]{{1,60}}\"? {_WORD}", generated=True),
    _Way(
        "net-use", ("/user:", "/u:"), rf"/u(?:ser)?:{_Q}[\w.\\$@-]{{1,80}}{_Q} {_WORD}", ("net use", "runas", "new-psdrive"), generated=True
    ),
    _Way("net-use", ("net use ",), rf"net use (?:\w: )?\\{{2,8}}[\w.$\\-]{{1,120}} {_Q}([^\s\"'\\/]{{3,200}})", generated=True),
    _Way("secure-string", ("convertto-securestring",), rf"convertto-securestring(?: -(?:String|AsPlainText|Force)){{0,3}} {_WORD}"),
    _Way("wifi", (" password ",), rf" password {_WORD}", ("nmcli ",)),
    _Way("wifi", ("wpa_passphrase ",), rf"wpa_passphrase \S{{1,40}} {_WORD}", generated=True),
    _Way("rabbitmq", ("rabbitmqctl ",), rf"rabbitmqctl (?:add_user|change_password|authenticate_user) {_Q}[\w.@-]{{1,60}}{_Q} {_WORD}"),
    _Way(
        "oracle",
        ("jdbc:oracle:", "sqlplus ", "sqlldr ", "impdp ", "expdp "),
        r"(?:jdbc:oracle:\w{2,5}:|\w+ (?:-\w+ ){0,3})[\"']?[\w.$#]{1,60}/([^\s@\"'/]{2,100})(?=@)",
    ),
    _Way(
        "impacket",
        ("psexec.py ", "secretsdump", "wmiexec", "smbexec", "smbclient.py ", "getuserspns", "getnpusers", "impacket-"),
        r"[\w.-]{4,40}(?: -\S{1,40}){0,6} [\"']?(?:[\w.-]{1,60}/)?[\w.$-]{1,60}:([^\s\"']{2,100})(?=@[\w.-])",
    ),
    _Way("poetry", ("http-basic.",), rf"http-basic\.\S{{1,60}} \S{{1,60}} {_WORD}", ("poetry",)),
    _Way(
        "stored",
        (" --value ", " --value=", " --body ", " --secret-string "),
        rf" --(?:value|body|secret-string)[ =]{_WORD}",
        ("--type securestring", "secret set", "secretsmanager"),
    ),
    _Way(
        "token-login",
        ("vault login ", "cargo login ", "wandb login ", " authtoken ", "add-authtoken ", "pypi-token."),
        rf"(?:\w{{4,6}} login |(?:add-| )authtoken |pypi-token\.\S{{1,40}} )(?:-\S{{1,40}} ){{0,3}}{_WORD}",
        token=True,
    ),
    _Way(
        "router",
        (
            "enable secret ",
            "enable password ",
            "username ",
            "snmp-server community ",
            "tacacs-server key ",
            "radius-server key ",
            "radius-server host ",
            "authentication-key ",
            "isakmp key ",
            "key-string ",
            "pre-shared-key ",
            "wpa-psk ascii ",
            " password 7 ",
        ),
        rf"(?:(?:enable|username \S{{1,40}}(?: privilege \d\d?)?) (?:secret|password)|snmp-server community|(?:tacacs|radius)-server key"
        rf"|radius-server host \S{{1,40}}(?: \S{{1,20}} \d{{1,5}}){{0,2}} key|authentication-key|isakmp key|key-string|pre-shared-key"
        rf"|wpa-psk ascii| password)(?: (?:\d|hex|ascii|local|address))? {_WORD}",
        generated=True,
    ),
    _Way(
        "creds",
        ("credentials: ", "creds: ", "login: "),
        rf"\w+: [\w.@-]{{2,60}} ?[/:] ?(?=\S{{0,60}}(?-i:[A-Z]))(?=\S{{0,60}}(?-i:[a-z])){_VALUE}(?=\s|$|[\"'\\])",
        generated=True,
    ),
    _Way(
        "sql",
        ("identified by", "identified with"),
        r"identified (?:by|with [\w'\"]{1,40} by)(?: password)?\s{1,8}[\"'\\]{1,9}([^\s\"'\\]{2,200})",
    ),
    _Way(
        "sql",
        (" password ",),
        r" password\s{1,4}(?:=\s{0,4})?N?[\"'\\]{1,9}([^\s\"'\\]{3,200})",
        ("create user", "create role", "alter user", "alter role", "set ", "create login", "alter login"),
    ),
    _Way("pgpass", (":5432:", ":5433:", ":6432:", ":*:*:"), r":(?:5432|5433|6432|\*):[^\s:]{1,64}:[^\s:]{1,64}:([^\s:]{3,200})(?=\s|$)"),
)
_ECHOED = re.compile(
    r"(?:echo|printf|Write-Output)(?: -[neE]{1,2})? [\"'\\]{0,5}(?P<value>[^\s\"'\\|$]{3,200})(?:\\{1,4}n)?[\"'\\]{0,5} {0,4}"
    r"\| {0,4}[^|\n]{0,80}$"
)
_STORED = re.compile(rf" --value[ =]{_WORD}")
_HERE = re.compile(rf"[^<\n]{{0,80}}<<< ?{_WORD}")


def commands() -> list[Anchored]:
    """The recognisers of passwords in commands, statements and settings."""
    piped = Anchored(
        "command:piped", ("--password-stdin", "sudo -s", "--stdin", "chpasswd", "luksopen", "luksformat", "--with-token"), _piped
    )
    stored = Anchored("command:stored", ("--type securestring",), _stored)
    return [*(_recogniser(number, way) for number, way in enumerate(_WAYS)), piped, stored]


def _recogniser(number: int, way: _Way) -> Anchored:
    pattern = re.compile(way.pattern, re.IGNORECASE)

    def at(text: Text, start: int, end: int) -> Iterator[Span]:
        found = pattern.match(text.view, start)
        if found is None:
            return
        value = found[1].rstrip(",;)")
        if way.commands:
            # With the blank behind it, so that a command is told from what it is the beginning of.
            line = text.low[max(0, start - _LINE) : start + 1].rpartition("\n")[2]
            if not any(command in line for command in way.commands):
                return
        if way.token and not is_random(value, 20):
            return
        if way.generated and (mixed(value) < 2 or not any(map(str.isdigit, value)) or "=" in value[1:-2]):
            return
        if _is_password(value) and (way.name == "pgpass" or not is_sample(value)):
            yield Span(found.start(1), found.start(1) + len(value), "SECRET", f"command:{way.name}", 0.8, spreads(value))

    return Anchored(f"command:{way.name}:{number}", way.anchors, at)


def _piped(text: Text, start: int, end: int) -> Iterator[Span]:
    """What is echoed into a command that reads a password, or given to it in a here-string."""
    low = max(0, start - _LINE)
    begun = text.low.rfind("echo", low, start)
    if begun < 0:
        begun = text.low.rfind("printf", low, start)
    found = _ECHOED.match(text.view, begun, start) if begun >= 0 else _HERE.match(text.view, end)
    if found is None:
        return
    place = found.end("value") if begun >= 0 else found.end(1)
    value = found["value"] if begun >= 0 else found[1]
    if text.low.startswith("chpasswd", start):  # user:password
        value = value.partition(":")[2]
    if _is_password(value):
        yield Span(place - len(value), place, "SECRET", "command:piped", 0.8, spreads(value))


def _stored(text: Text, start: int, end: int) -> Iterator[Span]:
    """A parameter that is stored as a secret, whose type is told after its value."""
    low = max(0, start - _LINE)
    found = _STORED.search(text.view, low, start)
    if found is not None and text.low.find("put-parameter", low, start) >= 0 and _is_password(found[1]):
        yield Span(*found.span(1), "SECRET", "command:stored", 0.8, spreads(found[1]))


def _is_password(value: str) -> bool:
    return len(value) >= 3 and not is_placeholder(value) and not is_path(value) and not (value.isdigit() and len(value) < 6)
