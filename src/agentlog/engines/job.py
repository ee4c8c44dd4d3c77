"""One batch's work, as a worker of any engine does it: bytes in, bytes out.

A call is resolved once in each worker process and kept, for what it loads may be heavy. Nothing that the function raises escapes: it is the
answer.
"""

import pickle
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from agentlog.engines.base import Call
from agentlog.engines.fault import pack_fault, unpack_fault
from agentlog.errors import EngineError

PROTOCOL = 5
Packed = bytes | bytearray | memoryview


class Answer(NamedTuple):
    """What became of a batch: a pickled result, or the packed exception."""

    done: bool
    payload: bytes | bytearray


def pack_call(call: Call) -> bytes:
    """A call as bytes.

    Raises:
        EngineError: its function is in the main program, which no worker imports, or its arguments cannot be carried.
    """
    if call.target.startswith("__main__:"):
        raise EngineError(f"{call.target}: a worker cannot import the main program; move the function to a module of its own")
    try:
        return pickle.dumps(Call(call.target, dict(call.arguments)), protocol=PROTOCOL)
    except Exception as error:
        raise EngineError(f"the arguments of {call.target} cannot be sent to a worker: {error}") from error


def pack_batch(batch: Any, target: str) -> bytes:
    """A batch as bytes.

    Raises:
        EngineError: it holds something that pickle cannot carry.
    """
    try:
        return pickle.dumps(batch, protocol=PROTOCOL)
    except Exception as error:
        raise EngineError(f"a batch for {target} cannot be sent to a worker: {error}") from error


def answer(packed_call: bytes, packed_batch: Packed) -> Answer:
    """Do the work."""
    try:
        function, target = _resolved(packed_call)
        result = function(pickle.loads(packed_batch))
    except BaseException as error:  # noqa: BLE001  whatever it is, the one who waits gets it
        return Answer(False, pack_fault(error))
    try:
        return Answer(True, pickle.dumps(result, protocol=PROTOCOL))
    except Exception as error:  # noqa: BLE001  pickling runs the result's own code
        return Answer(False, pack_fault(EngineError(f"the result of {target} cannot be sent back from a worker: {error}")))


def unpack_answer(given: Answer) -> Any:
    """The result.

    Raises:
        BaseException: what the function raised.
    """
    if not given.done:
        raise unpack_fault(given.payload)
    return pickle.loads(given.payload)


@lru_cache(maxsize=64)
def _resolved(packed: bytes) -> tuple[Callable[[Any], Any], str]:
    call: Call = pickle.loads(packed)
    return call.resolve(), call.target
