"""Secrets below a telling head are found in every kind of table; columns of words, types and prose stay."""

import json
from collections.abc import Callable

import pytest

from agentlog.privacy.detector import Detector
from agentlog.privacy.text import Text

Found = Callable[[str], list[str]]
Made = Callable[..., str]
PASSWORD = "Vk8mQ2x!a"
TABLES = [
    "username,password\nbob,{}\n", "username,password\r\nbob,{}\r\n",
    '"username","password"\n"bob","{}"\n', "status,db_password,n\nopen,{},3",
    "username\tpassword\nbob\t{}\n",
    "user;client_secret_password;x\nbob;{};3\n", "id | username | password\n----+----+----\n 1 | bob | {}\n",
    "| user | password |\n|---|---|\n| bob | {} |\n", "+----+------+\n| user | passwd |\n+----+------+\n| bob | {} |\n+----+------+\n",
    "| user | `password` |\n|---|---|\n| bob | `{}` |\n", "USERNAME   PASSWORD\nbob        {}\n",
]  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_a_password_below_its_head_is_found(found: Found, table: str) -> None:
    assert found(table.format(PASSWORD)) == [PASSWORD]
    assert found("Here:\n" + table.format(PASSWORD)) == [PASSWORD]


@pytest.mark.parametrize("table", [table for table in TABLES if "\r" not in table])
@pytest.mark.parametrize("depth", [1, 2])
def test_it_is_found_in_json_as_well(found: Found, table: str, depth: int) -> None:
    text = table.format(PASSWORD)
    for _ in range(depth):
        text = json.dumps({"out": text})
    assert found(text) == [PASSWORD]


def test_every_row_and_every_telling_column_counts(found: Found, made: Made) -> None:
    token = made(32)
    text = f"user,password,api_key\nana,Xm6U7Vv,{token}\nbob,swordfish,\ncy,changeme,{token[::-1]}\n"
    assert found(text) == ["Xm6U7Vv", token, "swordfish", token[::-1]]


def test_a_secret_with_other_marks_than_those_of_tokens_is_found(found: Found) -> None:
    assert found("status,client_secret,n\r\nopen,R5p6MY27!_vQy#HpX7x,4\r\nclosed,,7\r\n") == ["R5p6MY27!_vQy#HpX7x"]


def test_the_keys_that_a_cloud_lets_one_download_are_found(found: Found, made: Made) -> None:
    assert found(f"Access key ID,Secret access key\r\nX,{made(40)}\r\n") == [made(40)]


def test_a_word_is_not_looked_for_elsewhere(detector: Detector) -> None:
    assert [span.spreads for span in detector.find(Text("user,password\nbob,swordfish\n"))] == [False]


@pytest.mark.parametrize(
    "text",
    [
        "token,count\nrunning,3\njumped,4", "word,token,pos\nRunning,running,VERB",
        "name,key,value\na,b,c", "password,\n    host,\n    port)",
        "user, password\nhost, port1x", "| param | type | description |\n|---|---|---|\n| password | string | The password of the user |",
        "| Method | Token | Password |\n|---|---|---|\n| basic | no | yes |\n| oauth | supported | unsupported |",
        "return user,password\n\ndef f(x):\n    pass", "user,password_hash_algorithm\nbob,bcrypt12", "user,password\nbob,\nana,********\n",
    ],
)  # fmt: skip
def test_what_is_no_table_of_secrets_stays(found: Found, text: str) -> None:
    assert found(text) == []


def test_the_values_of_an_insert_go_by_its_columns(found: Found) -> None:
    rows = f"(1,'bob','{PASSWORD}'), (2,'al','Xm6U7Vv')"
    assert found(f"INSERT INTO users (id, name, password) VALUES {rows};") == [PASSWORD, "Xm6U7Vv"]
    assert found("insert into users (name, password) values (?, ?)") == []
    assert found("insert into words (token, n) values ('running', 3)") == []


def test_a_cell_beside_a_telling_cell_is_found(found: Found, made: Made) -> None:
    assert found(f"| DB_PASSWORD | `{PASSWORD}` |\n") == [PASSWORD]
    assert found(f"| API key | {made(32)} |\n") == [made(32)]
    assert found("| password | required |\n| token | The token of the user |\n") == []
    assert found("x = mask | token | 0x1f") == []
