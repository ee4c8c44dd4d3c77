"""Of a home path only the user goes; accounts of systems and images stay."""

import pytest

from agentlog.privacy.detector import Detector
from agentlog.privacy.home_paths import recognisers
from agentlog.privacy.text import Text

DETECTOR = Detector(recognisers())


def found(text: str) -> list[str]:
    return [text[span.start : span.end] for span in DETECTOR.find(Text(text))]


@pytest.mark.parametrize(
    "text",
    [
        'File "/home/ruiz/app/main.py", line 3',
        "cd /home/ruiz",
        "/export/home/ruiz/x /mnt/home/nobody",
        "ls /Users/ruiz/Documents",
        "C:\\Users\\ruiz\\Desktop",
        '{"path": "C:\\\\\\\\Users\\\\\\\\ruiz\\\\\\\\notes.txt"}',
        "file:///Users/ruiz/x",
        "/mnt/c/Users/ruiz/x",
        "C:\\Documents and Settings\\ruiz\\x",
        "cat ~ruiz/.bashrc",
        "ruiz@laptop:~/src$ ls",
        "(venv) ruiz@build-7:/srv/app$ make",
        "[ruiz@host ~]$ pwd",
    ],
)
def test_the_user_is_found_and_nothing_else(text: str) -> None:
    assert found(text) == ["ruiz"]


def test_a_user_whose_name_begins_like_an_escape_is_found_whole() -> None:
    assert found("C:\\Users\\nora\\x and C:\\\\Users\\\\rita\\\\y and C:\\Users\\tom") == ["nora", "rita", "tom"]


@pytest.mark.parametrize(
    "text",
    [
        "/home/runner/work /home/user/x /home/ubuntu /home/jovyan/work /home/node /home/testuser/a",
        "/Users/Shared /Users/runner/x C:\\Users\\Public\\Documents C:\\Users\\Default",
        "GET /users/ana/repos https://api.corp.io/Users/ana https://corp.io/users/12",
        "root@3f2a:/app# user@host:~$ git@github.com:org/repo.git",
        "~/src ~user/x a ~b c ~ /home/$USER /home/{name} /home/<you>",
        "/home/CaptainAgent/x /home/swe-bench/x /home/my_user",
        "$HOME/x %USERPROFILE%\\x",
    ],
)
def test_accounts_of_systems_and_addresses_of_interfaces_stay(text: str) -> None:
    assert found(text) == []


def test_a_surname_that_ends_like_a_role_is_a_users() -> None:
    assert found("/home/brunner/x /home/talbot/x /home/hauser/x /home/anya/x") == ["brunner", "talbot", "hauser", "anya"]


@pytest.mark.parametrize(
    "text",
    [
        "-rw------- 1 ruiz staff 2602 Nov 20 17:00 id_ed25519",
        "drwxr-xr-x@  5 ruiz  wheel  160 Nov 20 17:00 shop",
        "uid=1001(ruiz) gid=27(sudo)",
        "sshd[31]: Failed password for invalid user ruiz from 10.0.0.7 port 52144 ssh2",
        "sshd[31]: Accepted publickey for ruiz from 10.0.0.7 port 52144 ssh2",
        "session opened for user ruiz by (uid=0)",
        "[sudo] password for ruiz: ",
        "sshd:x:110:65534::/run/sshd:/bin/false\\nruiz:x:1001:1001:,,,:/srv:/bin/bash",
    ],
)
def test_whom_a_system_tells_of_is_found(text: str) -> None:
    assert found(text) == ["ruiz"]


def test_a_group_that_is_named_like_the_owner_is_found_too() -> None:
    assert found("-rw-r--r-- 1 ruiz ruiz 11 May 1 x") == ["ruiz", "ruiz"]


@pytest.mark.parametrize(
    "text",
    [
        "-rw-r--r-- 1 root root 11 May 1 x",
        "-rw-r--r-- 1 sshd systemd-network 11 May 1 x",
        "-rw-r--r-- 1 home ldapusers 11 May 1 x",
        "-rw-r--r-- are the permissions of a file",
        "uid=0(root) gid=0(root) groups=0(root)",
        "uid=1001(compute_uid(x))",
        "Enter password for the keystore: ",
        "grep -c :x: /etc/passwd; a[1:x:2]; lp:x:700:7::/:",
    ],
)
def test_accounts_of_systems_and_other_text_in_such_places_stay(text: str) -> None:
    assert found(text) == []
