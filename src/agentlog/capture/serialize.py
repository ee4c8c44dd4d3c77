"""Any Python value as JSON bytes.

The fast path is one call of orjson. When that fails, a patient walk rewrites what JSON has no word for: NaN and infinities, integers
beyond 64 bits, lone surrogates, bytes, cycles, great depth, keys that are no text, objects of any class, hostile ones included. Whatever
cannot be read back as it was is listed in ``changed``, with the place and what was done. What JSON can say comes back equal. `encode`
never raises, and the bytes are a snapshot: later changes of the value do not reach them.
"""

import base64
import dataclasses
import datetime
import enum
import math
import pathlib
import uuid
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AnySet
from typing import Any, NamedTuple

import orjson

from agentlog._io.jsonl import nests_too_deeply

# The walk takes a handful of stack frames for each level, and the agent has its own on the same stack.
_MAX_DEPTH = 64
# An object's attributes may lead to the whole program; a record needs no more of it than this.
_MAX_OBJECT_DEPTH = 4
_MAX_NODES = 100_000
_MAX_ARRAY = 10_000
_INTEGERS = range(-(1 << 63), 1 << 64)


class Encoded(NamedTuple):
    """JSON bytes, and what was changed to get them."""

    data: bytes
    changed: list[str]


def encode(value: Any, name: str = "") -> Encoded:
    """A value as JSON; ``name`` is what the places in ``changed`` begin with."""
    try:
        data = orjson.dumps(value)
        # orjson writes NaN as null without a word, so a null must be looked into.
        if (b"null" not in data or not _holds_nonfinite(value)) and not nests_too_deeply(data, value):
            return Encoded(data, [])
    except (TypeError, ValueError, RecursionError):
        pass
    walk = _Walk()
    return Encoded(orjson.dumps(walk.plain(value, name, 0)), walk.changed)


def _holds_nonfinite(value: Any) -> bool:
    kind = type(value)
    if kind is str or value is None:
        return False
    if kind is float:
        return not math.isfinite(value)
    if kind is dict:
        return any(map(_holds_nonfinite, value.values()))
    if kind is list or kind is tuple:
        return any(map(_holds_nonfinite, value))
    # Rarer kinds are left to the walk, which looks at everything.
    return kind is not int and kind is not bool and kind is not orjson.Fragment


def dump_record(record: dict[str, Any]) -> bytes:
    """A record as a line of the log, whatever its parts are; parts that are fragments already stand as they are."""
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return encode(record).data + b"\n"


