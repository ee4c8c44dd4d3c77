"""The engine that runs on Ray Data: on this machine, or on a cluster by its address. The only module that imports Ray.

Batches cross as pickled bytes with their number, a few to a block, since each block costs Ray Data some milliseconds, and it maps blocks to
blocks in tasks of one CPU. Its inputs must be known when a dataset is made, so the batches are cut into windows, each a dataset of its own;
while the results of one window are handed on, the next is already at work. Two windows at most are in memory, however many batches there
are. Order is asked of Ray Data and proven by the numbers. Ray runs a batch again whose worker died, which is harmless for a pure function;
it gives up after a few times.

A Ray that this engine starts on its own is private: it listens on the loopback only and asks for a secret, tells nobody of its use, has no
dashboard, keeps its files in a folder for this user alone, prints nothing, and ends with the engine. A connection that was there before
is used and left open. The workers of a cluster need the same agentlog; another version is refused.
"""

import ipaddress
import logging
import os
import secrets
import shutil
import socket
import sys
import tempfile
import threading
import warnings
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from agentlog._extras import require
from agentlog.engines.base import Call
from agentlog.engines.cpus import available_cpus
from agentlog.engines.fault import pack_fault
from agentlog.engines.job import Answer, answer, pack_batch, pack_call, unpack_answer
from agentlog.engines.worker_process import ONE_THREAD
from agentlog.errors import EngineError, SettingError

WINDOW_BYTES = 64 * 2**20
"""A window has at most this many bytes of batches, or one batch."""

_LEAST_WINDOW = 64
_WINDOW_PER_WORKER = 8
_BLOCKS_PER_WORKER = 4
_WINDOWS_UNDER_WAY = 2
_RETRIES = 2
_PATIENCE_S = 2.0
_KNOCK_S = 5.0
_STORE_BYTES = 512 * 2**20
_LONGEST_FOLDER = 40
"""In characters: Ray puts Unix sockets some 65 characters deeper, and those have at most 107."""


class RayEngine:
    """Runs batches as tasks of Ray Data."""

    def __init__(self, workers: int | None = None, address: str | None = None) -> None:
        """Make the engine; Ray starts with the first map.

        Raises:
            SettingError: the address is one of a Ray client, which Ray Data does not run over.
        """
        if address is not None and address.startswith("ray://"):
            raise SettingError(
                f"{address}: Ray Data does not run over a Ray client; run on a machine of the cluster with host:port, or auto"
            )
        self._wanted = workers
        self._address = address
        self._windows: list[_Window] = []
        self._end: weakref.finalize[..., RayEngine] | None = None
        self._closed = False

    @property
    def workers(self) -> int:
        """How many tasks run at once: those asked for, or else the CPUs of this machine, or of the cluster once it is connected."""
        if self._wanted is None and self._end and self._end.alive:
            import ray

            return max(1, int(ray.cluster_resources().get("CPU", 1)))
        return self._wanted or available_cpus()

    def map(self, call: Call, batches: Iterable[Any]) -> Iterator[Any]:
        """The result of the call for each batch, in the order of the batches. See `Engine.map`."""
        packed = pack_call(call)
        under_way: deque[_Window] = deque()
        try:
            for window in self._cut(pack_batch(batch, call.target) for batch in batches):
                under_way.append(self._launch(packed, window))
                if len(under_way) == _WINDOWS_UNDER_WAY:
                    yield from under_way[0].results()
                    under_way.popleft()
            while under_way:
                yield from under_way[0].results()
                under_way.popleft()
        finally:
            for left in under_way:
                left.abandoned.set()

    def close(self) -> None:
        """End the Ray that this engine started, or the connection that it made."""
        self._closed = True
        if self._end:
            self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _cut(self, packed: Iterable[bytes]) -> Iterator[list[bytes]]:
        window: list[bytes] = []
        held = 0
        for batch in packed:
            if window and (len(window) >= max(_LEAST_WINDOW, _WINDOW_PER_WORKER * self.workers) or held + len(batch) > WINDOW_BYTES):
                yield window
                window, held = [], 0
            window.append(batch)
            held += len(batch)
        if window:
            yield window

    def _launch(self, call: bytes, batches: list[bytes]) -> "_Window":
        if self._closed:
            raise EngineError("the engine ray is closed")
        if self._end is None:
            self._end = _start(self, self._address, self.workers)
        self._windows[:] = [window for window in self._windows if window.is_alive()]
        self._windows.append(window := _Window(call, batches, self.workers))
        window.start()
        return window


