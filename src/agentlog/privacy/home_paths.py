"""Home paths: whose home a path lies in, who is at a prompt, and whom a system tells of.

In ``/home/ana/x``, ``/Users/ana``, ``C:\\Users\\ana``, ``~ana/`` and ``ana@host:~$`` only the user is private: the rest of the path is what
the trace is about. So it is in ``-rw-r--r-- 1 ana ana``, ``uid=1000(ana)``, ``ana:x:1000:`` and in logs of who logged in. Accounts of
systems, images and services are nobody. Separators may be escaped however often, so paths are looked at as they are. The user is not
looked for elsewhere: an account is often named like an ordinary word.
"""

import re
from collections.abc import Iterable

from agentlog.privacy.common_words import is_common
from agentlog.privacy.recogniser import Anchored, Recogniser, Span
from agentlog.privacy.text import Text

NAME = "home-path"
_USER = re.compile(r"[^\W_][\w.\-]{0,63}(?: [A-Z][\w.\-]{0,30}(?=[\\/]))?")
_UNIX_USER = re.compile(r"[^\W\d_][\w.\-]{0,63}")
_SEPARATORS = re.compile(r"[\\/]{1,16}")
_PROMPT = re.compile(r"([a-z][a-z0-9_.\-]{0,31})@[A-Za-z0-9][\w.\-]{0,62}(?=:[~/][^\s:$#]{0,200}[$#](?:\s|$)| [~/][^\s\]]{0,200}\][$#])")
_NOBODYS = """
root user users ubuntu debian fedora centos rocky alpine arch runner runneradmin runneradministrator vscode codespace codespaces
node app appuser application ec2-user opc azureuser azure cloud-user core admin administrator administrators jovyan circleci
travis vagrant docker jenkins gitlab-runner gitlab github git gitpod buildkite-agent builder build buildbot ci bot public shared
default defaultuser defaultuser0 all guest nobody www-data www nginx apache httpd postgres mysql redis mongodb elasticsearch
rabbitmq hadoop spark airflow swe-agent sweagent agent openhands devin claude codex sandbox workspace workspaces work project
projects repo repos src code dev developer deploy deployer test tester testuser testbed username user_name user-name your-username
yourusername yourname your_name your-name name me you foo bar baz someone somebody example sample demo linuxbrew homebrew brew
conda mambauser micromamba nonroot non-root nonrootuser steam pi kali oracle sapadm lost+found ftp mail www-root media coder colab
kaggle databricks sagemaker-user ray model student teacher python ruby rust go java dotnet php pwuser puppeteer chrome selenium
seluser lambda service daemon system ansible terraform packer nix nixbld snap flatpak cache tmp temp data bin lib local share
config alice bob eve to cpython path dir
"""
_NOBODY = frozenset(_NOBODYS.split())
_IN_A_ROLE = re.compile(
    r"(?:my|your|test|some|any)[_-]?(?:user|name|login|account|home)?\d*|(?:app|web|super|power|local|vm|lab|build)user|john_?doe"
    r"|[\w.-]{0,40}(?:[-_.]|(?-i:(?<=[a-z])(?=[A-Z])))(?:agents?|bench|bot|runner|users?|sandbox|assistant|service|svc|server)",
    re.IGNORECASE,
)
_SYSTEMS = """
man lp news uucp proxy backup list irc gnats games sync halt shutdown operator sshd postfix dbus messagebus polkitd chrony tss avahi rtkit
colord gdm lightdm rpc squid named grafana prometheus keycloak tomcat jetty etcd consul vault zookeeper kafka cassandra solr odoo minio
gitea rundeck sonarqube nexus wheel sudo adm syslog kmem video audio dialout trustedinstaller appadmin
"""
_NO_OWNER = frozenset(_SYSTEMS.split())
"""Accounts that own files or log in, but have no home by which they would be met here."""
_LISTED = re.compile(
    r"[-dl](?:[r-][w-][xsStT-]){3}[.+@]?[ \t]{1,20}\d{1,7}[ \t]{1,20}(?P<user>[^\W\d_][\w.\-]{1,31})"
    r"[ \t]{1,20}(?P<group>[\w.\-]{1,32})[ \t]{1,20}\d"
)
_NUMBERED = re.compile(r"\d{1,10}\((?P<user>[^\W\d_][\w.\-]{1,31})\)")
_LOGGED_IN = re.compile(
    r"(?:invalid user )?(?P<user>[^\W\d_][\w.\-]{1,31})"
    r"(?= from [\w.:]{2,60} port \d| by |\(uid=|: \Z|:[ \t]*(?:\n|\\n|\Z)|\.?(?:\n|\\n|\Z))"
)
_OF_PASSWD = re.compile(r"(?:\A|[\n'\"`]|\\n)(?P<user>[^\W\d_][\w.\-]{1,31}):x:(?P<uid>\d{3,6}):\d{1,6}:")
_FIRST_PERSON = 500
_AROUND = frozenset(" \t\n\r\"'`=:;,()[]{}<>|&>\\/@*$+!~^%")


