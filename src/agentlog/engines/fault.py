"""An exception on its way from a worker to whoever waits for the result.

It arrives as itself wherever pickle can carry it whole, which was tried before it is sent; otherwise as an `EngineError` that has its type
and message. Either way the traceback of the worker comes along as text, as the cause.
"""

import pickle
import traceback

from agentlog.errors import EngineError


class RemoteTraceback(Exception):
    """The cause of an exception that was raised in a worker: its traceback there, as text."""

    def __str__(self) -> str:
        return f"in a worker:\n{self.args[0]}"


def pack_fault(error: BaseException) -> bytes:
    """An exception as bytes, with its traceback."""
    line = traceback.format_exception_only(error)[-1].strip()
    return pickle.dumps((_carried(error), line, "".join(traceback.format_exception(error))))


def unpack_fault(packed: bytes | bytearray) -> BaseException:
    """The exception, to be raised here."""
    carried, line, trace = pickle.loads(packed)
    error: BaseException
    try:
        error = pickle.loads(carried)
    except Exception:  # noqa: BLE001  a class that is not here can fail to load in any way, and its line is told all the same
        error = EngineError(f"a function failed in a worker: {line}")
    error.__cause__ = RemoteTraceback(trace)
    return error


def _carried(error: BaseException) -> bytes:
    """The exception in pickle, or nothing if it would not come out as it went in: many a class cannot be made from its ``args``."""
    try:
        packed = pickle.dumps(error)
        copy = pickle.loads(packed)
        same = type(copy) is type(error) and str(copy) == str(error)
    except Exception:  # noqa: BLE001  the exception's own code runs here
        return b""
    return packed if same else b""