class _Window(threading.Thread):
    """Some batches and the thread that has Ray Data work on them. The answers come one by one, in order."""

    def __init__(self, call: bytes, batches: list[bytes], workers: int) -> None:
        super().__init__(name="agentlog-ray", daemon=True)
        self.abandoned = threading.Event()
        self._call = call
        self._batches = batches
        self._block_size = max(1, len(batches) // (_BLOCKS_PER_WORKER * workers))
        self._at_once = min(workers, -(-len(batches) // self._block_size))
        self._answers: deque[Future[Answer]] = deque(Future() for _ in batches)
        self._unfilled = self._answers.copy()

    def results(self) -> Iterator[Any]:
        """The results as they become ready. None is kept once it is handed on."""
        while self._answers:
            yield unpack_answer(self._answers.popleft().result())

    def run(self) -> None:
        """Fill in the answers, or the one error that all the rest have."""
        try:
            for number, given in enumerate(self._stream()):
                if given[0] != number:
                    raise AssertionError(f"Ray Data gave block {given[0]} as number {number}")
                self._unfilled.popleft().set_result(given[1])
                if self.abandoned.is_set():
                    break
            if self._unfilled:
                raise EngineError("the engine ray was closed before its work was done")
        except BaseException as error:  # noqa: BLE001  it belongs to whoever waits for the answers
            failure = error if isinstance(error, EngineError | AssertionError) else _engine_error(error)
            for future in self._unfilled:
                future.set_exception(failure)

    def _stream(self) -> Iterator[tuple[int, Answer]]:
        import ray.data

        pyarrow = require("pyarrow", "ray")

        kind = pyarrow.large_binary()
        blocks = []
        for start in range(0, len(self._batches), self._block_size):
            some = self._batches[start : start + self._block_size]
            numbers = range(start, start + len(some))
            blocks.append(pyarrow.table({"number": list(numbers), "batch": pyarrow.array(some, kind)}))
        self._batches.clear()
        dataset = ray.data.from_arrow(blocks)
        del blocks, some
        dataset.context.enable_progress_bars = False
        dataset.context.execution_options.preserve_order = True
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of max_retries, which is infinite unless it is said in this way
            answers = dataset.map_batches(
                partial(_answered, call=self._call, version=_version()),
                batch_size=None,
                batch_format="pyarrow",
                zero_copy_batch=True,
                compute=ray.data.TaskPoolStrategy(self._at_once),
                num_cpus=1,
                max_retries=_RETRIES,
            )
        for block in answers.iter_batches(batch_size=None, batch_format="pyarrow"):
            for number, done, payload in zip(*(block[name] for name in ("number", "done", "payload")), strict=True):
                yield number.as_py(), Answer(done.as_py(), payload.as_py())


def _answered(block: Any, *, call: bytes, version: str) -> Any:
    """What a task does: the answers to the batches of a block. Runs in a Ray worker."""
    pyarrow = require("pyarrow", "ray")
    if version == (here := _version()):
        given = [answer(call, batch.as_buffer()) for batch in block["batch"]]
    else:
        said = f"the Ray cluster has agentlog {here}, this machine {version}: install the same on both"
        given = [Answer(False, pack_fault(EngineError(said))) for _ in block["batch"]]
    payloads = pyarrow.array([one.payload for one in given], pyarrow.large_binary())
    return pyarrow.table({"number": block["number"], "done": [one.done for one in given], "payload": payloads})


@cache
def _version() -> str:
    """The agentlog that is installed here."""
    try:
        return metadata.version("agentlog")
    except metadata.PackageNotFoundError:
        return "not installed"


def _engine_error(error: BaseException) -> EngineError:
    import ray.exceptions

    causes = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = getattr(cause, "cause", None) or cause.__cause__
    died = (ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError, ray.exceptions.NodeDiedError)
    if any(isinstance(one, died) for one in causes):
        failure = EngineError(
            "a worker of the engine ray ended again and again (killed, or crashed): fewer workers or more memory may help"
        )
    else:
        line = next((line.strip() for line in str(error).splitlines() if line.strip()), "no message")
        failure = EngineError(f"Ray failed: {type(error).__name__}: {line}")
    failure.__cause__ = error
    return failure


def _start(engine: RayEngine, address: str | None, workers: int) -> "weakref.finalize[..., RayEngine]":
    """Start or connect Ray. What is returned ends it, at the latest when the interpreter does."""
    known = "ray" in sys.modules
    if known:
        import ray

        if ray.is_initialized():
            _check_connection(address)
            return weakref.finalize(engine, _abandon, engine._windows)
    if address is not None:
        _connect(address)
        return weakref.finalize(engine, _shut_down, engine._windows, None)
    folder = tempfile.mkdtemp(prefix="agentlog-", dir=_short_folder())
    end = weakref.finalize(engine, _shut_down, engine._windows, folder)
    try:
        _start_here(workers, folder)
    except Exception as error:
        end()
        raise EngineError(f"Ray cannot be started: {error}") from error
    return end


def _start_here(workers: int, folder: str) -> None:
    with _environment(_private_settings()):
        import ray
        from ray._private import ray_constants

        # Ray reads this when it is first imported, which may have been long ago.
        ray_constants.ENABLE_RAY_CLUSTER = False
        ray.init(
            address="local",
            num_cpus=workers,
            num_gpus=0,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.CRITICAL,
            object_store_memory=_STORE_BYTES,
            runtime_env={"env_vars": ONE_THREAD},
            _temp_dir=f"{folder}/ray",
            _system_config={"task_oom_retries": _RETRIES, "worker_niceness": 0},
        )
        _be_quiet()
        host = ray.util.get_node_ip_address()
    if not ipaddress.ip_address(host).is_loopback:
        raise EngineError(f"this version of Ray listens on {host}, where others could reach it")


def _connect(address: str) -> None:
    import ray

    try:
        _knock(address)
        ray.init(address=address, log_to_driver=False, logging_level=logging.CRITICAL, runtime_env={"env_vars": ONE_THREAD})
    except SettingError:
        raise
    except Exception as error:
        raise EngineError(f"no Ray cluster can be reached at {address}: {error}") from error
    _be_quiet()


def _knock(address: str) -> None:
    """See whether anybody listens there, since Ray itself asks for more than a minute."""
    host, _, port = address.rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), _KNOCK_S).close()
    elif address != "auto":
        raise SettingError(f"{address} is no address of a Ray cluster: give host:port, or auto")


def _check_connection(address: str | None) -> None:
    import ray

    there = ray.get_runtime_context().gcs_address
    if address not in (None, "auto", there):
        raise SettingError(f"this process is connected to the Ray cluster at {there}, not to {address}")


def _be_quiet() -> None:
    """What goes wrong comes up as an `EngineError`; nothing else is for the console."""
    import ray.data  # its import sets the level of its logger

    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    ray._private.worker._worker_logs_enabled = False


def _abandon(windows: list[_Window]) -> None:
    """Have the work on the windows end with the answer that comes next, and wait a little for that."""
    for window in windows:
        window.abandoned.set()
    for window in windows:
        window.join(_PATIENCE_S)


def _shut_down(windows: list[_Window], folder: str | None) -> None:
    """End Ray. A thread that still asks it for something must not start another, as Ray does on its own."""
    import ray
    from ray._private import auto_init_hook

    _abandon(windows)
    auto_init_hook.enable_auto_connect = False
    ray.shutdown()
    ray._private.worker._worker_logs_enabled = True
    for window in windows:
        window.join(_PATIENCE_S)
    auto_init_hook.enable_auto_connect = not any(window.is_alive() for window in windows)
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


def _short_folder() -> str:
    folder = tempfile.gettempdir()
    return folder if len(folder) <= _LONGEST_FOLDER or not Path("/tmp").is_dir() else "/tmp"


def _private_settings() -> Mapping[str, str]:
    return {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # where it is off, Ray takes the loopback as the address of its node
        "RAY_AUTH_TOKEN": _token(),  # which a Ray of one's own asks for; it would write one into the home folder
    }


@cache
def _token() -> str:
    """The secret between the processes of a private Ray. Ray keeps the first that a process had, so there is one for each process."""
    return secrets.token_hex(32)


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    """Variables that the processes started meanwhile inherit, and that are gone afterwards."""
    before = {name: os.environ.get(name) for name in (*settings, "RAY_AUTH_MODE")}  # Ray sets that one itself
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
