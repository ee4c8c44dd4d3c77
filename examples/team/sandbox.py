"""The sandbox: code that an agent wrote is really run, against real checks, in a process of its own.

Each run is a fresh interpreter (``-I -S``: no user site, no environment) in a folder of its own, with limits of time, memory, file size and
open files, a closed door for new processes and sockets (`guest`), and a process group that is killed at the end. What comes back is a
`Verdict`; no code under test can make the caller raise or wait. It is a seat belt for the code of a well-meaning model and no
jail: whoever runs hostile code needs a container or a virtual machine around all of it.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_GUEST = Path(__file__).with_name("guest.py")
PASSED = "All tests passed."
_GRACE = 1.0
"""Seconds that an interpreter may need beyond its CPU limit to start and to report."""


@dataclass(frozen=True)
class Verdict:
    """What came of a run: ``failures`` has one line per failed check, ``error`` what ended the run before the checks were through."""

    passed: bool
    failures: tuple[str, ...] = ()
    error: str | None = None

    @property
    def report(self) -> str:
        """The verdict as a test runner would print it."""
        if self.passed:
            return PASSED
        return "\n".join(["Tests failed.", *self.failures, *([self.error] if self.error else [])])


@dataclass(frozen=True)
class Sandbox:
    """Limits of a run: ``seconds`` of CPU (and as much again, plus a second, on the wall) and ``megabytes`` of address space."""

    seconds: int = 1
    megabytes: int = 256

    def run(self, code: str, checks: Sequence[str]) -> Verdict:
        """Run a module's code, then evaluate each check, an expression that should be true, in its namespace."""
        job = json.dumps({"code": code, "checks": list(checks), "seconds": self.seconds, "bytes": self.megabytes << 20})
        with tempfile.TemporaryDirectory(prefix="team-") as folder, tempfile.TemporaryFile() as report:
            guest = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_GUEST), str(report.fileno())],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env={},
                pass_fds=[report.fileno()],
                start_new_session=True,
            )
            timed_out = self._wait(guest, job.encode())
            report.seek(0)
            return _verdict(report.read(), timed_out, guest.returncode, self)

    def _wait(self, guest: "subprocess.Popen[bytes]", job: bytes) -> bool:
        """Feed the guest and wait; in the end its whole process group is gone. Says whether the time ran out."""
        try:
            guest.communicate(job, timeout=2 * self.seconds + _GRACE)
            return False
        except subprocess.TimeoutExpired:
            return True
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(guest.pid, signal.SIGKILL)
            guest.wait()


def _verdict(report: bytes, timed_out: bool, returncode: int, limits: Sandbox) -> Verdict:
    if timed_out or returncode == -signal.SIGXCPU:
        return Verdict(False, error=f"Stopped: it did not end within {limits.seconds} s.")
    try:
        said = json.loads(report)
        failures, error = tuple(map(str, said["failures"])), said["error"]
    except (ValueError, TypeError, KeyError):
        return Verdict(False, error=f"Stopped: the interpreter died without a report (exit status {returncode}).")
    return Verdict(not failures and error is None, failures, error)
