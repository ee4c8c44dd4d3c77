"""A worker of the process engine, seen from its parent: started, asked, ended, and if it died, told why.

It is a fresh interpreter, and neither a fork, which would inherit locks that other threads hold, nor a child of `multiprocessing`, which
runs the user's main program again unless that is guarded by ``if __name__ == "__main__"``. It gets this process's module search path and
nothing of its state, and one thread for numeric libraries, since there are as many workers as CPUs.
"""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress

from agentlog.engines.frames import BATCH, CALL, DONE, receive, send
from agentlog.engines.job import Answer
from agentlog.errors import EngineError

_THREAD_COUNTS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS",
)
ONE_THREAD = {**dict.fromkeys(_THREAD_COUNTS, "1"), "TOKENIZERS_PARALLELISM": "false"}
"""What keeps numpy, torch, numba and Rust libraries from starting a thread for each CPU in each worker."""

_PATIENCE_S = 1.0


class WorkerProcess:
    """One process and the socket to it. It is asked by the thread that made it, and may be ended by any."""

    def __init__(self) -> None:
        """Start the process.

        Raises:
            EngineError: it cannot be started.
        """
        self._call: bytes | None = None
        self._link, theirs = socket.socketpair()
        command = [sys.executable, "-P", "-m", "agentlog.engines.worker", str(theirs.fileno()), str(os.getpid())]
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)  # noqa: PTH109  a string is wanted
        environment = os.environ | ONE_THREAD | {"PYTHONPATH": path}
        try:
            with theirs:
                self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], env=environment)
        except OSError as error:
            self._link.close()
            raise EngineError(f"a worker of the engine process cannot be started: {error}") from error

    def ask(self, call: bytes, batch: bytes) -> Answer:
        """What becomes of the batch. The call is sent only if the last one was another.

        Raises:
            EngineError: the worker is dead.
        """
        try:
            if call != self._call:
                send(self._link, CALL, call)
                self._call = call
            send(self._link, BATCH, batch)
            kind, payload = receive(self._link)
        except (EOFError, OSError):
            raise EngineError(self._why_it_ended()) from None
        return Answer(kind == DONE, payload)

    def stop(self) -> None:
        """Tell the process to end now, and wake up whoever waits for its answer."""
        with suppress(OSError):
            self._link.shutdown(socket.SHUT_RDWR)
        self._process.terminate()

    def bury(self) -> None:
        """Wait for the end of the process, a second at most before it is killed, and let go of it."""
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._link.close()

    def _why_it_ended(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE_S)
        code = self._process.returncode
        if code is None:
            return "a worker of the engine process closed its connection"
        if code >= 0:
            return f"a worker of the engine process ended (exit status {code}); what it said is on standard error"
        return f"a worker of the engine process ended (killed by signal {-code}, {_name(-code)}): {_advice(-code)}"


def _advice(number: int) -> str:
    if number == signal.SIGKILL:
        return "the system does that when memory runs out; fewer workers or more memory may help"
    if number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE):
        return "a library that it uses crashed"
    return "somebody ended it"


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "a real-time signal"
