"""Type checkers see the same types through the decorator, `wrap` and `carry`."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def check(file: Path, cache: Path) -> str:
    """What mypy says of a file under its strictest rules, in which an ignored error that is none is one."""
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--follow-imports=silent", f"--cache-dir={cache}", str(file)]
    return subprocess.run(command, cwd=HERE.parents[1] / "src", capture_output=True, text=True, timeout=200, check=False).stdout


def test_logged_functions_keep_their_types(tmp_path: Path) -> None:
    assert "Success: no issues found" in check(HERE / "kept_types.py", tmp_path)
    lost = tmp_path / "lost_types.py"
    lost.write_text((HERE / "kept_types.py").read_text().replace('assert_type(plain("a", size=2), list[str])', "assert_type(plain, int)"))
    assert "[assert-type]" in check(lost, tmp_path), "mypy would have told"
