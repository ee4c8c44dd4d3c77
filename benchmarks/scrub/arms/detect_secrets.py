"""detect-secrets with all its plugins and filters as they are by default, on whole files as its command scans them.

It is installed into the environment of the peers (``make bench``), not into that of agentlog; so it runs in a process of that environment,
to which this module is also the script (with ``-P``, since it is named like the package): file names in on standard input, findings out.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

_ROOT = Path(__file__).resolve().parents[3]
MISSING = "detect-secrets is not installed: `make bench` does that"


class Found(NamedTuple):
    """One finding: the line, counted from 1, the plugin, and the secret itself."""

    line: int
    kind: str
    secret: str


class Scan(NamedTuple):
    """The findings of each text, in order, and the CPU seconds that they took."""

    found: list[list[Found]]
    seconds: float


def python() -> str | None:
    """The interpreter that has it, if any."""
    if find_spec("detect_secrets"):
        return sys.executable
    peers = _ROOT / ".venv-bench" / "bin" / "python"
    return str(peers) if peers.exists() and _has_it(str(peers)) else None


def scan(files: Sequence[tuple[str, str]]) -> Scan | None:
    """What it finds in texts, each given with a file name, whose ending it looks at; None where it is not installed."""
    interpreter = python()
    if interpreter is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}-{Path(name).name}" for number, (name, _) in enumerate(files)]
        for path, (_, text) in zip(paths, files, strict=True):
            path.write_text(text, encoding="utf-8", errors="replace")
        given = json.dumps([str(path) for path in paths])
        done = subprocess.run([interpreter, "-P", __file__], input=given, capture_output=True, text=True, check=True, cwd=folder)
    said = json.loads(done.stdout)
    return Scan([[Found(*one) for one in found] for found in said["found"]], said["seconds"])


def _has_it(interpreter: str) -> bool:
    return subprocess.run([interpreter, "-c", "import detect_secrets"], capture_output=True, check=False).returncode == 0


def _child(paths: Iterable[str]) -> dict[str, Any]:
    import time

    from detect_secrets.core.scan import scan_file
    from detect_secrets.settings import default_settings

    found: list[list[tuple[int, str, str]]] = []
    with default_settings():
        begun = time.process_time()
        for path in paths:
            found.append([(one.line_number, one.type, one.secret_value or "") for one in scan_file(path)])
        seconds = time.process_time() - begun
    return {"found": found, "seconds": seconds}


if __name__ == "__main__":
    print(json.dumps(_child(json.load(sys.stdin))))
