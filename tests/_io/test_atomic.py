"""Files and folders appear whole or not at all, and never over what is there."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agentlog._io.atomic import publish_folder, write_file


def test_a_written_file_has_its_content_and_mode(tmp_path: Path) -> None:
    write_file(tmp_path / "deep" / "file", b"new", mode=0o600)
    write_file(tmp_path / "deep" / "file", b"newer", mode=0o600)
    assert (tmp_path / "deep" / "file").read_bytes() == b"newer"
    assert (tmp_path / "deep" / "file").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["file"]


def test_a_folder_appears_when_it_is_complete(tmp_path: Path) -> None:
    with publish_folder(tmp_path / "done") as staging:
        write_file(staging / "inner" / "a", b"1")
        assert not (tmp_path / "done").exists()
    assert (tmp_path / "done" / "inner" / "a").read_bytes() == b"1"


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    def half() -> None:
        with publish_folder(tmp_path / "done") as staging:
            write_file(staging / "inner" / "a", b"1")
            raise KeyError

    with pytest.raises(KeyError):
        half()
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "done").mkdir()
    with pytest.raises(FileExistsError), publish_folder(tmp_path / "done"):
        pass
    with pytest.raises(FileExistsError), publish_folder(tmp_path / "late"):
        (tmp_path / "late").mkdir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["done", "late"]


def test_a_process_killed_in_the_middle_publishes_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from agentlog._io.atomic import publish_folder, write_file\n"
        f"with publish_folder(Path({str(tmp_path / 'done')!r})) as staging:\n"
        "    write_file(staging / 'a', b'1'); print('ready', flush=True); sys.stdin.read()\n"
    )
    running = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert running.stdout is not None
    assert running.stdout.readline() == b"ready\n"
    running.send_signal(signal.SIGKILL)
    running.communicate()
    assert not (tmp_path / "done").exists()
    assert all(path.name.startswith(".staging-") for path in tmp_path.iterdir())
