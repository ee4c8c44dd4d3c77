"""One run of one arm: a fresh folder, a fresh sink, a fresh process, and then a look at what was kept.

A run whose process fails, or whose store lacks what the arm is said to record, raises `Failed` with the reason. A call of which only the
prompt or only the answer arrived is not kept: some peers drop the two apart when their queue is full.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from peers.arms import ARMS
from peers.payload import Found, find
from peers.sink import Sink

LONGEST = 300  # seconds
NOWHERE = "http://127.0.0.1:9"
QUIET = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"), NOWHERE),
    **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
    "DO_NOT_TRACK": "1",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
}


class Failed(Exception):
    """An arm could not be measured."""


def measure(name: str, calls: int) -> dict[str, Any]:
    """Time and CPU of the calls, in microseconds, and the share of them that was not kept although nothing was killed."""
    report, found = _run(name, calls, kill=False)
    arrived = kept(found, calls)
    if not arrived:
        raise Failed(f"no call was stored whole: {len(found.asked)} prompts arrived, and {len(found.answered)} answers")
    if found.systems < arrived:
        raise Failed("the first message was not stored")
    return {**report, "dropped": 1 - arrived / calls}


def kill(name: str, calls: int) -> float:
    """The share of acknowledged calls that was lost to SIGKILL after the last of them."""
    return 1 - kept(_run(name, calls, kill=True)[1], calls) / calls


def kept(found: Found, calls: int) -> int:
    """How many of the measured calls are there, whole."""
    return len(found.asked & found.answered & set(range(calls)))


def _run(name: str, calls: int, kill: bool) -> tuple[dict[str, Any], Found]:
    arm = ARMS[name]
    with tempfile.TemporaryDirectory(prefix=f"peers-{name}-", ignore_cleanup_errors=True) as temporary:
        home, report = Path(temporary), Path(temporary) / "report.json"
        folder = home / "stored"
        with Sink(folder, arm.answers) as sink:
            options = ["--kill"] if kill else []
            command = [sys.executable, "-m", "peers.child", name, str(folder), sink.url, str(calls), str(report), *options]
            environment = {**_surroundings(home), **arm.settings(sink.url, folder)}
            _finish(command, environment, home, -signal.SIGKILL if kill else 0)
        return ({} if kill else json.loads(report.read_text())), find(arm.stored(folder))


def _finish(command: list[str], environment: dict[str, str], folder: Path, expected: int) -> None:
    try:
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=LONGEST, errors="replace")
    except subprocess.TimeoutExpired as error:
        raise Failed(f"it did not end within {LONGEST} s") from error
    if done.returncode != expected:
        said = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        raise Failed(f"it ended with {done.returncode}: {said[-1]}")


def _surroundings(home: Path) -> dict[str, str]:
    """A home of its own, so that no one's settings or keys are found, and proxies that lead nowhere."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TMPDIR": str(home),
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
        **QUIET,
    }
