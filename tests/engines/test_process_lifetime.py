"""No worker outlives the process that it works for, however that ends; and no worker runs the user's program."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 20

STUCK = """
import sys
from agentlog.engines.base import Call
from agentlog.engines.process import ProcessEngine

with ProcessEngine(2) as engine:
    for _ in engine.map(Call("tests.engines.toys:announced_and_stuck"), sys.argv[1:]):
        pass
"""

FORKED_AND_STUCK = STUCK.replace(
    "    for _",
    """
    list(engine.map(Call("builtins:sum"), [[1], [2]]))
    if not os.fork():
        signal.pause()
    for _""",
).replace("import sys", "import os, signal, sys")

UNGUARDED = """
from agentlog.engines.base import Call
from agentlog.engines.process import ProcessEngine

print("the program runs")
print(list(ProcessEngine(2).map(Call("builtins:sum"), [[1, 2], [3]])))
"""

pytestmark = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="the end of a process that is no child is awaited by its pidfd, of Linux"
)


class Program:
    """A program whose two workers are in the middle of a batch."""

    def __init__(self, folder: Path, text: str) -> None:
        marks = [folder / "first", folder / "second"]
        environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
        command = [sys.executable, "-c", text, *map(str, marks)]
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, start_new_session=True)
        self.workers = [os.pidfd_open(int(awaited(mark, self.process))) for mark in marks]

    def workers_end(self) -> bool:
        """Whether all end in time; the processes are children of another, so only their descriptors tell."""
        return all(select.select([worker], [], [], PATIENCE_S)[0] for worker in self.workers)

    def close(self) -> None:
        for worker in self.workers:
            os.close(worker)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


def awaited(mark: Path, process: subprocess.Popen[bytes]) -> str:
    """The text of a file that a worker puts there when it is ready."""
    while process.poll() is None:
        if mark.exists():
            return mark.read_text()
        select.select([], [], [], 0.005)
    raise AssertionError(process.communicate()[1].decode())


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Program]]:
    started: list[Program] = []

    def one(text: str) -> Program:
        started.append(Program(tmp_path, text))
        return started[-1]

    yield one
    for program in started:
        program.close()


def test_workers_end_with_a_parent_that_is_killed(start: Callable[[str], Program]) -> None:
    program = start(STUCK)
    program.process.kill()
    assert program.workers_end()


def test_workers_end_with_a_parent_that_is_killed_even_if_a_fork_of_it_lives_on(start: Callable[[str], Program]) -> None:
    program = start(FORKED_AND_STUCK)
    program.process.kill()
    assert program.workers_end()


def test_ctrl_c_goes_up_in_the_parent_alone_and_ends_the_workers(start: Callable[[str], Program]) -> None:
    program = start(STUCK)
    os.killpg(program.process.pid, signal.SIGINT)
    _, said = program.process.communicate(timeout=PATIENCE_S)
    assert program.workers_end()
    assert program.process.returncode == -signal.SIGINT
    assert said.decode().count("KeyboardInterrupt") == 1
    assert said.decode().count("Traceback") == 1


def test_a_program_without_a_main_guard_runs_once(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(UNGUARDED)
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, script], env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "the program runs\n[3, 3]\n"
    assert done.stderr == ""
