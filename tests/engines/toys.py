"""Functions that workers run in the tests of the engines. They are found by name, so they live in a module of their own."""

import hashlib
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any, NoReturn

from agentlog.engines.base import Call
from agentlog.errors import SettingError

_looked_up = 0


class UnlikeItsArguments(Exception):
    """An exception that pickle takes apart but cannot put together again."""

    def __init__(self, what: str, number: int) -> None:
        super().__init__(f"{what} {number}")


def call(function: Any, **arguments: Any) -> Call:
    return Call(f"{__name__}:{function.__name__}", arguments)


def digested(batch: list[bytes], *, salt: str) -> list[str]:
    return [hashlib.sha256(salt.encode() + item).hexdigest() for item in batch]


def napping(batch: float) -> float:
    time.sleep(batch)
    return batch


def place(batch: Any) -> int:
    return os.getpid()


def environment(batch: list[str]) -> list[str | None]:
    return [os.environ.get(name) for name in batch]


def set_order(batch: list[str]) -> list[str]:
    return list(set(batch))


def standard_input(batch: Any) -> str:
    return sys.stdin.read()


def printed(batch: str) -> str:
    print(batch)
    sys.stdout.flush()
    return batch


def failing(batch: str) -> NoReturn:
    raise ValueError(f"cannot do {batch}")


def refusing(batch: str) -> NoReturn:
    raise SettingError(f"setting {batch} is wrong")


def failing_unlike_its_arguments(batch: str) -> NoReturn:
    raise UnlikeItsArguments(batch, 7)


def unsendable(batch: Any) -> Any:
    return threading.Lock()


def dying(batch: int | None) -> int | None:
    if batch is not None:
        os.kill(os.getpid(), batch)
    return batch


def leaving(batch: int) -> NoReturn:
    os._exit(batch)


def dying_once(batch: str) -> str:
    try:
        Path(batch).touch(exist_ok=False)
    except FileExistsError:
        return batch
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def announced_and_stuck(batch: str) -> None:
    """Write the process id under a name that is there only when it is whole, and never come back."""
    part = Path(f"{batch}.part")
    part.write_text(str(os.getpid()))
    part.rename(batch)
    threading.Event().wait()


def _times_looked_up(batch: Any) -> tuple[int, int]:
    return os.getpid(), _looked_up


def __getattr__(name: str) -> Any:
    """Count how often `times_looked_up` is looked up in this process."""
    global _looked_up
    if name != "times_looked_up":
        raise AttributeError(name)
    _looked_up += 1
    return _times_looked_up