class _Walk:
    def __init__(self) -> None:
        self.changed: list[str] = []
        self._open: set[int] = set()
        self._objects = 0
        self._nodes = 0

    def plain(self, value: Any, path: str, depth: int) -> Any:
        """The value in words that JSON has."""
        self._nodes += 1
        if value is None or value is True or value is False:
            return value
        try:
            if self._nodes > _MAX_NODES or depth > _MAX_DEPTH:
                return self._name_of(value, path, "too large or too deep, named only")
            for kinds, write in _WRITERS:
                if isinstance(value, kinds):
                    return write(self, value, path, depth)
            return self._foreign(value, path, depth)
        except Exception as error:  # noqa: BLE001  a hostile object may raise anything from anywhere
            self._change(path, f"could not be recorded ({type(error).__name__})")
            return f"<{type(value).__name__}>"

    def _change(self, path: str, what: str) -> None:
        self.changed.append(f"{self._text(path)}: {what}")

    @staticmethod
    def _text(value: str) -> str:
        return str.__str__(value).encode("utf-8", "backslashreplace").decode()

    def _str(self, value: str, path: str, depth: int) -> str:
        text = self._text(value)
        if text != value:
            self._change(path, "lone surrogates escaped")
        return text

    def _int(self, value: int, path: str, depth: int) -> int | str:
        number = int.__int__(value)
        if number in _INTEGERS:
            return number
        self._change(path, "integer beyond 64 bits as hexadecimal text")
        return hex(number)

    def _float(self, value: float, path: str, depth: int) -> float | str:
        number = float.__float__(value)
        if math.isfinite(number):
            return number
        self._change(path, "number that is not finite as text")
        return str(number)

    def _bytes(self, value: bytes | bytearray | memoryview, path: str, depth: int) -> dict[str, str]:
        self._change(path, "bytes as base64")
        return {"base64": base64.b64encode(bytes(value)).decode()}

    def _enum(self, value: enum.Enum, path: str, depth: int) -> Any:
        return self.plain(value.value, path, depth)

    def _mapping(self, value: Mapping[Any, Any], path: str, depth: int) -> Any:
        # The list first: another thread may change the mapping meanwhile.
        pairs = list(dict.items(value)) if isinstance(value, dict) else list(value.items())
        return self._guarded(value, path, lambda: self._pairs(pairs, path, depth))

    def _pairs(self, pairs: Iterable[tuple[Any, Any]], path: str, depth: int) -> dict[str, Any]:
        said: dict[str, Any] = {}
        for key, part in pairs:
            name = self._key(key, path)
            while name in said:
                name += "'"
            said[name] = self.plain(part, f"{path}.{name}" if path else name, depth + 1)
        return said

    def _key(self, key: Any, path: str) -> str:
        if isinstance(key, str):
            return self._str(key, f"{path} (key)", 0)
        self._change(path, f"a key of type {type(key).__name__} as text")
        return self._text(repr(key))

    def _list(self, value: Iterable[Any], path: str, depth: int) -> Any:
        parts = list(value)
        return self._guarded(value, path, lambda: [self.plain(part, f"{path}[{i}]", depth + 1) for i, part in enumerate(parts)])

    def _set(self, value: AnySet[Any], path: str, depth: int) -> Any:
        self._change(path, "set as a sorted list")
        parts = self._list(value, path, depth)
        return sorted(parts, key=orjson.dumps) if isinstance(parts, list) else parts

    def _moment(self, value: datetime.datetime | datetime.date | datetime.time, path: str, depth: int) -> str:
        return value.isoformat()

    def _as_it_is(self, value: Any, path: str, depth: int) -> Any:
        return value

    def _as_text(self, value: Any, path: str, depth: int) -> str:
        return self._text(str(value))

    def _error(self, value: BaseException, path: str, depth: int) -> dict[str, str]:
        return describe_error(value)

    def _foreign(self, value: Any, path: str, depth: int) -> Any:
        kind = type(value)
        if isinstance(value, type):
            return self._name_of(value, path, "class named only")
        if callable(getattr(kind, "model_dump", None)):
            return self._guarded(value, path, lambda: self.plain(value.model_dump(), path, depth + 1))
        if dataclasses.is_dataclass(value):
            fields = [(item.name, getattr(value, item.name)) for item in dataclasses.fields(value)]
            return self._guarded(value, path, lambda: self._pairs(fields, path, depth))
        if hasattr(kind, "tolist") and hasattr(kind, "dtype"):
            return self._array(value, path, depth)
        return self._attributes(value, path, depth)

    def _array(self, value: Any, path: str, depth: int) -> Any:
        if math.prod(value.shape) > _MAX_ARRAY:
            return self._name_of(value, path, f"array of shape {tuple(value.shape)} named only")
        self._change(path, f"{type(value).__name__} as plain numbers")
        return self.plain(value.tolist(), path, depth + 1)

    def _attributes(self, value: Any, path: str, depth: int) -> Any:
        said = {name: part for name, part in getattr(value, "__dict__", {}).items() if not name.startswith("_")}
        if not said or self._objects >= _MAX_OBJECT_DEPTH or callable(value):
            return self._name_of(value, path, "object as its repr")
        self._change(path, f"{type(value).__name__} as its attributes")
        self._objects += 1
        try:
            return self._guarded(value, path, lambda: self._pairs(said.items(), path, depth))
        finally:
            self._objects -= 1

    def _name_of(self, value: Any, path: str, what: str) -> str:
        self._change(path, what)
        deep = isinstance(value, Mapping | list | tuple | AnySet)
        return f"<{type(value).__name__}>" if deep else self._text(repr(value))[:1000]

    def _guarded(self, value: Any, path: str, write: Callable[[], Any]) -> Any:
        if id(value) in self._open:
            self._change(path, "a cycle cut")
            return f"<{type(value).__name__}: contains itself>"
        self._open.add(id(value))
        try:
            return write()
        finally:
            self._open.discard(id(value))


_Writer = Callable[[_Walk, Any, str, int], Any]
_WRITERS: list[tuple[Any, _Writer]] = [
    (enum.Enum, _Walk._enum),
    (str, _Walk._str),
    (int, _Walk._int),
    (float, _Walk._float),
    (bytes | bytearray | memoryview, _Walk._bytes),
    (Mapping, _Walk._mapping),
    (list | tuple, _Walk._list),
    (AnySet, _Walk._set),
    (datetime.datetime | datetime.date | datetime.time, _Walk._moment),
    (orjson.Fragment, _Walk._as_it_is),
    (uuid.UUID, _Walk._as_text),
    (pathlib.PurePath, _Walk._as_text),
    (BaseException, _Walk._error),
]


def describe_error(error: BaseException) -> dict[str, str]:
    """An exception's type and message; an exception that cannot say its message is described all the same."""
    kind = type(error)
    try:
        message = str(error)
    except Exception as trouble:  # noqa: BLE001  the agent's exception class may be broken
        message = f"<no message: {type(trouble).__name__}>"
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    return {"type": name, "message": _Walk._text(message)}
