"""Any value becomes JSON: unchanged where JSON can say it, labelled where it can't, and never with an exception."""

import dataclasses
import datetime
import enum
import threading
import uuid
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from agentlog._io.jsonl import Line, read_lines
from agentlog.capture.serialize import describe_error, dump_record, encode

TEXT = st.text()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 64) - 1) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
ODD = st.recursive(
    JSON
    | st.floats()
    | st.integers()
    | st.binary()
    | st.text(st.characters(codec=None))
    | st.complex_numbers()
    | st.dates()
    | st.uuids()
    | st.decimals(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.integers() | TEXT | st.none(), inner, max_size=3)
        | st.frozensets(st.integers() | st.text())
    ),
    max_leaves=12,
)


@given(JSON)
def test_what_json_can_say_comes_back_equal_and_unlabelled(value: Any) -> None:
    data, changed = encode(value)
    assert orjson.loads(data) == value
    assert changed == []


@given(ODD)
def test_any_value_becomes_json(value: Any) -> None:
    orjson.loads(encode(value).data)


@given(st.sampled_from([float("nan"), float("inf"), float("-inf")]), JSON)
def test_a_number_that_is_not_finite_is_labelled_wherever_it_stands(number: float, other: Any) -> None:
    data, changed = encode({"a": [other, {"b": number}]}, "x")
    assert changed == ["x.a[1].b: number that is not finite as text"]
    assert orjson.loads(data)["a"][0] == other


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError("no")

    def __getattr__(self, name: str) -> Any:
        raise ValueError(name)


class HostileClass:
    @property
    def __class__(self) -> Any:
        raise RuntimeError("no")


class Colour(enum.Enum):
    RED = object()


class Model(BaseModel):
    number: int
    blob: bytes = b"\xff"


@dataclasses.dataclass
class Point:
    x: float
    y: Any


class Plain:
    def __init__(self) -> None:
        self.description = "to do"
        self._secret = "hidden"


def deep(levels: int) -> Any:
    value: Any = "bottom"
    for _ in range(levels):
        value = [value]
    return value


def cycle() -> Any:
    value: dict[str, Any] = {}
    value["me"] = [value]
    return value


LABELLED: list[tuple[Any, str]] = [
    (b"\x00\xff", "bytes as base64"),
    (2**64, "beyond 64 bits"),
    (10**5000, "beyond 64 bits"),
    ("\ud800", "lone surrogates"),
    ({"\ud800": 1}, "lone surrogates"),
    ({1: 2}, "a key of type int"),
    ({3, 1, 2}, "set as a sorted list"),
    (cycle(), "a cycle cut"),
    (deep(10_000), "too deep"),
    (Hostile(), "could not be recorded"),
    (HostileClass(), "could not be recorded"),
    (threading.Lock(), "object as its repr"),
    (MagicMock(), "as its"),
    (Model(number=1), "bytes as base64"),
    (Point(1, float("nan")), "not finite"),
    (Plain(), "Plain as its attributes"),
    (np.arange(3), "ndarray as plain numbers"),
    (np.int64(3), "int64 as plain numbers"),
    (np.zeros((1000, 1000)), "array of shape (1000, 1000) named only"),
    (Colour.RED, "object as its repr"),
    (lambda: None, "object as its repr"),
    (Path, "class named only"),
]


# By number, because pytest looks into the values it names tests after, and these don't like that.
@pytest.mark.parametrize("number", range(len(LABELLED)))
def test_what_json_cannot_say_is_labelled(number: int) -> None:
    value, label = LABELLED[number]
    data, changed = encode([value], "arguments")
    orjson.loads(data)
    assert any(label in change for change in changed), changed


def test_what_has_a_usual_text_is_not_labelled() -> None:
    moment = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    identity = uuid.UUID(int=7)
    data, changed = encode([Path("a/b"), moment, identity, Point(1.0, None), None])
    assert orjson.loads(data) == ["a/b", moment.isoformat(), str(identity), {"x": 1.0, "y": None}, None]
    assert changed == []


def test_keys_that_become_the_same_text_are_both_kept() -> None:
    assert orjson.loads(encode({1: "a", "1": "b"}).data) == {"1": "a", "1'": "b"}


def test_an_object_is_recorded_by_what_it_shows() -> None:
    assert orjson.loads(encode(Plain()).data) == {"description": "to do"}


def test_the_bytes_are_a_snapshot() -> None:
    value = {"list": [1]}
    data = encode(value).data
    value["list"].append(2)
    assert orjson.loads(data) == {"list": [1]}


def test_a_record_of_odd_parts_is_still_one_line() -> None:
    line = dump_record({"part": orjson.Fragment(b'{"a":1}'), "session_id": "\ud800", "n": 2**70})
    assert line.endswith(b"\n")
    assert orjson.loads(line)["part"] == {"a": 1}


def test_an_exception_that_cannot_speak_is_described() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert describe_error(Mute())["message"] == "<no message: RuntimeError>"
    assert describe_error(ValueError("x")) == {"type": "ValueError", "message": "x"}


def test_what_is_recorded_is_never_too_deep_to_be_read_back(tmp_path: Path) -> None:
    value: object = "core"
    for _ in range(252):
        value = [value]
    data, changed = encode(value, "metadata.arguments")
    file = tmp_path / "line"
    file.write_bytes(dump_record({"metadata": {"arguments": orjson.Fragment(data)}}))
    assert all(isinstance(line, Line) for line in read_lines(file))
    assert any("too deep" in change for change in changed)
