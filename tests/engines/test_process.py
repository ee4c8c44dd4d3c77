"""The process engine gives what serial gives, keeps its workers in hand, and says what went wrong."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.engines.base import Call
from agentlog.engines.fault import RemoteTraceback
from agentlog.engines.process import UNDER_WAY_PER_WORKER, ProcessEngine
from agentlog.engines.serial import SerialEngine
from agentlog.engines.worker_process import ONE_THREAD
from agentlog.errors import EngineError, SettingError
from tests.engines import toys


@pytest.fixture(scope="module")
def engine() -> Iterator[ProcessEngine]:
    with ProcessEngine(3) as engine:
        yield engine


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(st.binary(max_size=20), max_size=4), max_size=30), st.text(max_size=3))
def test_any_batches_give_what_serial_gives(engine: ProcessEngine, batches: list[list[bytes]], salt: str) -> None:
    call = toys.call(toys.digested, salt=salt)
    assert list(engine.map(call, batches)) == list(SerialEngine().map(call, batches))


@settings(deadline=None, max_examples=10)
@given(st.lists(st.floats(0, 0.01), min_size=10, max_size=30))
def test_results_come_in_order_however_long_each_takes(engine: ProcessEngine, naps: list[float]) -> None:
    assert list(engine.map(toys.call(toys.napping), naps)) == naps


def test_large_batches_and_results_cross_whole(engine: ProcessEngine) -> None:
    batches = [[os.urandom(3_000_000)], [], [b"", os.urandom(1)]]
    assert list(engine.map(Call("builtins:list"), batches)) == batches


def test_batches_are_taken_only_as_their_results_are_wanted(engine: ProcessEngine) -> None:
    taken = 0

    def batches() -> Iterator[list[int]]:
        nonlocal taken
        for taken in range(1, 1_000_001):
            yield [taken]

    results = engine.map(Call("builtins:sum"), batches())
    for number in range(1, 200):
        assert next(results) == number
        assert taken <= number + UNDER_WAY_PER_WORKER * engine.workers


def test_no_batches_need_no_worker() -> None:
    with ProcessEngine(2) as engine:
        assert list(engine.map(toys.call(toys.place), [])) == []
        assert engine._keepers == []


def test_workers_live_over_several_maps_and_never_are_more_than_asked_for() -> None:
    with ProcessEngine(2) as engine:
        first = set(engine.map(toys.call(toys.place), range(50)))
        second = set(engine.map(toys.call(toys.place), range(50)))
    assert len(first | second) <= 2
    assert os.getpid() not in first


def test_two_maps_at_once_do_not_mix(engine: ProcessEngine) -> None:
    sums = engine.map(Call("builtins:sum"), ([number] for number in range(40)))
    lists = engine.map(Call("builtins:list"), ([number] for number in range(40)))
    assert list(zip(sums, lists, strict=True)) == [(number, [number]) for number in range(40)]


def test_a_function_is_looked_up_once_in_each_worker() -> None:
    counted = Call(f"{toys.__name__}:times_looked_up")
    with ProcessEngine(2) as engine:
        seen = list(engine.map(counted, range(20)))
        list(engine.map(Call("builtins:str"), range(20)))
        seen += engine.map(counted, range(20))
    assert {times for _, times in seen} == {1}


def test_whoever_stops_early_can_go_on_with_another_map(engine: ProcessEngine) -> None:
    results = engine.map(toys.call(toys.napping), [0.001] * 1000)
    assert next(results) == 0.001
    results.close()  # type: ignore[attr-defined]
    assert list(engine.map(Call("builtins:sum"), [[1, 2]])) == [3]


def test_an_exception_arrives_as_itself_with_the_traceback_of_the_worker(engine: ProcessEngine) -> None:
    results = engine.map(toys.call(toys.failing), ["this"])
    with pytest.raises(ValueError, match=r"^cannot do this$") as caught:
        next(results)
    assert isinstance(caught.value.__cause__, RemoteTraceback)
    assert "toys.py" in str(caught.value.__cause__)
    with pytest.raises(SettingError, match=r"^setting that is wrong$"):
        next(engine.map(toys.call(toys.refusing), ["that"]))


def test_what_came_before_a_failure_is_given_and_the_engine_goes_on(engine: ProcessEngine) -> None:
    results = engine.map(toys.call(toys.napping), [0.0, 0.001, "long", 0.0])
    assert [next(results), next(results)] == [0.0, 0.001]
    with pytest.raises(TypeError):
        next(results)
    assert list(engine.map(Call("builtins:sum"), [[1, 2]])) == [3]


def test_an_exception_that_pickle_spoils_arrives_as_an_engine_error(engine: ProcessEngine) -> None:
    with pytest.raises(EngineError, match=r"UnlikeItsArguments: cheese 7$") as caught:
        next(engine.map(toys.call(toys.failing_unlike_its_arguments), ["cheese"]))
    assert "failing_unlike_its_arguments" in str(caught.value.__cause__)


def test_what_cannot_be_carried_is_named(engine: ProcessEngine) -> None:
    with pytest.raises(EngineError, match=r"the result of tests.engines.toys:unsendable cannot be sent back from a worker: .*lock"):
        next(engine.map(toys.call(toys.unsendable), [1]))
    with pytest.raises(EngineError, match=r"a batch for builtins:list cannot be sent to a worker"):
        next(engine.map(Call("builtins:list"), [lambda: 1]))
    with pytest.raises(EngineError, match=r"a worker cannot import the main program"):
        next(engine.map(Call("__main__:work"), [1]))


def test_a_function_that_is_not_there_is_an_error_of_its_batch(engine: ProcessEngine) -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        next(engine.map(Call("no_such_module:work"), [1]))


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_worker_that_is_killed_is_one_clear_error_and_is_replaced(engine: ProcessEngine, signal_number: signal.Signals) -> None:
    results = engine.map(toys.call(toys.dying), [None, None, int(signal_number), *[None] * 50])
    assert [next(results), next(results)] == [None, None]
    with pytest.raises(
        EngineError, match=rf"^a worker of the engine process ended \(killed by signal {signal_number:d}, {signal_number.name}\): "
    ):
        next(results)
    assert list(engine.map(toys.call(toys.dying), [None] * 20)) == [None] * 20


def test_every_worker_killed_at_once_is_no_hang(engine: ProcessEngine) -> None:
    with pytest.raises(EngineError, match="fewer workers or more memory may help"):
        list(engine.map(toys.call(toys.dying), [int(signal.SIGKILL)] * 50))
    assert list(engine.map(Call("builtins:sum"), [[1, 2]])) == [3]


def test_a_worker_that_leaves_is_told_with_its_exit_status(engine: ProcessEngine) -> None:
    with pytest.raises(EngineError, match=r"ended \(exit status 3\)"):
        list(engine.map(toys.call(toys.leaving), [3]))


def test_a_map_that_outlives_its_engine_is_told_so() -> None:
    with ProcessEngine(1) as engine:
        results = engine.map(toys.call(toys.napping), [0.0] + [60.0] * 9)
        assert next(results) == 0.0
    with pytest.raises(EngineError, match="closed"):
        list(results)
    with pytest.raises(EngineError, match="closed"):
        next(engine.map(Call("builtins:sum"), [[1]]))


def test_numeric_libraries_of_a_worker_have_one_thread(engine: ProcessEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    with ProcessEngine(1) as fresh:
        assert list(fresh.map(toys.call(toys.environment), [list(ONE_THREAD)])) == [list(ONE_THREAD.values())]
    assert os.environ["OMP_NUM_THREADS"] == "8"


def test_results_are_the_same_for_any_hash_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    orders, results = set(), set()
    words = [f"word {number}" for number in range(100)]
    for seed in ("1", "2", "3"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        with ProcessEngine(2) as engine:
            orders.add(tuple(next(engine.map(toys.call(toys.set_order), [words]))))
            results.add(str(list(engine.map(toys.call(toys.digested, salt="s"), [[word.encode()] for word in words]))))
    assert len(orders) == 3
    assert len(results) == 1


def test_the_console_is_the_users(engine: ProcessEngine, capfd: pytest.CaptureFixture[str]) -> None:
    with ProcessEngine(1) as fresh:
        assert list(fresh.map(toys.call(toys.printed), ["said by a worker"])) == ["said by a worker"]
        assert list(fresh.map(toys.call(toys.standard_input), [0])) == [""]
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "said by a worker\n")


def test_a_worker_finds_what_this_process_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    (tmp_path / "module_of_the_user.py").write_text("def shout(batch): return batch.upper()\n")
    with ProcessEngine(1) as fresh:
        assert list(fresh.map(Call("module_of_the_user:shout"), ["hi"])) == ["HI"]
