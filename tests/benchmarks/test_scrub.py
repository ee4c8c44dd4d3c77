"""The measures of scrubbing measure what they say: their material is what it claims to be, and what they would miss is seen."""

import json
import random
import tomllib
from collections.abc import Callable

import pytest

from benchmarks.scrub import sockets
from benchmarks.scrub.arms import detect_secrets, presidio
from benchmarks.scrub.material import numbers
from benchmarks.scrub.material.authors import is_authors_address
from benchmarks.scrub.material.code import parses
from benchmarks.scrub.material.lock_files import lock_files
from benchmarks.scrub.material.oddities import oddities
from benchmarks.scrub.material.planted import case
from benchmarks.scrub.material.shape import container, difference
from benchmarks.scrub.material.shell import shell_output
from benchmarks.scrub.material.tracebacks import tracebacks
from benchmarks.scrub.material.traces import Trace, distinct, texts

SOURCE = '''"""Written by Ana <ana@firm.io>, see also me@example.com."""
__author__ = ("Bo <bo@firm.io>, "
              "Elif <elif@firm.io>")
NUMBERS = [
    "carla@firm.io",
]
x = 1  # dmitri@firm.io told so
'''


@pytest.mark.parametrize(
    ("address", "is_an_authors"),
    [
        ("ana@firm.io", True),
        ("bo@firm.io", True),
        ("elif@firm.io", True),
        ("dmitri@firm.io", True),
        ("carla@firm.io", False),
        ("me@example.com", False),
    ],
)
def test_an_authors_address_stands_in_a_comment_a_docstring_or_an_assignment_that_says_so(address: str, is_an_authors: bool) -> None:
    start = SOURCE.index(address)
    assert is_authors_address(SOURCE, "EMAIL_ADDRESS", start, start + len(address)) == is_an_authors
    assert not is_authors_address(SOURCE, "PERSON", start, start + len(address))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({"a": [1, "x"]}, {"a": [2, "y"]}, None),
        ({"a": 1}, {"b": 1}, "a key has become another: 'a', 'b' at $"),
        ({"a": 1}, {"b": "1"}, "$.a: int has become str"),
        ({"a": 1, "b": 1}, {"a": 1}, "$: 2 keys have become 1"),
        ([1, 2], [1], "$: 2 items have become 1"),
        ({"a": 1}, {"a": "1"}, "$.a: int has become str"),
        (['{"a": [1]}'], ['{"a": [2]}'], None),
        (['{"a": [1]}'], ['{"a": [1, 1]}'], "$[0](JSON).a: 1 items have become 2"),
        (['{"a": 1}'], ['{"a": <PHONE>}'], "$[0]: JSON inside a string is no JSON any more"),
        ([json.dumps({"b": '{"c": 1}'})], [json.dumps({"b": '{"c": "1"}'})], "$[0](JSON).b(JSON).c: int has become str"),
    ],
)
def test_a_change_of_shape_is_seen_wherever_it_is(before: object, after: object, said: str | None) -> None:
    found = difference(before, after)
    assert found == said if said is None else found and found.startswith(said)


def test_lock_files_are_what_their_tools_would_read() -> None:
    made = {file.name: file.text for file in lock_files()}
    assert container(made["package-lock.json"])["lockfileVersion"] == 3
    for name in ("poetry.lock", "uv.lock", "Cargo.lock"):
        assert len(tomllib.loads(made[name])["package"]) > 100
    assert made == {file.name: file.text for file in lock_files()}


def test_tracebacks_come_from_failures_and_shell_output_is_the_same_each_time() -> None:
    assert all(file.text for file in tracebacks())
    assert list(shell_output()) == list(shell_output())


@pytest.mark.parametrize(
    ("make", "entity"),
    [
        (numbers.card, "CREDIT_CARD"),
        (numbers.iban, "IBAN_CODE"),
        (numbers.social_security, "US_SSN"),
        (numbers.address, "IP_ADDRESS"),
        (numbers.phone, "PHONE_NUMBER"),
        (numbers.mail, "EMAIL_ADDRESS"),
    ],
)
def test_numbers_made_by_chance_are_valid_to_others_too(make: Callable[[random.Random], str], entity: str) -> None:
    rng = random.Random(0)
    for _ in range(50):
        value = make(rng)
        assert entity in {found.entity for found in presidio.find(f"it is {value}, see")}, value


def test_presidios_findings_are_joined_so_that_none_overlap() -> None:
    text = "write to ana.ruiz@corp.io"
    [one] = presidio.joined(presidio.find(text))
    assert presidio.replaced(text, [one]) == "write to <EMAIL_ADDRESS>"


def test_oddities_have_names_of_their_own_and_the_length_asked_for() -> None:
    made = {oddity.name: oddity.make(20_000) for oddity in oddities()}
    assert len(made) == sum(1 for _ in oddities()) > 100
    for name, value in made.items():
        assert 9_000 < len(value if isinstance(value, str) else repr(value)) < 50_000, name


def test_a_case_is_the_same_for_the_same_seed_and_holds_what_was_planted() -> None:
    for seed in range(50):
        made = case(random.Random(seed))
        assert made == case(random.Random(seed))
        written = json.dumps(made.value)
        assert all(json.dumps(one.value)[1:-1] in written for one in made.planted)


def test_a_text_that_occurs_twice_is_one_distinct_text() -> None:
    assert distinct([Trace("a", {"x": ["one", {"y": "two"}]}), Trace("b", ["one"])]) == ["one", "two"]
    assert list(texts({"key": ["value", 1]})) == ["value"]


def test_the_watch_sees_a_socket_and_stops_it() -> None:
    opened, done = sockets.opened_by("import socket\nsocket.create_connection(('192.0.2.1', 80))")
    assert opened >= 1
    assert done.returncode != 0
    assert sockets.opened_by("print(1)")[0] == 0


def test_only_text_that_is_python_parses() -> None:
    assert parses("x = 1")
    assert not parses("x = <PHONE_NUMBER>")


@pytest.mark.skipif(detect_secrets.python() is None, reason="detect-secrets is installed by `make bench` only")
def test_detect_secrets_is_asked_about_whole_files() -> None:
    secret = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=32))
    done = detect_secrets.scan([("a.py", f"x = 1\npassword = '{secret}'\n"), ("b.py", "x = 1\n")])
    assert done is not None
    assert [{found.line for found in one} for one in done.found] == [{2}, set()]
