"""The reference engine resolves a call by name and keeps the order of the batches."""

import pytest

from agentlog.engines.base import Call
from agentlog.engines.registry import ENGINES, make_engine
from agentlog.engines.serial import SerialEngine
from agentlog.errors import SettingError


def scaled(batch: list[int], *, by: int) -> list[int]:
    return [number * by for number in batch]


def test_results_come_in_the_order_of_the_batches() -> None:
    call = Call(f"{__name__}:scaled", {"by": 3})
    assert list(SerialEngine().map(call, [[1], [], [3, 2]])) == [[3], [], [9, 6]]


def test_every_name_makes_an_engine_and_no_other_does() -> None:
    for name in ENGINES:
        assert list(make_engine(name).map(Call("builtins:sum"), [[1, 2]])) == [3]
    with pytest.raises(SettingError, match="choose from serial"):
        make_engine("warp")
