"""One build in a process of its own, watched: how long it took, and how much memory it and its workers held at once."""

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CODE = """
import json, sys
from agentlog.build.run import build_dataset
if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    stages = {}
    import time
    last = [time.monotonic(), "start"]
    def tell(stage, done, total):
        now = time.monotonic()
        stages[stage] = stages.get(stage, 0.0) + now - last[0]
        last[:] = [now, stage]
    made = build_dataset(**asked, on_stage=tell)
    stages["write"] = stages.get("write", 0.0) + time.monotonic() - last[0]
    said = {"folder": str(made.folder), "reused": made.reused, "stages": stages, "already_there": made.already_there}
    said |= {"checks": made.manifest.checks, "funnel": [step.model_dump() for step in made.manifest.funnel]}
    print(json.dumps(said))
"""
_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class Build:
    """A build as it was seen from outside: seconds, the most bytes resident at once in all its processes, and what it said."""

    seconds: float
    resident: int
    said: dict[str, Any]

    @property
    def folder(self) -> Path:
        """The dataset."""
        return Path(self.said["folder"])


def build(data: Path, *, seed_of_hashes: int = 0, **asked: Any) -> Build:
    """Build the role ``coder`` of a data folder."""
    process = start(data, seed_of_hashes=seed_of_hashes, **asked)
    most = [0]
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, most, done))
    begun = time.monotonic()
    watcher.start()
    out, err = process.communicate()
    seconds = time.monotonic() - begun
    done.set()
    watcher.join()
    if process.returncode:
        sys.exit(f"a build failed ({process.returncode}):\n{err.decode()[-3000:]}")
    return Build(seconds, most[0], json.loads(out.splitlines()[-1]))


def start(data: Path, *, seed_of_hashes: int = 0, **asked: Any) -> "subprocess.Popen[bytes]":
    """Start a build and come back at once."""
    arguments = {"role": "coder", "data": str(data), **asked}
    environment = {**os.environ, "PYTHONHASHSEED": str(seed_of_hashes)}
    command = [sys.executable, "-c", _CODE, json.dumps(arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=data, start_new_session=True)


def _watch(process: int, most: list[int], done: threading.Event) -> None:
    while not done.wait(_PAUSE):
        most[0] = max(most[0], sum(map(_resident, _family(process))))


def _family(process: int) -> list[int]:
    """A process and all below it."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        children = []
    return [process, *(one for child in children for one in _family(int(child)))]


def _resident(process: int) -> int:
    """Bytes in memory; pages shared with other processes count in each."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def prepared(data: Path) -> Path:
    """A data folder with settings and a key of its own that every measurement shares, so that stand-ins are the same."""
    data.mkdir(parents=True, exist_ok=True)
    (data / "agentlog.yaml").write_text("data: .\nroles: {coder: {task_types: [implement, fix, refactor, test, explain]}}\n")
    (data / "scrub.key").write_text("k" * 64)
    return data


def digest_of(folder: Path) -> str:
    """One digest of all files of a dataset, names included."""
    import hashlib

    state = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        state.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return state.hexdigest()
