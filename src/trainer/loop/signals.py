"""Signals: a run that is asked to stop (Ctrl-C, SIGTERM, a scheduler that wants the machine) finishes its step and saves first.

The first signal is only noted down. A second one of the same kind does what it would have done without us: whoever asks twice does not
want to wait. Handlers belong to a process's main thread; in another one nothing is caught, and a signal does what it always did.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_CAUGHT = (signal.SIGINT, signal.SIGTERM)


class StopRequest:
    """Whether someone has asked for a stop. True as a condition from then on."""

    def __init__(self) -> None:
        self.number: signal.Signals | None = None
        """The signal, once there was one."""

    def __bool__(self) -> bool:
        return self.number is not None

    @property
    def by(self) -> str:
        """The name of the signal."""
        return self.number.name if self.number else ""


@contextmanager
def stop_on_signal() -> Iterator[StopRequest]:
    """Note down the first SIGINT or SIGTERM while the block runs; the handlers that were there before come back at its end."""
    request = StopRequest()
    if threading.current_thread() is not threading.main_thread():
        yield request
        return
    before: dict[int, Any] = {}

    def note(number: int, frame: FrameType | None) -> None:
        request.number = signal.Signals(number)
        signal.signal(number, before[number])

    for number in _CAUGHT:
        # None stands for a handler that was not installed from Python; it could not be put back.
        if signal.getsignal(number) not in (None, signal.SIG_IGN):
            before[number] = signal.getsignal(number)
            signal.signal(number, note)
    try:
        yield request
    finally:
        for caught, handler in before.items():
            signal.signal(caught, handler)
