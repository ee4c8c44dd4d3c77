"""LangSmith: its ``traceable`` decorator, to its ingestion endpoint on loopback.

The sink says about itself what the hosted service does where it changes how the client sends: batches as multipart, compressed.
"""

import json
from pathlib import Path

from peers.arm import Arm, Traced
from peers.payload import answer

INFO = {
    "version": "0.10.0",
    "batch_ingest_config": {
        "use_multipart_endpoint": True,
        "size_limit": 100,
        "size_limit_bytes": 20_971_520,
        "scale_up_nthreads_limit": 16,
        "scale_up_qsize_trigger": 1000,
        "scale_down_nempty_trigger": 4,
    },
    "instance_flags": {"zstd_compression_enabled": True},
}


def settings(url: str, folder: Path) -> dict[str, str]:
    """Tracing switched on, and where to send."""
    return {"LANGSMITH_TRACING": "true", "LANGSMITH_ENDPOINT": url, "LANGSMITH_API_KEY": "lsv2_bench", "LANGSMITH_PROJECT": "bench"}


def start(folder: Path, url: str) -> Traced:
    """Decorate, as a model's run."""
    from langsmith import Client, traceable

    client = Client()
    return Traced(traceable(run_type="llm", client=client)(answer), client.flush, client.close)


ARM = Arm("LangSmith", "loopback HTTP", start, "langsmith", settings, {"/info": json.dumps(INFO).encode(), "/": b"{}"})
