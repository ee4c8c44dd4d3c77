"""Generated values are told from names, versions and placeholders."""

import random
import string

import pytest

from agentlog.privacy.secrets.harmless import is_placeholder, is_random, is_tested


@pytest.mark.parametrize("alphabet", [string.ascii_letters + string.digits, "0123456789abcdef", string.ascii_lowercase + string.digits])
def test_nearly_every_generated_value_looks_generated(alphabet: str) -> None:
    rng = random.Random(5)
    values = ["".join(rng.choices(alphabet, k=32)) for _ in range(2000)]
    assert sum(map(is_random, values)) >= 1990


@pytest.mark.parametrize(
    "value",
    ["some_long_variable_name", "SomeLongClassNameOfMine", "path/to/the/file-1", "com.example.package.name", "2024-11-21T17:00:00",
    "aaaaaaaaaaaaaaaaaaaaaaaa",
     "12345678901234567890", "test_that_it_works_2", "content-security-policy", "x" * 40],
)  # fmt: skip
def test_names_and_paths_do_not(value: str) -> None:
    assert not is_random(value)


@pytest.mark.parametrize(
    "value", ["${X}", "$X", "{{ x }}", "<key>", "%s", "{token}", "your-key", "****", "xxxxxxxx", "os.environ['X']", "None", "changeme",
              "yourPassword", "COOKIE-XXX", "my-secret-key-1"]
)  # fmt: skip
def test_what_holds_a_place_is_told_from_what_fills_it(value: str) -> None:
    assert is_placeholder(value)


@pytest.mark.parametrize("value", ["yourXm6U7Vv", "my-Xm6U7Vv", "insertQ2x9", "new_8sFk29x"])
def test_a_value_that_only_begins_like_a_placeholder_is_none(value: str) -> None:
    assert not is_placeholder(value)


def test_where_a_password_is_meant_bad_ones_count() -> None:
    assert is_placeholder("qwerty")
    assert not is_placeholder("qwerty", meant=True)
    assert is_placeholder("your password", meant=True)


@pytest.mark.parametrize("value", ["test123", "something", "my_secret_password", "testPass", "somepass!"])
def test_what_tests_write_for_a_password_is_told(value: str) -> None:
    assert is_tested(value)
    assert not is_tested("sw0rdfish")
