"""The long way to JSON, for values that hold something that JSON has no word for.

Each part is rewritten by its class, never by what an instance claims to be: mocks and lazy objects answer anything. Sub-classes of text,
numbers, lists and dictionaries are what they hold, and come back equal. Tuples, dates, paths, enum members, dataclasses and models are
said in another notation; not-a-number, huge integers, lone surrogates, bytes, sets, arrays, errors, other objects, cycles and what is too
deep or too large are losses. Every such place is listed. Generators and iterators are named and not consumed, and no attribute is looked
up that the object does not hold itself.

A part that raises costs that part. Depth, number of parts and number of lines in the list are bounded.
"""

import datetime
import enum
import math
import re
import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AnySet
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson

from agentlog.capture.binary import as_base64, store_bytes, take_out
from agentlog.capture.credentials import WITHHELD, Credential, is_credential
from agentlog.schema.changes import AS_DICTIONARY, AS_FIELDS, AS_LIST, AS_TEXT, AS_VALUE

if TYPE_CHECKING:
    from agentlog.store.blobs import BlobStore

# The walk takes a handful of stack frames for each level, and the agent has its own on the same stack.
_MAX_DEPTH = 64
# An object's attributes may lead to the whole program; a record needs no more of it than this.
_MAX_OBJECT_DEPTH = 4
_MAX_NODES = 100_000
_MAX_ARRAY = 10_000
_MAX_REPR = 1000
_MAX_KEY_IN_PLACE = 60
_MAX_ALIKE = 10
_INTEGERS = range(-(1 << 63), 1 << 64)
# Not by attribute: a metaclass may answer that with anything.
_class_name = type.__dict__["__name__"].__get__
_class_path = type.__dict__["__qualname__"].__get__


def encode_patiently(value: Any, name: str, blobs: "BlobStore | None") -> tuple[bytes, list[str]]:
    """Any value as JSON, and what was changed for it."""
    changes = _Changes(name)
    try:
        said = _Walk(changes, blobs).plain(value, name, 0)
        said, moved = (said, []) if blobs is None else take_out(said, name, blobs)
        return orjson.dumps(said), [*changes.lines(), *moved]
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  such as a stack that is full: the record goes on without this value
        return orjson.dumps(f"<{kind_name(value)}>"), [f"{name}: could not be recorded ({kind_name(error)})"]


def described(error: BaseException) -> dict[str, str]:
    """An exception's type, with its module unless that is the language itself, and its message."""
    module = type.__dict__["__dict__"].__get__(type(error)).get("__module__")
    name = f"{module}.{_class_path(type(error))}" if type(module) is str and module != "builtins" else _class_name(type(error))
    try:
        message = str(error)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as trouble:  # noqa: BLE001  the agent's exception class may be broken
        message = f"<no message: {kind_name(trouble)}>"
    return {"type": _clean(name), "message": _clean(message)}


def kind_name(value: Any) -> str:
    """The name of a value's class, in letters that the list of changes can bear."""
    return re.sub(r"[^\w.<>]", "_", _class_name(type(value)))[:80]


def _clean(text: str) -> str:
    return str.__str__(text).encode("utf-8", "backslashreplace").decode()


