"""The sandbox runs foreign code for real and always comes back."""

from pathlib import Path

import pytest

from examples.team.sandbox import PASSED, Sandbox

SANDBOX = Sandbox(seconds=1, megabytes=128)


def test_right_code_passes_and_says_so() -> None:
    verdict = SANDBOX.run("def double(x):\n    return 2 * x\n", ["double(2) == 4", "double('a') == 'aa'"])
    assert verdict.passed
    assert verdict.report == PASSED


def test_a_failed_check_is_reported_with_what_it_was_instead() -> None:
    verdict = SANDBOX.run("def double(x):\n    return x\n", ["double(0) == 0", "double(2) == 4"])
    assert not verdict.passed
    assert verdict.report.splitlines() == ["Tests failed.", "FAILED: double(2) == 4: it was 2"]


def test_an_expected_error_can_be_checked() -> None:
    assert SANDBOX.run("def f(x):\n    raise ValueError\n", ["raises(ValueError, f, 1)"]).passed
    assert not SANDBOX.run("def f(x):\n    return x\n", ["raises(ValueError, f, 1)"]).passed


@pytest.mark.parametrize(
    "code", ["while True:\n    pass\n", "import time\ntime.sleep(60)\n", "try:\n    while True: pass\nfinally:\n    while True: pass\n"]
)
def test_an_endless_loop_is_stopped(code: str) -> None:
    verdict = SANDBOX.run(code, [])
    assert not verdict.passed
    assert verdict.error == "Stopped: it did not end within 1 s."


@pytest.mark.parametrize("code", ["hog = [0] * 10**9\n", "hog = []\nwhile True:\n    hog.append(bytearray(1 << 20))\n"])
def test_a_memory_hog_is_stopped(code: str) -> None:
    assert SANDBOX.run(code, []).error == "Stopped: out of memory."


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.fork()\n",
        "import subprocess\nsubprocess.run(['true'])\n",
        "import os\nos.system('true')\n",
        "import os\nos.posix_spawn('/bin/true', ['true'], {})\n",
        "import socket\nsocket.socket().connect(('127.0.0.1', 9))\n",
    ],
)
def test_a_child_process_or_a_connection_is_refused(code: str) -> None:
    verdict = SANDBOX.run(code, [])
    assert not verdict.passed
    assert "not allowed here" in (verdict.error or "")


@pytest.mark.parametrize(
    "code",
    ["import os\nos._exit(0)\n", "raise SystemExit\n", "def broken(:\n", "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n"],
)
def test_code_that_ends_the_interpreter_or_is_none_has_failed(code: str) -> None:
    verdict = SANDBOX.run(code, [])
    assert not verdict.passed
    assert verdict.error


def test_the_caller_s_environment_and_folder_are_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM_SECRET", "x")
    code = "import os\nseen = 'TEAM_SECRET' in os.environ\nhere = os.getcwd()\n"
    assert SANDBOX.run(code, ["not seen", f"here != {str(Path.cwd())!r}"]).passed


def test_what_is_written_is_gone_afterwards(tmp_path: Path) -> None:
    """The folder of a run goes with it; the checks see it while it is there."""
    left = tmp_path / "where"
    code = f"import os\nopen('note.txt', 'w').write('x')\nopen({str(left)!r}, 'w').write(os.getcwd())\n"
    assert SANDBOX.run(code, ["os.path.exists('note.txt')"]).passed
    assert not Path(left.read_text()).exists()
