"""Does a training or an evaluation ask for the network? Reach: no socket opened, no name looked up.

    python -m benchmarks.train.sockets

The real commands in processes of their own, which were not told to stay offline: no variable of the hub's client is set. Twice each:
watched by a hook that no code can take off again, and by strace, where there is one, which sees what is done below Python. A process that
opens a socket shows first that the watch works.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.train.cases.world import World
from tests.trainer.tiny import make_base

ROOT = Path(__file__).resolve().parents[2]
_HUB = ("HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "TRANSFORMERS_OFFLINE", "DO_NOT_TRACK", "HF_DATASETS_OFFLINE")
_WATCH = """
import sys
def watch(event, arguments):
    if event.startswith("socket.") and event != "socket.gethostname":
        sys.stderr.write(f"SOCKET {event} {arguments!r}\\n")
sys.addaudithook(watch)
"""
_MAIN = """
sys.argv = ["agentlog", *sys.argv[1:]]
from agentlog.cli.main import main
main()
"""
_ITSELF = "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))"
ARMS: dict[str, list[str]] = {
    "agentlog train": ["train", "--role", "coder", "--base-model", "base", "--config", "train.yaml"],
    "agentlog evaluate": ["evaluate", "--role", "coder", "--limit", "2", "--max-new-tokens", "4"],
    "agentlog train, a base that is not here": ["train", "--role", "coder", "--base-model", "team/not-here", "--config", "train.yaml"],
}


def by_hook(code: str, words: list[str], folder: Path) -> tuple[int, int]:
    """How many times a process asks Python for a socket or a name, and how it ends."""
    done = subprocess.run([sys.executable, "-c", f"{_WATCH}{code}", *words], **_place(folder), check=False)  # type: ignore[call-overload]
    return done.stderr.count("SOCKET "), done.returncode


def by_strace(code: str, words: list[str], folder: Path) -> tuple[int, int]:
    """How many sockets a process and its children open that could leave the machine, and how it ends.

    A socket of the family AF_UNIX cannot: the C library asks a name service on this machine that way who the user is.
    """
    log = folder / "strace.log"
    command = ["strace", "-f", "-qq", "-e", "trace=socket,connect", "-o", str(log)]
    done = subprocess.run([*command, sys.executable, "-c", f"import sys\n{code}", *words], **_place(folder), check=False)  # type: ignore[call-overload]
    calls = [line for line in log.read_text(errors="replace").splitlines() if re.search(r"\b(socket|connect)\(", line)]
    leaving = [line for line in calls if "AF_UNIX" not in line]
    for line in leaving if code != _ITSELF else []:
        print(f"    {line}")
    return len(leaving), done.returncode


def _place(folder: Path) -> dict[str, object]:
    environment = {name: value for name, value in os.environ.items() if name not in _HUB}
    path = os.pathsep.join([*([environment["PYTHONPATH"]] if "PYTHONPATH" in environment else []), str(ROOT / "src")])
    environment |= {"PYTHONPATH": path, "HF_HOME": str(folder / "hub"), "OMP_NUM_THREADS": "1"}
    return {"cwd": folder, "env": environment, "capture_output": True, "text": True}


def main() -> None:
    watches: dict[str, Callable[[str, list[str], Path], tuple[int, int]]] = {"audit hook": by_hook}
    if shutil.which("strace"):
        watches["strace"] = by_strace
    missed = []
    with tempfile.TemporaryDirectory() as scratch:
        world = World(Path(scratch))
        make_base(world.base)
        world.prepare()
        for watch, count in watches.items():
            seen, _ = count(_ITSELF, [], world.root)
            print(f"{watch:12}{'the watch itself (must be seen)':42}{seen} calls")
            missed += [] if seen else [f"{watch} sees nothing"]
            for name, words in ARMS.items():
                opened, code = count(_MAIN, words, world.root)
                print(f"{watch:12}{name:42}{opened} sockets asked for, ended with {code}", flush=True)
                if opened or code != ("not here" in name):
                    missed.append(f"{name} ({watch})")
    print(f"MISSED   {', '.join(missed)}" if missed else "reached  0 sockets")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
