"""Who holds a file: one at a time, and nobody any more when the process is dead."""

import subprocess
import sys
from pathlib import Path

import pytest

from agentlog.store.holding import taken

HOLDER = """
import sys
from pathlib import Path
from agentlog.store.holding import taken
with taken(Path(sys.argv[1])) as ours:
    print(ours, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"{}\n")
    return path


def test_a_file_is_held_by_one_at_a_time(file: Path) -> None:
    with taken(file) as first, taken(file) as second:
        assert (first, second) == (True, False)
    with taken(file) as again:
        assert again


def test_a_killed_process_holds_nothing(file: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        with taken(file) as ours:
            assert not ours
        holder.kill()
    with taken(file) as ours:
        assert ours


def test_a_file_that_is_gone_cannot_be_taken(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), taken(tmp_path / "gone"):
        pass
