"""Any value becomes JSON: unchanged where JSON can say it, labelled where it can't, and never with an exception."""

import asyncio
import collections
import dataclasses
import datetime
import decimal
import enum
import inspect
import random
import sys
import threading
import types
import uuid
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import MagicMock

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.v1 import BaseModel as OldModel

from agentlog._io.jsonl import Line, read_lines
from agentlog.capture.serialize import describe_error, dump_record, encode
from agentlog.schema.changes import is_loss
from benchmarks.odd_values import any_value, same

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


class Shade(enum.Enum):
    DARK = "dark"


class Pair(NamedTuple):
    left: str
    right: str


class Old(OldModel):
    x: int


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
    (Hostile(), "object as its repr"),
    (HostileClass(), "object as its repr"),
    ({10**5000: 1}, "a key of type int"),
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


def test_what_is_said_in_another_notation_is_listed_as_such_and_not_as_a_loss() -> None:
    moment = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    given = [
        Path("a/b"), moment, uuid.UUID(int=7), Point(1.0, None), (1, 2), decimal.Decimal("1.10"), Pair("l", "r"),
        Shade.DARK, types.MappingProxyType({"a": 1}), Old(x=1),
    ]  # fmt: skip
    data, changed = encode(given, "p")
    assert orjson.loads(data) == [
        "a/b", moment.isoformat(), str(uuid.UUID(int=7)), {"x": 1.0, "y": None}, [1, 2], "1.10", {"left": "l", "right": "r"},
        "dark", {"a": 1}, {"x": 1},
    ]  # fmt: skip
    assert [change.partition(":")[0] for change in changed] == [f"p[{place}]" for place in range(len(given))]
    assert not any(map(is_loss, changed))


@pytest.mark.parametrize("number", range(len(LABELLED)))
def test_what_is_lost_is_told_from_another_notation(number: int) -> None:
    assert any(map(is_loss, encode([LABELLED[number][0]], "arguments").changed))


def test_ten_thousand_values_of_any_kind_come_back_as_they_were_or_are_listed() -> None:
    rng = random.Random(7)
    for _ in range(10_000):
        value = any_value(rng)
        data, changed = encode(value, "value")
        assert same(orjson.loads(data), value) or changed, type(value)
        assert all(change.startswith("value") for change in changed)


def test_what_claims_to_be_equal_is_compared_all_the_same() -> None:
    class Liar(str):
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = str.__hash__

    assert encode([Liar("\ud800")], "x").changed == ["x[0]: lone surrogates escaped"]


def test_a_generator_is_named_and_not_consumed() -> None:
    numbers = (number for number in range(3))
    assert "object as its repr" in encode({"n": numbers}, "x").changed[0]
    assert list(numbers) == [0, 1, 2]


def test_a_default_dictionary_gets_no_key_and_a_mock_no_attribute() -> None:
    table: collections.defaultdict[str, list[int]] = collections.defaultdict(list, {"a": [1]})
    mock = MagicMock(spec=dict)
    before = dict(vars(mock))
    assert encode([table, mock], "x").changed == ["x[1]: object as its repr"]
    assert dict(table) == {"a": [1]}
    assert dict(vars(mock)) == before


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_what_may_be_the_users_own_wish_to_stop_is_passed_on(kind: type[BaseException]) -> None:
    class Stopping:
        def __repr__(self) -> str:
            raise kind

    with pytest.raises(kind):
        encode(Stopping())


@pytest.mark.parametrize("kind", [GeneratorExit, asyncio.CancelledError, BaseException, MemoryError, RecursionError])
def test_any_other_exception_costs_the_part_that_raised_it(kind: type[BaseException]) -> None:
    class Raising:
        def model_dump(self) -> Any:
            raise kind

    data, changed = encode({"good": 1, "bad": Raising()}, "x")
    assert orjson.loads(data) == {"good": 1, "bad": "<Raising>"}
    assert changed[-1] == f"x.bad: could not be recorded ({kind.__name__})"


def test_many_changes_alike_are_counted_and_not_all_listed() -> None:
    _, changed = encode([float("nan")] * 5000, "scores")
    assert len(changed) == 11
    assert changed[-1] == "scores (4990 places more): number that is not finite as text"


def test_what_refers_to_itself_many_times_over_is_cut() -> None:
    value: Any = [1]
    for _ in range(60):
        value = [value, value]
    data, changed = encode(value, "x")
    assert len(data) < 10_000_000
    assert any("too large" in change for change in changed)


def test_a_dictionary_that_another_thread_changes_meanwhile_is_recorded() -> None:
    table: dict[str, Any] = {str(number): {"n": number, "t": (1,)} for number in range(200)}
    done = threading.Event()

    def change() -> None:
        number = 0
        while not done.is_set():
            table[f"new{number % 300}"] = [number]
            table.pop(f"new{(number + 150) % 300}", None)
            number += 1

    other = threading.Thread(target=change)
    other.start()
    try:
        for _ in range(300):
            assert orjson.loads(encode(table, "x").data)["7"] == {"n": 7, "t": [1]}
    finally:
        done.set()
        other.join()


def test_a_value_is_recorded_from_deep_within_the_agents_own_stack() -> None:
    def call_with_room(levels: int) -> None:
        if levels:
            call_with_room(levels - 1)
        else:
            orjson.loads(encode([(1,), {"a": Plain()}], "x").data)

    # Sixty frames before its end: at the very end not even a function can be called.
    call_with_room(sys.getrecursionlimit() - len(inspect.stack()) - 60)


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


def test_credentials_that_objects_carry_about_with_them_are_withheld() -> None:
    class Client:
        def __init__(self) -> None:
            self.api_key, self.base_url, self.max_tokens, self.secret_ref = "sk-live-4711", "http://localhost", 5, None

    class Settings(BaseModel):
        openai_api_key: str = "sk-live-4711"

    assert b"4711" not in encode(Settings()).data
    data, changed = encode({"agent": Client()}, "metadata.arguments")
    said = orjson.loads(data)["agent"]
    assert said == {"api_key": "[withheld: credential]", "base_url": "http://localhost", "max_tokens": 5, "secret_ref": None}
    assert "metadata.arguments.agent.api_key: credential withheld" in changed
