"""Home paths: whose home a path lies in, and who is at a prompt.

In ``/home/ana/x``, ``/Users/ana``, ``C:\\Users\\ana``, ``~ana/`` and ``ana@host:~$`` only the user is private: the rest of the path is what
the trace is about. Accounts of systems, images and services are nobody. Separators may be escaped however often, so this looks at the text
as it is. The user is not looked for elsewhere: an account is often named like an ordinary word.
"""

import re
from collections.abc import Iterable

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
_AROUND = frozenset(" \t\n\r\"'`=:;,()[]{}<>|&>\\/@*$+!~^%")


def recognisers() -> list[Recogniser]:
    """What finds users in paths and prompts."""
    return [
        # What follows a backslash may be blank in the view, as the r of C:\\ruiz is: so these anchors end before it.
        Anchored(NAME, ("/home/", "\\home", "/users/", "\\users", "documents and settings"), _in_home),
        Anchored("home-tilde", (" ~", "=~", '"~', "'~", "`~", "(~"), _after_tilde),
        Anchored("prompt", (":~", ":/", " ~]", " ~"), _at_prompt),
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


def _span(text: Text, start: int, end: int, score: float) -> Iterable[Span]:
    user = text.value[start:end]
    if user.lower() in _NOBODY or _IN_A_ROLE.fullmatch(user) or user.isdigit() or len(user) < 2:
        return ()
    return (Span(start, end, "USERNAME", NAME, score, False),)
