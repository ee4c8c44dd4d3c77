"""What the README and the docs tell a user to type is typed here, in an empty folder, top to bottom.

In a page, ``$ command`` lines of ``console`` blocks and whole ``python`` blocks are run in order; a block that shows something else is of
another kind (``text``, ``json``, ``yaml``). A ``yaml`` block whose first line is ``# agentlog.yaml`` is written to that file. A page that
contains ``<!-- run in the demo's folder -->`` is run in a copy of the folder that a quick demo left. What sets up the machine (``git
clone``, ``pip install``, ``make``) is left to CI, which begins with nothing else.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DemoRun

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
IN_DEMO = "<!-- run in the demo's folder -->"
ELSEWHERE = ("git clone", "cd ", "make ", "pip install", "python -m venv")


def steps(page: Path) -> list[tuple[str, str]]:
    """The blocks of a page that do something."""
    return [(kind, body) for kind, body in BLOCK.findall(page.read_text()) if kind in ("console", "python", "yaml")]


def cases() -> list[Any]:
    """The pages; those that need the demo are slow."""
    return [
        pytest.param(page, id=str(page.relative_to(ROOT)), marks=[pytest.mark.slow] if IN_DEMO in page.read_text() else [])
        for page in PAGES
    ]


@pytest.mark.parametrize("page", cases())
def test_every_command_of_the_page_works(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if IN_DEMO in page.read_text():
        demo: DemoRun = request.getfixturevalue("quick_demo")
        shutil.copytree(demo.folder, tmp_path, dirs_exist_ok=True)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}
    for kind, body in steps(page):
        if kind == "yaml":
            if body.startswith("# agentlog.yaml"):
                (tmp_path / "agentlog.yaml").write_text(body)
            continue
        commands = [[sys.executable, "-c", body]] if kind == "python" else [shell(line) for line in body.splitlines() if runs_here(line)]
        for command in commands:
            done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=280, check=False)
            assert done.returncode == 0, f"{page.name}: {command[-1]}\n{done.stdout}\n{done.stderr}"


def shell(line: str) -> list[str]:
    return ["bash", "-euo", "pipefail", "-c", line.removeprefix("$ ")]


def runs_here(line: str) -> bool:
    return line.startswith("$ ") and not line.removeprefix("$ ").startswith(ELSEWHERE)
