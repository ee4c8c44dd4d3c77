"""In code, the argument that a call takes as a password is found by its place; words, samples and variables stay."""

from collections.abc import Callable

import pytest

Found = Callable[[str], list[str]]
PASSWORD = "Vk8mQ2x!a"


@pytest.mark.parametrize(
    "form",
    [
        'smtp.login("bob@x.io", "{}")', "server.login(user, '{}')", 'db.auth("bob", "{}")', 'requests.get(url, auth=("bob", "{}"))',
        "requests.post(u, auth=HTTPBasicAuth('bob', '{}'))", "ftp = FTP('h', 'bob', '{}')", 'pymysql.connect("h", "root", "{}", "db")',
        'DBI->connect("dbi:mysql:x", "root", "{}");', 'new PDO("mysql:host=h", "root", "{}");', 'WiFi.begin("ssid", "{}");',
        'DriverManager.getConnection("jdbc:mysql://h/x", "root", "{}")', 'new NetworkCredential("bob", "{}")',
        'expect "password:"\\nsend "{}\\r"', 'child.expect("assword:")\nchild.sendline("{}")',
        '.password("{}")', 'builder.setPassword("{}")',
        '.with_password("{}")', "SET PASSWORD FOR 'bob'@'%' = PASSWORD('{}');",
    ],
)  # fmt: skip
def test_a_password_in_a_call_is_found(found: Found, form: str) -> None:
    assert found(form.replace("{}", PASSWORD)) == [PASSWORD]


def test_the_address_of_a_go_driver_gives_its_password(found: Found) -> None:
    assert found('sql.Open("mysql", "root:Vk8mQ2xa@tcp(127.0.0.1:3306)/x")') == ["Vk8mQ2xa"]


@pytest.mark.parametrize(
    "text",
    [
        'page.login("admin", "password")', 'auth=("user", "pass")',
        'sock.connect(("10.0.0.1", 8080))', "button.clicked.connect(self.login)",
        'client.connect("localhost", "1883", "60")', 'send "yes\\r"', "validate_password('short1')", 'check_password("lmXFdk2!a", h)',
        "smtp.login(user, password)", 'get_token("csrf2x")', "splitpasswd('user:ab1')", "root:${PASSWORD}@tcp(db:3306)/x",
    ],
)  # fmt: skip
def test_calls_without_a_password_stay(found: Found, text: str) -> None:
    assert found(text) == []
