"""Values of every kind that an agent might pass to a logged call, made by chance, and the judgement of what came back.

Beside JSON's own kinds there are those of the language and its library, those of numpy and pydantic, and classes made to be a nuisance.
`same` says whether a value read back is the one given. It looks at classes and never asks a value, since some of them lie.
"""

import asyncio
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import io
import pathlib
import random
import threading
import types
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from unittest.mock import MagicMock, NonCallableMock

import numpy as np
import pydantic
import pydantic.v1

Make = Callable[[random.Random], Any]


class Colour(enum.Enum):
    RED = 1
    ODD = object()


class Level(enum.IntEnum):
    HIGH = 3


class Word(enum.StrEnum):
    YES = "yes"


class Text(str):
    """Text that claims to be like anything."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = str.__hash__


class Whole(int):
    def __repr__(self) -> str:
        raise RuntimeError("no")


class Table(dict[Any, Any]):
    def __getitem__(self, key: Any) -> Any:
        raise RuntimeError("no")

    def items(self) -> Any:
        raise RuntimeError("no")


class Row(list[Any]):
    def __iter__(self) -> Iterator[Any]:
        while True:
            yield 1


class Pair(NamedTuple):
    left: Any
    right: Any


@dataclasses.dataclass
class Point:
    x: Any
    y: Any


@dataclasses.dataclass(slots=True, frozen=True)
class Slotted:
    x: Any


class Model(pydantic.BaseModel):
    x: Any = None


class OldModel(pydantic.v1.BaseModel):
    x: Any = None


class Plain:
    def __init__(self, inner: Any) -> None:
        self.inner, self._hidden = inner, 1


class Mute:
    """Every question raises."""

    def __repr__(self) -> str:
        raise RuntimeError("no")

    __str__ = __repr__

    def __getattribute__(self, name: str) -> Any:
        raise GeneratorExit(name)

    def __eq__(self, other: object) -> bool:
        raise ValueError

    def __hash__(self) -> int:
        return 7

    def __bool__(self) -> bool:
        raise ValueError


class Stop(BaseException):
    pass


class Sly(type):
    """A class that answers any question, and has no name to tell."""

    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise Stop

    def __getattr__(cls, name: str) -> Any:
        raise Stop


class OfSly(metaclass=Sly):
    def __repr__(self) -> str:
        raise Stop


class Actor:
    """Claims another class, and has no attributes to look at."""

    @property
    def __class__(self) -> Any:
        return dict

    @property
    def __dict__(self) -> Any:
        raise asyncio.CancelledError


class Endless:
    """Every attribute leads to another one like it."""

    def __init__(self) -> None:
        self.next = self

    def __getattr__(self, name: str) -> Any:
        return Endless()

    def __repr__(self) -> str:
        return repr(self)


class Dumper:
    def model_dump(self) -> Any:
        return {"again": Dumper()}


class Broken:
    def model_dump(self) -> Any:
        raise MemoryError


class EndlessMapping(collections.UserDict[Any, Any]):
    def items(self) -> Any:
        while True:
            yield ("k", 1)


def _text(rng: random.Random) -> str:
    kinds = (
        "",
        "ana",
        "naïve 日本",
        "line\nbreak\0",
        "null",
        "\x1e",
        "data:image/png;base64,AAAA",
        "\ud800 alone",
        "x" * rng.choice((3, 3000)),
    )
    return rng.choice(kinds)


def _number(rng: random.Random) -> Any:
    return rng.choice((0, 1, -1, 2**63, 2**64 - 1, -(2**63), 2**64, -(2**70), 10**5000, True, False, rng.getrandbits(80)))


def _float(rng: random.Random) -> float:
    return rng.choice((0.0, -0.0, 1.5, 1e308, 5e-324, float("nan"), float("inf"), float("-inf"), rng.random()))


def _library(rng: random.Random) -> Any:
    moment = datetime.datetime(2026, 1, 2, 3, 4, 5, 6)
    return rng.choice(
        (
            moment, moment.replace(tzinfo=datetime.UTC), moment.date(), moment.time(), datetime.timedelta(days=1), uuid.UUID(int=7),
            pathlib.Path("a/b"), decimal.Decimal("1.10"), decimal.Decimal("NaN"), fractions.Fraction(1, 3), 1 + 2j, Colour.RED, Colour.ODD,
            Level.HIGH, Word.YES, range(3), b"\0\xff", bytearray(b"x" * 2000), memoryview(b"abc"), ValueError("no"), Stop(), Ellipsis,
            NotImplemented, types.SimpleNamespace(a=1), types.MappingProxyType({"a": 1}), re_match(), int, Colour, len, _text, object(),
        )
    )  # fmt: skip


def re_match() -> Any:
    import re

    return re.match("a", "a")


def _numeric(rng: random.Random) -> Any:
    return rng.choice(
        (
            np.int64(3), np.float64(0.5), np.float64("nan"), np.float32(0.1), np.bool_(True), np.str_("s"), np.arange(3), np.zeros((0, 3)),
            np.zeros((200, 200)), np.array([object(), None]), np.datetime64("2026-01-01"), np.longdouble(1), np.array(["a"]),
            np.array(1 + 2j),
        )
    )  # fmt: skip


def _resource(rng: random.Random) -> Any:
    def count() -> Iterator[int]:
        yield 1

    return rng.choice(
        (threading.Lock, io.BytesIO, count, lambda: iter([1]), lambda: map(len, ["a"]), lambda: threading.local(), lambda: count)
    )()


def _nuisance(rng: random.Random) -> Any:
    if rng.random() < 0.01:
        # It takes a fifth of a second until enough of it has been seen.
        return EndlessMapping(a=1)
    made = rng.choice((Mute, OfSly, Actor, Endless, Dumper, Broken, MagicMock, NonCallableMock, Stop, _cycle, _deep))
    return made()


def _cycle() -> Any:
    value: dict[str, Any] = {"list": []}
    value["list"] += [value, value]
    return value


def _twice_over() -> Any:
    """Sixty levels, each of which holds the next one twice."""
    value: Any = [1.5]
    for _ in range(60):
        value = [value, value]
    return value


def _deep(levels: int = 10_000) -> Any:
    value: Any = {"bottom": float("nan")}
    for _ in range(levels):
        value = [value]
    return value


_LEAVES: tuple[Make, ...] = (_text, _text, _number, _float, lambda rng: None, _library, _numeric, _resource, _nuisance)
_PLAIN_LEAVES: tuple[Make, ...] = (
    lambda rng: rng.choice(("a", "naïve", "")),
    lambda rng: rng.randrange(-9, 9),
    lambda rng: rng.random(),
    lambda rng: None,
)


def any_value(rng: random.Random, depth: int = 0) -> Any:
    """A value of any kind; about a third of them consist of what JSON has words for."""
    if depth == 0 and rng.random() < 0.001:
        # Not within a model, whose own code would write it out.
        return {"twice": _twice_over()}
    plain = depth == 0 and rng.random() < 0.35
    return plain_value(rng, 0) if plain else _value(rng, depth)


def plain_value(rng: random.Random, depth: int) -> Any:
    """A value that JSON can say."""
    if depth > 3 or rng.random() < 0.4:
        return rng.choice(_PLAIN_LEAVES)(rng)
    parts = [plain_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return parts if rng.random() < 0.5 else {f"k{number}": part for number, part in enumerate(parts)}


def _value(rng: random.Random, depth: int) -> Any:
    if depth > 3 or rng.random() < 0.5:
        return rng.choice(_LEAVES)(rng)
    parts = [_value(rng, depth + 1) for _ in range(rng.randrange(4))]
    wrap = rng.choice(_WRAPS)
    return wrap(rng, parts)


def _keyed(rng: random.Random, parts: list[Any]) -> dict[Any, Any]:
    keys = ("a", "b", 1, "1", None, (1, 2), "\ud800", Word.YES, Level.HIGH, Mute(), Text("t"), 10**5000, b"k", 1.5)
    return {rng.choice(keys): part for part in parts}


def _set(rng: random.Random, parts: list[Any]) -> Any:
    return rng.choice((set, frozenset))([1, "a", None, 2.5, ("x",), Mute()][: len(parts) + 1])


def _ordered(rng: random.Random, parts: list[Any]) -> Any:
    pairs = [(f"k{number}", part) for number, part in enumerate(parts)]
    default: Any = collections.defaultdict(list)
    default.update(pairs)
    return rng.choice((dict(pairs), collections.OrderedDict(pairs), default, Table(pairs), collections.UserDict(pairs)))


_WRAPS: tuple[Callable[[random.Random, list[Any]], Any], ...] = (
    lambda rng, parts: parts,
    lambda rng, parts: tuple(parts),
    lambda rng, parts: Row(parts),
    lambda rng, parts: collections.deque(parts),
    _ordered,
    _ordered,
    _keyed,
    _set,
    lambda rng, parts: Pair(parts, None),
    lambda rng, parts: Point(parts, 1),
    lambda rng, parts: Slotted(parts),
    lambda rng, parts: Model(x=parts),
    lambda rng, parts: OldModel(x=parts),
    lambda rng, parts: Plain(parts),
    lambda rng, parts: Text("text"),
    lambda rng, parts: Whole(3),
)


def same(read: Any, given: Any) -> bool:
    """Whether what was read back is what was given: equal, and of a class of which JSON's is the base."""
    kind = type(given)
    if given is None or kind is bool:
        return read is given
    for base in (str, int, float):
        if issubclass(kind, base) and type(read) is base:
            return bool(repr(base(read)) == base.__repr__(given)) if base is not int else int.__int__(given) == read
    if issubclass(kind, list) and type(read) is list:
        parts = list(list.__iter__(given))
        return len(read) == len(parts) and all(map(same, read, parts))
    if issubclass(kind, dict) and type(read) is dict:
        held = dict(dict.items(given))
        return _same_keys(read, held) and all(same(read[str.__str__(key)], part) for key, part in held.items())
    return False


def _same_keys(read: dict[str, Any], held: dict[Any, Any]) -> bool:
    return all(issubclass(type(key), str) for key in held) and [*read] == [str.__str__(key) for key in held]
