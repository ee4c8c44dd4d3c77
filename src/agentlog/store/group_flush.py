"""GroupFlush: threads that wait for the disk at the same time share one flush, which one of them makes for all.

A flush takes as long for many lines as for one. So lines that are written while a flush goes on gather in a batch, and whoever comes first
when it is done flushes that. Who waits is woken when the flush has been made, and need not wait for the next. A signal handler or a
finaliser that logs while its own thread flushes makes a flush of its own.
"""

import threading
from collections.abc import Callable


class Batch:
    """Lines that share one flush: how many, whether it has been tried, and whether it failed."""

    __slots__ = ("failed", "flushed", "lines")

    def __init__(self) -> None:
        self.lines, self.flushed, self.failed = 0, False, False


class GroupFlush:
    """Lets threads wait for batches, and one of them flush."""

    def __init__(self) -> None:
        self._turns = threading.Condition()
        # The thread that flushes; 0 if none does.
        self._flusher = 0

    def wait_for(self, batch: Batch, flush: Callable[[Batch], None]) -> bool:
        """Wait until a batch has been flushed; returns whether its lines are on the disk.

        ``flush`` flushes the batch it is given, unless that has been done already, and marks it so.
        """
        me = threading.get_ident()
        while not batch.flushed:
            with self._turns:
                before = self._flusher
                if before not in (0, me):
                    self._turns.wait()
                    continue
                self._flusher = me
            try:
                flush(batch)
            finally:
                with self._turns:
                    self._flusher = before
                    self._turns.notify_all()
        return not batch.failed
