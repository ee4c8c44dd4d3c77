"""Logging costs what logging needs: neither the door nor a logged call loads pydantic or anything numerical."""

import subprocess
import sys
from pathlib import Path

HEAVY = "heavy = {'pydantic', 'numpy', 'torch', 'transformers', 'asyncio', 'typer', 'rich'} & set(sys.modules); assert not heavy, heavy\n"

LOGGED = """
import sys
from agentlog import AgentLogger, log_interaction
log = AgentLogger(sys.argv[1])
@log_interaction(role="coder", logger=log)
def execute(prompt):
    return {"choices": [{"message": {"role": "assistant", "content": prompt}}]}
with log.session():
    execute("x")
    with log.interaction(role="coder", messages=[{"role": "user", "content": "x"}]) as call:
        call.output = float("nan")
log.result(call.id, status="success")
log.feedback(call.id, rating=5)
assert log.stats() == (4, 4, 0)
"""


def run(code: str, *words: str | Path) -> None:
    subprocess.run([sys.executable, "-c", code + HEAVY, *words], check=True, timeout=60)


def test_the_door_loads_nothing_heavy() -> None:
    run("import sys, agentlog\n")


def test_a_logged_call_loads_nothing_heavy(tmp_path: Path) -> None:
    run(LOGGED, tmp_path)


def test_importing_starts_no_thread_and_writes_nothing(tmp_path: Path) -> None:
    code = "import threading, agentlog.capture.decorator\nassert threading.active_count() == 1\n"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, timeout=60)
    assert list(tmp_path.iterdir()) == []
