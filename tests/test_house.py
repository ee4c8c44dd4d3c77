"""What is written twice agrees, and the house has no room that says nothing."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

import agentlog

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "src").rglob("*.py"))


def test_the_version_is_the_newest_of_the_changelog() -> None:
    newest = re.search(r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert newest[1] == agentlog.__version__


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_module_opens_with_its_design_and_can_be_read_in_one_sitting(file: Path) -> None:
    text = file.read_text()
    tree = ast.parse(text)
    assert ast.get_docstring(tree)
    assert text.count("\n") <= 400
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, f"{node.name} is too long"


def test_every_dependency_is_locked() -> None:
    locked = {plain(line.split("==")[0]) for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["build"], *extras["train"], *extras["eval"], *extras["dev"]]
    names = {plain(re.split(r"[\[<>=]", one)[0]) for one in wanted} - {"agentlog"}
    assert names <= locked


def plain(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_pins_the_torch_that_needs_no_gpu_packages() -> None:
    assert "torch==2.13.0" in (ROOT / "constraints.txt").read_text().splitlines()
