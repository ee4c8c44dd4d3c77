"""What is not installed is named, with the extra that brings it, before anything is begun."""

import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = {
    "torch": ["train", "--role", "coder", "--base-model", "some/model"],
    "peft": ["evaluate", "--role", "coder"],
    "presidio_analyzer": ["scrub", "in.txt"],
}
EXTRAS = {"torch": "train", "peft": "eval", "presidio_analyzer": "build"}


@pytest.mark.parametrize("module", COMMANDS)
def test_a_missing_extra_is_one_line_that_says_what_to_install(tmp_path: Path, module: str) -> None:
    """A None in ``sys.modules`` makes Python treat a module as one that is not there."""
    (tmp_path / "in.txt").write_text("hello")
    program = f"import sys; sys.modules[{module!r}] = None; from agentlog.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", program, *COMMANDS[module]], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == f"agentlog: {module} is not installed: pip install 'agentlog[{EXTRAS[module]}]'\n"
