"""Logs to read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

Line = dict[str, Any] | bytes


@pytest.fixture
def log_of(tmp_path: Path) -> Callable[..., Path]:
    """A log made of files, each a list of events or raw lines."""

    def write(*files: list[Line]) -> Path:
        day = tmp_path / "log" / "2026-01-01"
        day.mkdir(parents=True, exist_ok=True)
        for number, lines in enumerate(files):
            raw = (line if isinstance(line, bytes) else orjson.dumps(line) + b"\n" for line in lines)
            (day / f"{number:06d}.jsonl").write_bytes(b"".join(raw))
        return tmp_path

    return write
