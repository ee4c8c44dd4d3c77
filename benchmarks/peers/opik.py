"""Opik: its ``track`` decorator, to its ingestion endpoint on loopback.

The database in which it keeps messages to send again lies in a temporary folder with a new name in every process: what a killed process
leaves there, no later one looks for, so it does not count as kept.
"""

from pathlib import Path

from peers.arm import Arm, Traced
from peers.payload import answer


def settings(url: str, folder: Path) -> dict[str, str]:
    """Where to send; no analytics, no error reports."""
    return {"OPIK_URL_OVERRIDE": url, "OPIK_ANALYTICS_ENABLE": "false", "OPIK_SENTRY_ENABLE": "false", "OPIK_PROJECT_NAME": "bench"}


def start(folder: Path, url: str) -> Traced:
    """Decorate, as a model's span."""
    import opik

    return Traced(opik.track(answer, type="llm"), opik.flush_tracker, lambda: opik.get_global_client().end())


ARM = Arm("Opik", "loopback HTTP", start, "opik", settings, {"/": b"{}"})
