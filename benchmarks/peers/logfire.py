"""Logfire: its ``instrument`` decorator with arguments and result, not sent to its service but to a file.

The processor is OpenTelemetry's for batches, as its documentation shows for other places than the service, with the exporter of the two
OpenTelemetry arms.
"""

from pathlib import Path

from peers.arm import Arm, Traced
from peers.payload import answer


def settings(url: str, folder: Path) -> dict[str, str]:
    """Nothing to the service."""
    return {"LOGFIRE_SEND_TO_LOGFIRE": "false", "LOGFIRE_IGNORE_NO_CONFIG": "1"}


def start(folder: Path, url: str) -> Traced:
    """Configure without the service and without the console, and decorate."""
    import logfire
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter

    out = (folder / "spans.jsonl").open("w")
    exporter = ConsoleSpanExporter(out=out, formatter=lambda span: span.to_json(indent=None) + "\n")
    logfire.configure(send_to_logfire=False, console=False, additional_span_processors=[BatchSpanProcessor(exporter)])
    return Traced(logfire.instrument("chat m", record_return=True)(answer), logfire.force_flush, logfire.shutdown)


ARM = Arm("Logfire", "file", start, "logfire", settings)
