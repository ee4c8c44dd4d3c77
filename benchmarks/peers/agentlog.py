"""agentlog itself, with its defaults: the line is in the kernel when the call returns."""

from pathlib import Path

from peers.arm import Arm, Traced
from peers.payload import answer


def start(folder: Path, url: str) -> Traced:
    """Decorate as the README does."""
    from agentlog import AgentLogger, log_interaction

    log = AgentLogger(folder)
    return Traced(log_interaction(role="coder", task_type="explain", logger=log, model="m")(answer), close=log.close)


def stored(folder: Path) -> list[bytes]:
    """The lines of the log; what recovery would find besides is not counted."""
    return [file.read_bytes() for file in sorted((folder / "log").rglob("*.jsonl"))]


ARM = Arm("agentlog", "file", start, "agentlog", stored=stored)
