"""Metrics: ``metrics.jsonl`` in a run's folder, one line for each step, check-up and warning, in the order they came.

A full disk does not end a run: lines that find no room wait in memory and are written with the next that does. A resumed run cuts off
the lines of steps that it will take again; cutting needs no room either.
"""

import os
from pathlib import Path
from typing import Any

import orjson

from agentlog._io.jsonl import dump_line
from agentlog.errors import TrainingRefusedError
from trainer.loop.checkpoint import survives_full_disk

METRICS = "metrics.jsonl"


class MetricsFile:
    """The lines of one run. Only the process that trains the run writes to it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._waiting: list[bytes] = []

    def rewound(self, step: int) -> list[dict[str, Any]]:
        """The lines up to a step, after all others have been cut off; so is one that a power cut has torn.

        Raises:
            TrainingRefusedError: a line before the last is damaged, so what the run was like up to here cannot be told.
        """
        if not self.file.exists():
            return []
        kept: list[dict[str, Any]] = []
        end = 0
        with self.file.open("rb+") as file:
            for line in file:
                record = _record(line)
                # What lies before the checkpoint was brought to the disk with it; only what came later may be torn.
                if record is None and (kept[-1]["step"] if kept else -1) < step and file.read(1):
                    raise TrainingRefusedError(
                        f"{self.file} is damaged in line {len(kept) + 1}, so the run's losses up to here are lost: "
                        "put the file back as it was, or begin a new run"
                    )
                if record is None or record["step"] > step:
                    break
                kept.append(record)
                end += len(line)
            file.truncate(end)
        return kept

    def write(self, record: dict[str, Any]) -> str | None:
        """Write a line, and any that still wait; returns what the system said if there was no room, and nothing if all are written."""
        self._waiting.append(dump_line(record))
        return survives_full_disk(self._write)

    def flush(self) -> None:
        """Bring every line to the disk: a checkpoint counts on those before it, and without room for them there must be none.

        Raises:
            OSError: there is no room.
        """
        self._write()
        if self.file.exists():
            with self.file.open("rb") as file:
                os.fsync(file.fileno())

    def _write(self) -> None:
        if not self._waiting:
            return
        with self.file.open("ab", buffering=0) as file:
            before = file.seek(0, os.SEEK_END)
            lines = b"".join(self._waiting)
            try:
                written = 0
                while written < len(lines):
                    written += os.write(file.fileno(), lines[written:])
            except OSError:
                file.truncate(before)
                raise
        self._waiting.clear()


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = orjson.loads(line) if line.endswith(b"\n") else None
    except orjson.JSONDecodeError:
        return None
    return record if isinstance(record, dict) and isinstance(record.get("step"), int) else None