class _Changes:
    """The places that were changed; of many changes alike, the first places and the number of the others."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lines: list[str] = []
        self._alike: dict[str, int] = {}

    def add(self, place: str, what: str) -> None:
        number = self._alike[what] = self._alike.get(what, 0) + 1
        if number <= _MAX_ALIKE:
            self._lines.append(f"{_clean(place)}: {what}")

    def lines(self) -> list[str]:
        further = [(what, number - _MAX_ALIKE) for what, number in self._alike.items() if number > _MAX_ALIKE]
        return self._lines + [f"{self._name} ({number} places more): {what}" for what, number in further]


class _Walk:
    def __init__(self, changes: _Changes, blobs: "BlobStore | None") -> None:
        self._change = changes.add
        self._blobs = blobs
        self._open: set[int] = set()
        self._objects = 0
        self._nodes = 0

    def plain(self, value: Any, place: str, depth: int) -> Any:
        """The value in words that JSON has."""
        self._nodes += 1
        if value is None or value is True or value is False:
            return value
        try:
            if depth > _MAX_DEPTH:
                return self._named(value, place, "too deep, named only")
            kind = type(value)
            for kinds, write in _WRITERS:
                if issubclass(kind, kinds):
                    return write(self, value, place, depth)
            return self._foreign(value, kind, place, depth)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001  a hostile object may raise anything from anywhere
            self._change(place, f"could not be recorded ({kind_name(error)})")
            return f"<{kind_name(value)}>"

    def _str(self, value: str, place: str, depth: int) -> str:
        given = str.__str__(value)
        text = _clean(given)
        if text != given:
            self._change(place, "lone surrogates escaped")
        return text

    def _int(self, value: int, place: str, depth: int) -> int | str:
        number = int.__int__(value)
        if number in _INTEGERS:
            return number
        self._change(place, "integer beyond 64 bits as hexadecimal text")
        return hex(number)

    def _float(self, value: float, place: str, depth: int) -> float | str:
        number = float.__float__(value)
        if math.isfinite(number):
            return number
        self._change(place, "number that is not finite as text")
        return float.__repr__(number)

    def _bytes(self, value: bytes | bytearray | memoryview, place: str, depth: int) -> dict[str, str]:
        data = memoryview(value).tobytes()
        reference = store_bytes(data, self._blobs)
        self._change(place, "bytes as base64" if reference is None else "bytes as base64 in a blob")
        return {"base64": as_base64(data) if reference is None else reference}

    def _enum(self, value: enum.Enum, place: str, depth: int) -> Any:
        self._change(place, f"{kind_name(value)} {AS_VALUE}")
        return self.plain(value.value, place, depth + 1)

    def _dict(self, value: dict[Any, Any], place: str, depth: int) -> Any:
        # The list first: another thread may change the dictionary meanwhile.
        pairs = list(dict.items(value))
        return self._guarded(value, place, lambda: self._pairs(pairs, place, depth))

    def _mapping(self, value: Mapping[Any, Any], place: str, depth: int) -> Any:
        # Foreign code says what is in it, and may never come to an end.
        pairs = list(islice(value.items(), _MAX_NODES + 1))
        self._change(place, f"{kind_name(value)} {AS_DICTIONARY}")
        return self._guarded(value, place, lambda: self._pairs(pairs, place, depth))

    def _pairs(self, pairs: list[tuple[Any, Any]], place: str, depth: int) -> dict[str, Any]:
        said: dict[str, Any] = {}
        twins: dict[str, int] = {}
        for done, (key, part) in enumerate(pairs):
            if self._is_full(place, done, len(pairs)):
                break
            name = self._key(key, place)
            if name in said:
                self._change(place, "a key that became like another marked with '")
                name = _unlike(name, said, twins)
            within = name[:_MAX_KEY_IN_PLACE]
            said[name] = self.plain(part, f"{place}.{within}" if place else within, depth + 1)
        return said

    def _key(self, key: Any, place: str) -> str:
        if issubclass(type(key), str):
            return self._str(key, f"{place} (key)", 0)
        self._change(place, f"a key of type {kind_name(key)} as text")
        return self._repr(key)

    def _list(self, value: Iterable[Any], place: str, depth: int) -> Any:
        # The methods of the base class: those of a sub-class may be anything.
        base = next(each for each in (list, tuple, deque, set, frozenset) if issubclass(type(value), each))
        parts: list[Any] = list(base.__iter__(value))  # type: ignore[arg-type]
        if base is not list:
            self._change(place, f"{kind_name(value)} {AS_LIST}")
        return self._guarded(value, place, lambda: self._parts(parts, place, depth))

    def _parts(self, parts: list[Any], place: str, depth: int) -> list[Any]:
        said: list[Any] = []
        for done, part in enumerate(parts):
            if self._is_full(place, done, len(parts)):
                break
            said.append(self.plain(part, f"{place}[{done}]", depth + 1))
        return said

    def _tuple(self, value: tuple[Any, ...], place: str, depth: int) -> Any:
        names = getattr(type(value), "_fields", None)
        if type(value) is tuple or names is None:
            return self._list(value, place, depth)
        pairs = list(zip(names, tuple.__iter__(value), strict=True))
        return self._fields_of(value, pairs, place, depth)

    def _set(self, value: AnySet[Any], place: str, depth: int) -> Any:
        parts = list(islice(value, _MAX_NODES + 1))
        self._change(place, "set as a sorted list of its members")
        said = self._guarded(value, place, lambda: self._parts(parts, place, depth))
        return sorted(said, key=orjson.dumps) if isinstance(said, list) else said

    def _moment(self, value: datetime.datetime | datetime.date | datetime.time, place: str, depth: int) -> str:
        self._change(place, f"{kind_name(value)} {AS_TEXT}")
        return _clean(value.isoformat())

    def _as_text(self, value: Any, place: str) -> str:
        self._change(place, f"{kind_name(value)} {AS_TEXT}")
        return _clean(str(value))

    def _fragment(self, value: orjson.Fragment, place: str, depth: int) -> Any:
        # What somebody says is JSON already: believed when it has been read.
        return self.plain(orjson.loads(orjson.dumps(value)), place, depth + 1)

    def _error(self, value: BaseException, place: str, depth: int) -> dict[str, str]:
        self._change(place, f"{kind_name(value)} as its type and message")
        return described(value)

    def _foreign(self, value: Any, kind: type, place: str, depth: int) -> Any:
        if issubclass(kind, type):
            return self._named(value, place, "class named only")
        if _has_usual_text(kind):
            return self._as_text(value, place)
        if callable(getattr(kind, "model_dump", None)):
            self._change(place, f"{kind_name(value)} {AS_FIELDS}")
            return self._guarded(value, place, lambda: self._dumped(value.model_dump(), place, depth))
        if hasattr(kind, "__fields__") and callable(getattr(kind, "_iter", None)):
            # A model of pydantic's first kind, which would not stop at parts that contain themselves if asked for all of it.
            return self._fields_of(value, list(islice(value._iter(to_dict=False), _MAX_NODES)), place, depth)
        names = getattr(kind, "__dataclass_fields__", None) or [each.name for each in getattr(kind, "__attrs_attrs__", ())]
        if names:
            return self._fields_of(value, self._readable(value, names, place), place, depth)
        if hasattr(kind, "tolist") and hasattr(kind, "dtype"):
            return self._array(value, place, depth)
        return self._attributes(value, place, depth)

    def _fields_of(self, value: Any, pairs: list[tuple[Any, Any]], place: str, depth: int) -> Any:
        self._change(place, f"{kind_name(value)} {AS_FIELDS}")
        return self._guarded(value, place, lambda: self._pairs(self._without_credentials(pairs, place), place, depth))

    def _dumped(self, said: Any, place: str, depth: int) -> Any:
        if type(said) is not dict:
            return self.plain(said, place, depth + 1)
        return self._pairs(self._without_credentials(list(said.items()), place), place, depth)

    def _without_credentials(self, pairs: list[tuple[Any, Any]], place: str) -> list[tuple[Any, Any]]:
        """Agents carry the keys of their clients about with them; nobody means to log those."""
        said = []
        for name, part in pairs:
            if part is not None and isinstance(name, str) and is_credential(str.__str__(name)):
                part = self._credential(part, f"{place}.{name}", 0)
            said.append((name, part))
        return said

    def _credential(self, value: object, place: str, depth: int) -> str:
        self._change(place, "credential withheld")
        return WITHHELD

    def _readable(self, value: Any, names: Iterable[str], place: str) -> list[tuple[Any, Any]]:
        pairs = []
        for name in names:
            try:
                pairs.append((name, getattr(value, name)))
            except Exception as error:  # noqa: BLE001  one field that cannot be read costs that field
                self._change(f"{place}.{name}", f"could not be read ({kind_name(error)})")
        return pairs

    def _array(self, value: Any, place: str, depth: int) -> Any:
        size = math.prod(value.shape)
        if size > _MAX_ARRAY:
            return self._named(value, place, f"array of shape {tuple(map(int, value.shape))} named only")
        numbers = value.tolist()
        if type(numbers) is type(value):
            return self._named(value, place, "object as its repr")
        self._change(place, f"{kind_name(value)} as plain numbers")
        return self.plain(numbers, place, depth + 1)

    def _attributes(self, value: Any, place: str, depth: int) -> Any:
        said = self._held(value)
        if not said or self._objects >= _MAX_OBJECT_DEPTH or callable(value):
            return self._named(value, place, "object as its repr")
        self._change(place, f"{kind_name(value)} as its attributes")
        self._objects += 1
        try:
            return self._guarded(value, place, lambda: self._pairs(self._without_credentials(said, place), place, depth))
        finally:
            self._objects -= 1

    def _held(self, value: Any) -> list[tuple[Any, Any]]:
        """The public attributes that an object holds itself; none of its own code is asked."""
        try:
            held = object.__getattribute__(value, "__dict__")
        except AttributeError:
            return []
        return [(name, part) for name, part in list(dict.items(held)) if isinstance(name, str) and not name.startswith("_")]

    def _named(self, value: Any, place: str, what: str) -> str:
        self._change(place, what)
        deep = issubclass(type(value), (Mapping, list, tuple, deque, AnySet))
        return f"<{kind_name(value)}>" if deep else self._repr(value)

    def _repr(self, value: Any) -> str:
        try:
            return _clean(repr(value)[:_MAX_REPR])
        except Exception:  # noqa: BLE001  it has no repr, or one that raises
            return f"<{kind_name(value)}>"

    def _is_full(self, place: str, done: int, there: int) -> bool:
        if self._nodes < _MAX_NODES:
            return False
        self._change(place, f"too large, cut after {done} of {there} parts")
        return True

    def _guarded(self, value: Any, place: str, write: Callable[[], Any]) -> Any:
        if id(value) in self._open:
            self._change(place, "a cycle cut")
            return f"<{kind_name(value)}: contains itself>"
        self._open.add(id(value))
        try:
            return write()
        finally:
            self._open.discard(id(value))


def _unlike(name: str, said: dict[str, Any], twins: dict[str, int]) -> str:
    """A key like this one that is not in use yet; how often each was asked for is kept, so that many twins cost no more than few."""
    number, new = twins.get(name, 0), name
    while new in said:
        number += 1
        new = f"{name}'" if number == 1 else f"{name}'{number}"
    twins[name] = number
    return new


def _has_usual_text(kind: type) -> bool:
    """Whether this is a kind of identifier, path or number that everybody writes in the same way."""
    # A module that nobody has loaded made no value, and need not be loaded for this.
    loaded = ((sys.modules.get(module), name) for module, name in _USUAL_TEXTS)
    return any(module is not None and issubclass(kind, getattr(module, name, ())) for module, name in loaded)


_USUAL_TEXTS = (("uuid", "UUID"), ("pathlib", "PurePath"), ("decimal", "Decimal"))
_Writer = Callable[[_Walk, Any, str, int], Any]
_WRITERS: list[tuple[Any, _Writer]] = [
    (str, _Walk._str),
    (int, _Walk._int),
    (float, _Walk._float),
    ((bytes, bytearray, memoryview), _Walk._bytes),
    (dict, _Walk._dict),
    (tuple, _Walk._tuple),
    ((list, deque), _Walk._list),
    ((set, frozenset, AnySet), _Walk._set),
    (enum.Enum, _Walk._enum),
    ((datetime.datetime, datetime.date, datetime.time), _Walk._moment),
    (orjson.Fragment, _Walk._fragment),
    (BaseException, _Walk._error),
    (Mapping, _Walk._mapping),
    (Credential, _Walk._credential),
]
