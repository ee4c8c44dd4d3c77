"""OpenTelemetry's SDK: a span around the function, with the GenAI attributes for prompt and answer, to a file.

The exporter is the SDK's own console exporter, pointed at a file and told to write one line per span: it costs less than sending protobuf
to a collector. The two arms differ in the processor: batch is what the documentation recommends, simple exports as the span ends.
"""

import json
from pathlib import Path

from peers.arm import Arm, Traced
from peers.payload import Messages, answer


def start_batch(folder: Path, url: str) -> Traced:
    """Export in the background, in batches."""
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return _start(folder, BatchSpanProcessor)


def start_simple(folder: Path, url: str) -> Traced:
    """Export each span as it ends, in the caller's thread."""
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    return _start(folder, SimpleSpanProcessor)


def _start(folder: Path, processor: type) -> Traced:
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter

    out = (folder / "spans.jsonl").open("w")
    provider = TracerProvider()
    provider.add_span_processor(processor(ConsoleSpanExporter(out=out, formatter=lambda span: span.to_json(indent=None) + "\n")))
    trace.set_tracer_provider(provider)
    tracer = trace.get_tracer("peers")

    def call(messages: Messages) -> str:
        with tracer.start_as_current_span("chat m") as span:
            span.set_attribute("gen_ai.operation.name", "chat")
            span.set_attribute("gen_ai.request.model", "m")
            span.set_attribute("gen_ai.input.messages", json.dumps(messages))
            said = answer(messages)
            span.set_attribute("gen_ai.output.messages", json.dumps([{"role": "assistant", "content": said}]))
            return said

    return Traced(call, provider.force_flush, provider.shutdown)


BATCH = Arm("OpenTelemetry, batch", "file", start_batch, "opentelemetry-sdk")
SIMPLE = Arm("OpenTelemetry, simple", "file", start_simple, "opentelemetry-sdk")
