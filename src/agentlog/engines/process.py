"""The engine that uses all CPUs of a machine: a few worker processes, each kept by a thread of this one.

A thread starts its worker, hands it a batch, waits for the answer and takes the next batch from the queue; so batches are sent and results
are fetched while the main thread is busy with what it gets. A worker that dies fails its batch with one clear error and is replaced when
the next batch comes. At most three batches for each worker are under way, those included that wait for their turn to be yielded.

Results come in the order of the batches because the futures are queued in that order, and for no other reason.
"""

import os
import queue
import signal
import threading
import weakref
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from agentlog.engines.base import Call
from agentlog.engines.job import pack_batch, pack_call, unpack_answer
from agentlog.engines.worker_process import WorkerProcess
from agentlog.errors import EngineError

UNDER_WAY_PER_WORKER = 3
_CLOSED = "the engine process was closed before its work was done"


@dataclass(slots=True)
class _Task:
    call: bytes
    target: str
    batch: Any
    future: Future[Any] = field(default_factory=Future)


_Tasks = queue.SimpleQueue[_Task | None]


class ProcessEngine:
    """Runs batches in worker processes of this machine, which live until the engine is closed."""

    def __init__(self, workers: int) -> None:
        """Make the engine; the workers start with the first batches."""
        self._workers = workers
        self._tasks: _Tasks = queue.SimpleQueue()
        self._keepers: list[_Keeper] = []
        self._end = weakref.finalize(self, _end_all, self._keepers, self._tasks, os.getpid())

    @property
    def workers(self) -> int:
        """How many processes there are at most."""
        return self._workers

    def map(self, call: Call, batches: Iterable[Any]) -> Iterator[Any]:
        """The result of the call for each batch, in the order of the batches. See `Engine.map`."""
        packed = pack_call(call)
        under_way: deque[Future[Any]] = deque()
        try:
            for batch in batches:
                under_way.append(self._submit(_Task(packed, call.target, batch)))
                while under_way and (under_way[0].done() or len(under_way) >= UNDER_WAY_PER_WORKER * self._workers):
                    yield _result(under_way.popleft())
            while under_way:
                yield _result(under_way.popleft())
        finally:
            for future in under_way:
                future.cancel()

    def close(self) -> None:
        """End the workers, busy or not."""
        self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _submit(self, task: _Task) -> Future[Any]:
        if not self._end.alive:
            raise EngineError("the engine process is closed")
        if len(self._keepers) < self._workers:
            self._keepers.append(_Keeper(self._tasks))
        self._tasks.put(task)
        return task.future


def _result(future: Future[Any]) -> Any:
    try:
        return future.result()
    except CancelledError:
        raise EngineError(_CLOSED) from None


class _Keeper:
    """A thread and its worker. The kernel ends the worker with the thread that started it, so this thread lives as long as the worker."""

    def __init__(self, tasks: _Tasks) -> None:
        self._tasks = tasks
        self._worker: WorkerProcess | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="agentlog-worker", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the worker and the thread, whatever they are doing."""
        self._ended.set()
        if worker := self._worker:
            worker.stop()

    def join(self) -> None:
        """Wait for the end of the thread and the worker."""
        self._thread.join()

    def _keep(self) -> None:
        # A worker inherits this mask, and so cannot be hit by a Ctrl-C before it has said that it ignores it.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        # A task is held by no name here while the next one is awaited: what it holds is large.
        while self._work(self._tasks.get()):
            pass
        self._let_go()

    def _work(self, task: _Task | None) -> bool:
        if task is None or self._ended.is_set():
            if task:
                task.future.cancel()
            return False
        if task.future.set_running_or_notify_cancel():
            try:
                result = self._answered(task)
            except BaseException as error:  # noqa: BLE001  it belongs to whoever waits for the result
                task.future.set_exception(error)
            else:
                task.future.set_result(result)
        return True

    def _answered(self, task: _Task) -> Any:
        packed = pack_batch(task.batch, task.target)
        worker = self._worker or self._hire()
        try:
            given = worker.ask(task.call, packed)
        except EngineError:
            if self._ended.is_set():
                raise EngineError(_CLOSED) from None
            self._let_go()
            raise
        return unpack_answer(given)

    def _hire(self) -> WorkerProcess:
        self._worker = worker = WorkerProcess()
        if self._ended.is_set():
            worker.stop()
        return worker

    def _let_go(self) -> None:
        worker, self._worker = self._worker, None
        if worker:
            worker.stop()
            worker.bury()


def _end_all(keepers: list[_Keeper], tasks: _Tasks, owner: int) -> None:
    """End every worker, and give up the batches that none has begun. A forked child, where this runs at exit too, leaves them alone."""
    if os.getpid() != owner:
        return
    for keeper in keepers:
        keeper.stop()
        tasks.put(None)
    for keeper in keepers:
        keeper.join()
    while not tasks.empty():
        if left := tasks.get():
            left.future.cancel()
    keepers.clear()
