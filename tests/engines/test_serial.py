"""The reference engine resolves a call by name and keeps the order of the batches."""

from agentlog.engines.base import Call
from agentlog.engines.serial import SerialEngine


def scaled(batch: list[int], *, by: int) -> list[int]:
    return [number * by for number in batch]


def test_results_come_in_the_order_of_the_batches() -> None:
    call = Call(f"{__name__}:scaled", {"by": 3})
    with SerialEngine() as engine:
        assert list(engine.map(call, [[1], [], [3, 2]])) == [[3], [], [9, 6]]
