"""Any Python value as JSON bytes.

What JSON has words for is written by one call of orjson and comes back equal. Anything else goes the long way of `agentlog.capture.walk`,
and every place at which reading gives something else than what was given is listed in ``changed``: another notation of the same thing, or
a loss (`agentlog.schema.changes`). The bytes are a snapshot: later changes of the value do not reach them.

`encode` raises nothing but KeyboardInterrupt and SystemExit. Those may be the user's Ctrl-C, or the exit of a signal handler, that came
while the value was looked at; to swallow them would hurt an agent more than a class does that raises them on purpose. The code of foreign
classes (``__repr__``, ``model_dump``, ``items``) is run in the caller's thread, so one that never returns is not survived.
"""

import math
from collections.abc import Collection, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

if TYPE_CHECKING:
    from agentlog.store.blobs import BlobStore

LEAST_PAYLOAD = 1024
"""Payloads of up to so many bytes stay in the record."""

# The reader takes 200 levels, and a value stands some levels deep within its record.
_MOST_LEVELS = 190
# A value can refer to a part of itself many times over, and would grow without end when it is written out.
_MOST_PARTS = 2_000_000
_MANY = 10_000
_LONG = 30
_SCALARS = frozenset({str, int, bool, type(None)})
_FLOATS = frozenset({float})


class Encoded(NamedTuple):
    """JSON bytes, and what was changed to get them."""

    data: bytes
    changed: list[str]


def encode(value: Any, name: str = "", blobs: "BlobStore | None" = None) -> Encoded:
    """A value as JSON; ``name`` is what the places in ``changed`` begin with, and ``blobs`` is where binary payloads go, if anywhere."""
    try:
        if is_plain(value):
            data = orjson.dumps(value)
            return Encoded(data, []) if blobs is None else _without_payloads(value, data, name, blobs)
    except (TypeError, ValueError, RuntimeError):
        # A key that is no text, an integer beyond 64 bits, a lone surrogate, or another thread that changes the value meanwhile.
        pass
    return Encoded(*_walk().encode_patiently(value, name, blobs))


def is_plain(value: Any) -> bool:
    """Whether a value consists of nothing but what JSON has words for, so that it comes back equal; keys are not looked at."""
    # Level by level, so that neither depth nor a cycle takes any stack. Text first: most parts are text.
    level: Sequence[Any] = (value,) if type(value) is dict or type(value) is list else ((value,),)
    parts = 0
    for _ in range(_MOST_LEVELS):
        deeper = []
        for whole in level:
            parts += len(whole)
            if parts > _MOST_PARTS:
                return False
            values = whole.values() if type(whole) is dict else whole
            if len(whole) > _LONG and _are_plain_scalars(values):
                continue
            for part in values:
                kind = type(part)
                if kind is str:
                    continue
                if kind is dict or kind is list:
                    deeper.append(part)
                elif kind not in _SCALARS and (kind is not float or part - part != 0):
                    # Only what is finite gives nothing when taken from itself.
                    return False
        if not deeper:
            return True
        if len(deeper) > _MANY and len({*map(id, deeper)}) < len(deeper) // 2:
            return False
        level = deeper
    return False


def _are_plain_scalars(values: Collection[Any]) -> bool:
    """Whether many values, numbers as a rule, can be seen to be plain without a look at each in turn."""
    kinds = {*map(type, values)}
    return kinds <= _SCALARS or (kinds == _FLOATS and all(map(math.isfinite, values)))


def dump_record(record: dict[str, Any]) -> bytes:
    """A record as a line of the log, whatever its parts are; parts that are fragments already stand as they are."""
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return encode(record).data + b"\n"


def describe_error(error: BaseException) -> dict[str, str]:
    """An exception's type and message; an exception that cannot say its message is described all the same."""
    try:
        said: dict[str, str] = _walk().described(error)
    except ImportError:
        # The interpreter is shutting down, and loads nothing any more.
        said = {"type": type(error).__name__, "message": ""}
    return said


@cache
def _walk() -> Any:
    """The serialiser of all that JSON has no word for. Loaded when first needed: it knows many kinds, whose modules take long to load."""
    from agentlog.capture import walk

    return walk


def _without_payloads(value: Any, data: bytes, name: str, blobs: "BlobStore") -> Encoded:
    if len(data) <= LEAST_PAYLOAD:
        return Encoded(data, [])
    from agentlog.capture.binary import take_out

    said, changed = take_out(value, name, blobs)
    return Encoded(data if said is value else orjson.dumps(said), changed)
