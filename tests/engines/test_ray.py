"""The Ray engine gives what serial gives on a real local Ray of two workers, which is private, silent and gone afterwards."""

import ipaddress
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.engines.base import Call
from agentlog.engines.fault import RemoteTraceback
from agentlog.engines.ray import RayEngine
from agentlog.engines.serial import SerialEngine
from agentlog.errors import EngineError, SettingError
from tests.engines import toys

ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'agentlog[ray]'")
pytest.importorskip("pyarrow", reason="pyarrow is not installed: pip install 'agentlog[ray]'")

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60


@pytest.fixture(scope="module")
def engine() -> Iterator[RayEngine]:
    with RayEngine(2) as engine:
        yield engine
    assert not ray.is_initialized()


@settings(deadline=None, max_examples=4)
@given(st.lists(st.lists(st.binary(max_size=20), max_size=4), max_size=30), st.text(max_size=3))
def test_any_batches_give_what_serial_gives(engine: RayEngine, batches: list[list[bytes]], salt: str) -> None:
    call = toys.call(toys.digested, salt=salt)
    assert list(engine.map(call, batches)) == list(SerialEngine().map(call, batches))


def test_results_come_in_order_over_several_windows_however_long_each_takes(engine: RayEngine) -> None:
    naps = [0.001 * (number % 7) for number in range(200)]
    assert list(engine.map(toys.call(toys.napping), naps)) == naps


def test_batches_are_taken_only_as_their_results_are_wanted(engine: RayEngine) -> None:
    taken = 0

    def batches() -> Iterator[list[int]]:
        nonlocal taken
        for taken in range(1, 1_000_001):
            yield [taken]

    results = engine.map(Call("builtins:sum"), batches())
    assert [next(results) for _ in range(70)] == list(range(1, 71))
    assert taken <= 200
    results.close()  # type: ignore[attr-defined]
    assert list(engine.map(Call("builtins:sum"), [[1, 2]])) == [3]


def test_no_batches_start_nothing() -> None:
    with RayEngine(1) as fresh:
        assert list(fresh.map(toys.call(toys.place), [])) == []
        assert fresh._end is None


def test_an_exception_arrives_as_itself_with_the_traceback_of_the_worker(engine: RayEngine) -> None:
    with pytest.raises(SettingError, match=r"^setting that is wrong$") as caught:
        next(engine.map(toys.call(toys.refusing), ["that"]))
    assert isinstance(caught.value.__cause__, RemoteTraceback)
    assert "toys.py" in str(caught.value.__cause__)


def test_what_cannot_be_carried_is_named(engine: RayEngine) -> None:
    with pytest.raises(EngineError, match=r"the result of tests.engines.toys:unsendable cannot be sent back from a worker: .*lock"):
        next(engine.map(toys.call(toys.unsendable), [1]))


def test_a_batch_that_kills_its_worker_again_and_again_is_one_clear_error(engine: RayEngine, capfd: pytest.CaptureFixture[str]) -> None:
    results = engine.map(toys.call(toys.dying), [None, int(signal.SIGKILL)])
    with pytest.raises(EngineError, match=r"^a worker of the engine ray ended again and again"):
        list(results)
    assert list(engine.map(Call("builtins:sum"), [[1, 2]])) == [3]
    assert capfd.readouterr() == ("", "")


def test_a_batch_whose_worker_dies_once_is_run_again(engine: RayEngine, tmp_path: Path) -> None:
    marks = [str(tmp_path / "first"), str(tmp_path / "second")]
    assert list(engine.map(toys.call(toys.dying_once), marks)) == marks


def test_workers_are_as_many_as_asked_for_with_one_thread_each(engine: RayEngine) -> None:
    places = set(engine.map(toys.call(toys.place), range(64)))
    assert 1 <= len(places) <= 2
    assert os.getpid() not in places
    assert next(engine.map(toys.call(toys.environment), [["OMP_NUM_THREADS", "RAYON_NUM_THREADS"]])) == ["1", "1"]


def test_a_local_ray_is_private(engine: RayEngine) -> None:
    psutil = pytest.importorskip("psutil")
    assert list(engine.map(Call("builtins:sum"), [[1]])) == [1]
    family = [psutil.Process(), *psutil.Process().children(recursive=True)]
    sockets = [one for process in family if process.is_running() for one in process.net_connections("inet")]
    hosts = {address.ip.removeprefix("::ffff:") for one in sockets for address in (one.laddr, one.raddr) if address}
    assert hosts
    assert all(ipaddress.ip_address(host).is_loopback for host in hosts), hosts
    assert not {"RAY_AUTH_TOKEN", "RAY_AUTH_MODE", "RAY_USAGE_STATS_ENABLED"} & set(os.environ)
    folder = Path(ray._private.worker._global_node.get_session_dir_path()).parents[1]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.parent in (Path(tempfile.gettempdir()), Path("/tmp"))


def test_a_connection_that_was_there_is_used_and_left_open(engine: RayEngine) -> None:
    assert list(engine.map(Call("builtins:sum"), [[1]])) == [1]
    with RayEngine(2, address="auto") as second:
        assert list(second.map(Call("builtins:sum"), [[1, 2]])) == [3]
    assert ray.is_initialized()
    with RayEngine(2, address="elsewhere:6379") as third, pytest.raises(SettingError, match="not to elsewhere:6379"):
        next(third.map(Call("builtins:sum"), [[1]]))


def test_a_cluster_that_does_not_answer_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, f"127.0.0.1:{port}", "here"],
        env=_clean(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    first, second = done.stdout.splitlines()
    assert first.startswith(f"EngineError: no Ray cluster can be reached at 127.0.0.1:{port}: ")
    assert second == "SettingError: here is no address of a Ray cluster: give host:port, or auto"


def _clean() -> dict[str, str]:
    """The environment of a program that has no connection to Ray yet."""
    return os.environ | {"PYTHONPATH": str(ROOT / "src")}


ELSEWHERE = """
import sys
from agentlog.engines.base import Call
from agentlog.engines.ray import RayEngine
from agentlog.errors import AgentlogError

for address in sys.argv[1:]:
    try:
        with RayEngine(1, address) as engine:
            list(engine.map(Call("builtins:sum"), [[1]]))
    except AgentlogError as error:
        print(f"{type(error).__name__}: {error}")
"""

PROGRAM = """
from agentlog.engines.base import Call
from agentlog.engines.ray import RayEngine

with RayEngine(1) as engine:
    results = engine.map(Call("builtins:sum"), ([number] for number in range(1000)))
    print(next(results))
print("left")
"""


def test_an_engine_that_is_closed_early_is_silent_leaves_no_file_and_starts_no_other_ray(tmp_path: Path) -> None:
    folder = tempfile.mkdtemp(prefix="t-", dir="/tmp")
    environment = _clean() | {"TMPDIR": folder, "HOME": str(tmp_path)}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("0\nleft\n", "", 0)
    assert list(tmp_path.iterdir()) == []
    Path(folder).rmdir()


def test_the_level_of_another_logger_stays_as_it_was(engine: RayEngine) -> None:
    before = logging.getLogger().level
    assert list(engine.map(Call("builtins:sum"), [[1]])) == [1]
    assert logging.getLogger().level == before
