"""The whole chain, run as a user runs it, asks the network for nothing."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import DemoRun

WATCHED = """
import os, sys
for name in ("HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "TRANSFORMERS_OFFLINE"):
    os.environ.pop(name, None)
def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        sys.stderr.write(f"SOCKET {event} {arguments!r}\\n")
        os._exit(99)
sys.addaudithook(watch)
sys.argv = ["agentlog", *sys.argv[1:]]
from agentlog.cli.main import main
main()
"""


@pytest.mark.parametrize(
    "words",
    [
        ["log", "stats"],
        ["build", "--role", "reviewer", "--seed", "3"],
        ["train", "--role", "coder", "--base-model", "tiny-base"],
        ["train", "--role", "coder", "--base-model", "some-team/not-in-the-cache"],
        ["evaluate", "--role", "coder", "--limit", "2"],
        ["scrub", "agentlog.yaml"],
    ],
    ids=" ".join,
)
def test_a_command_opens_no_socket(quick_demo: DemoRun, tmp_path: Path, words: list[str]) -> None:
    shutil.copytree(quick_demo.folder, tmp_path / "here")
    done = subprocess.run([sys.executable, "-c", WATCHED, *words], cwd=tmp_path / "here", capture_output=True, text=True, check=False)
    assert "SOCKET" not in done.stderr
    assert done.returncode in (0, 1), done.stderr
    assert (done.returncode == 1) == ("some-team/not-in-the-cache" in words)
