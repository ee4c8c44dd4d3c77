"""For all tests: no socket of this process may leave the machine, and nothing is taken from the user's own settings."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
_LOOPBACK = ("127.", "localhost", "::1")


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo"):
        address = arguments[0] if event == "socket.getaddrinfo" else arguments[1]
        host = address[0] if isinstance(address, tuple) else address
        if isinstance(host, str) and not host.startswith((*_LOOPBACK, "/", "\0")) and host:
            raise AssertionError(f"a test tried to reach {host}")


sys.addaudithook(_guard)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AGENTLOG_DIR", "AGENTLOG_DISABLED"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def shared_data() -> Iterator[Path]:
    """The folder of real logs that lies beside some checkouts; without it the test is skipped."""
    for folder in Path(__file__).resolve().parents:
        if (folder / "shared" / "data").is_dir():
            yield folder / "shared" / "data"
            return
    pytest.skip("no shared/data beside this checkout: real logs are not part of the project")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever needs the demo is slow: it takes minutes before the first of its tests."""
    for item in items:
        if "quick_demo" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


class DemoRun(NamedTuple):
    """A finished demo: its folder, and what it told."""

    folder: Path
    told: str


@pytest.fixture(scope="session")
def quick_demo(tmp_path_factory: pytest.TempPathFactory) -> DemoRun:
    """The quick demo, run once by its own command: a log, datasets, a base, a trained and evaluated adapter. Tests copy it or only look."""
    folder = tmp_path_factory.mktemp("demo") / "out"
    command = [sys.executable, "-m", "examples.team.demo", "--quick", "--out", str(folder)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return DemoRun(folder, done.stdout)