def recognisers() -> list[Recogniser]:
    """What finds users in paths and prompts."""
    return [
        # What follows a backslash may be blank in the view, as the r of C:\\ruiz is: so these anchors end before it.
        Anchored(NAME, ("/home/", "\\home", "/users/", "\\users", "documents and settings"), _in_home),
        Anchored("home-tilde", (" ~", "=~", '"~', "'~", "`~", "(~"), _after_tilde),
        Anchored("prompt", (":~", ":/", " ~]", " ~"), _at_prompt),
        Anchored("account:listed", ("-rw", "drwx", "lrwx", "-r-"), _owner),
        Anchored("account:numbered", ("uid=", "gid=", "groups="), _numbered),
        Anchored(
            "account:log",
            ("d password for ", "d publickey for ", "[sudo] password for ", "opened for user ", "closed for user ", "invalid user "),
            _logged_in,
        ),
        Anchored("account:passwd", (":x:",), _in_passwd),
    ]


def _in_home(text: Text, start: int, end: int) -> Iterable[Span]:
    value = text.value
    if "users" in text.low[start:end] and not _is_users_folder(value, start):
        return ()
    separators = _SEPARATORS.match(value, end - 1 if value[end - 1] == "/" else end)
    user = _USER.match(value, separators.end()) if separators else None
    if user is None:
        return ()
    return _span(text, user.start(), user.start() + len(user[0].rstrip(".")), 0.9)


def _is_users_folder(value: str, start: int) -> bool:
    """``/Users/`` at the root of a disk; ``/users/`` of a web address or an interface is another thing."""
    before = value[max(start - 20, 0) : start].rstrip("\\")
    if before.endswith(":") and before[-2:-1].isalpha() and not before[-3:-2].isalnum():
        return True
    return value[start + 1 : start + 6] == "Users" and (not before or before[-1] in _AROUND or before.endswith(("/c", "/d")))


def _after_tilde(text: Text, start: int, end: int) -> Iterable[Span]:
    """``~ana/``."""
    user = _UNIX_USER.match(text.value, end)
    if user is None or text.value[user.end() : user.end() + 1] != "/":
        return ()
    return _span(text, user.start(), user.end(), 0.7)


def _at_prompt(text: Text, start: int, end: int) -> Iterable[Span]:
    """``ana@host:~/x$`` and ``[ana@host ~]$``."""
    value = text.value
    first = max(start - 96, 0)
    at = value.rfind("@", first, start)
    if at < 0:
        return ()
    before = re.search(r"[a-z][a-z0-9_.\-]{0,31}\Z", value[max(at - 33, first) : at])
    if before is None:
        return ()
    begun = at - len(before[0])
    if (begun and value[begun - 1] not in "\n\r[( \"'`n") or not _PROMPT.match(value, begun):
        return ()
    return _span(text, begun, at, 0.9)


def _owner(text: Text, start: int, end: int) -> Iterable[Span]:
    """``-rw-r--r-- 1 ana staff 2602``: the owner, and the group that is named like the owner."""
    found = _LISTED.match(text.view, start)
    if found is None:
        return ()
    first = _account(text, *found.span("user"))
    return (*first, *(_account(text, *found.span("group")) if found["group"] == found["user"] else ()))


def _numbered(text: Text, start: int, end: int) -> Iterable[Span]:
    """``uid=1000(ana)``, and the first of the groups, which is mostly named like the user."""
    found = _NUMBERED.match(text.view, end)
    return _account(text, *found.span("user")) if found else ()


def _logged_in(text: Text, start: int, end: int) -> Iterable[Span]:
    """``Accepted password for ana from 10.0.0.7 port 22``, ``session opened for user ana by (uid=0)``."""
    found = _LOGGED_IN.match(text.view, end, end + 140)
    return _account(text, *found.span("user")) if found else ()


def _in_passwd(text: Text, start: int, end: int) -> Iterable[Span]:
    """``ana:x:1000:1000:``; lower numbers are those of services."""
    found = _OF_PASSWD.search(text.value, max(start - 34, 0), end + 16)
    if found is None or found.end("user") != start or int(found["uid"]) < _FIRST_PERSON:
        return ()
    return _account(text, *found.span("user"))


def _account(text: Text, start: int, end: int) -> Iterable[Span]:
    user = text.value[start:end].lower()
    # An account that is called like a word is mostly a service's or an image's: home, data, shop.
    return () if user in _NO_OWNER or user.startswith("systemd") or is_common(user) else _span(text, start, end, 0.8)


def _span(text: Text, start: int, end: int, score: float) -> Iterable[Span]:
    user = text.value[start:end]
    if user.lower() in _NOBODY or _IN_A_ROLE.fullmatch(user) or user.isdigit() or len(user) < 2:
        return ()
    return (Span(start, end, "USERNAME", NAME, score, False),)
