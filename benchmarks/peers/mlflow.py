"""MLflow tracing: its ``trace`` decorator, to a tracking server on loopback, and to a local SQLite store, which is its default.

With the server, the sink answers as one of the client's own version that keeps spans itself. With SQLite the traced process also does what
a server would do, so its time is shown as a row of its own; it gets fewer calls, since each takes tens of milliseconds of CPU.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from peers.arm import Arm, Traced
from peers.payload import answer

STORE = "mlflow.db"
EXPERIMENT = {"experiment_id": "1", "name": "bench", "artifact_location": "mlflow-artifacts:/1", "lifecycle_stage": "active"}
LOCATION = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "1"}}
TRACE = {
    "trace_id": "tr-0",
    "trace_location": LOCATION,
    "request_time": "2026-11-20T17:00:00Z",
    "state": "OK",
    "tags": {"mlflow.trace.spansLocation": "TRACKING_STORE"},
}
ANSWERS = {
    "/version": b"3.17.2",
    "/api/3.0/mlflow/server-info": b'{"workspaces_enabled": false}',
    "/api/2.0/mlflow/experiments/get-by-name": json.dumps({"experiment": EXPERIMENT}).encode(),
    "/api/3.0/mlflow/traces": json.dumps({"trace": {"trace_info": TRACE}}).encode(),
    "/v1/traces": b"{}",
}


def settings(url: str, folder: Path) -> dict[str, str]:
    """The server, and no telemetry."""
    return {"MLFLOW_TRACKING_URI": url, "MLFLOW_DISABLE_TELEMETRY": "true"}


def settings_of_sqlite(url: str, folder: Path) -> dict[str, str]:
    """The store, and no telemetry."""
    return {"MLFLOW_TRACKING_URI": f"sqlite:///{folder / STORE}", "MLFLOW_DISABLE_TELEMETRY": "true"}


def start(folder: Path, url: str) -> Traced:
    """Decorate, as a model's span."""
    import mlflow
    from mlflow.entities import SpanType

    mlflow.set_experiment("bench")
    return Traced(mlflow.trace(answer, span_type=SpanType.LLM), mlflow.flush_trace_async_logging)


def stored_in_sqlite(folder: Path) -> Iterator[bytes]:
    """The spans in the store, as they are there."""
    with closing(sqlite3.connect(folder / STORE)) as store:
        for (content,) in store.execute("SELECT content FROM spans"):
            yield content.encode() if isinstance(content, str) else content


SERVER = Arm("MLflow, server", "loopback HTTP", start, "mlflow", settings, ANSWERS)
SQLITE = Arm("MLflow, SQLite", "file", start, "mlflow", settings_of_sqlite, stored=stored_in_sqlite, calls_at_most=500)
