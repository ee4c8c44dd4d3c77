"""GroupFlush: who waits at the same time shares a flush, and nobody waits for himself."""

import threading

import pytest

from agentlog.store.group_flush import Batch, GroupFlush


class Disk:
    """Lines gather in a batch; a flush takes it, and lasts until it may end."""

    def __init__(self) -> None:
        self.lock, self.batch = threading.Lock(), Batch()
        self.begun, self.may_end = threading.Semaphore(0), threading.Semaphore(0)
        self.flushed: list[int] = []

    def write(self) -> Batch:
        with self.lock:
            self.batch.lines += 1
            return self.batch

    def flush(self, batch: Batch) -> None:
        with self.lock:
            if batch is not self.batch:
                return
            self.batch = Batch()
        self.begun.release()
        assert self.may_end.acquire(timeout=60)
        self.flushed.append(batch.lines)
        batch.flushed = True


def test_lines_written_while_a_flush_goes_on_share_the_next() -> None:
    threads = 20
    disk, group, said = Disk(), GroupFlush(), []
    waiting = [threading.Thread(target=lambda: said.append(group.wait_for(disk.write(), disk.flush))) for _ in range(threads)]
    waiting[0].start()
    assert disk.begun.acquire(timeout=60)
    for thread in waiting[1:]:
        thread.start()
    while disk.batch.lines < threads - 1:
        threading.Event().wait(0.001)
    disk.may_end.release(threads)
    for thread in waiting:
        thread.join(60)
    assert said == [True] * threads
    assert disk.flushed == [1, threads - 1]


def test_a_flush_within_a_flush_of_the_same_thread_does_not_wait_for_it() -> None:
    group, order = GroupFlush(), []
    outer, inner = Batch(), Batch()

    def flush(batch: Batch) -> None:
        if batch is outer:
            assert group.wait_for(inner, flush)
        order.append(batch)
        batch.flushed = True

    assert group.wait_for(outer, flush)
    assert order == [inner, outer]


def test_a_flush_that_is_interrupted_leaves_the_turn_to_others() -> None:
    group, batch = GroupFlush(), Batch()

    def interrupted(batch: Batch) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        group.wait_for(batch, interrupted)

    def failing(batch: Batch) -> None:
        batch.failed = batch.flushed = True

    said: list[bool] = []
    other = threading.Thread(target=lambda: said.append(group.wait_for(batch, failing)))
    other.start()
    other.join(60)
    assert said == [False]
