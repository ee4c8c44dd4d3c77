"""Langfuse: its ``observe`` decorator, which records arguments and result, to its ingestion endpoint on loopback."""

from pathlib import Path

from peers.arm import Arm, Traced
from peers.payload import answer


def settings(url: str, folder: Path) -> dict[str, str]:
    """Where the client sends, and keys that the sink does not look at."""
    return {"LANGFUSE_BASE_URL": url, "LANGFUSE_PUBLIC_KEY": "pk-lf-bench", "LANGFUSE_SECRET_KEY": "sk-lf-bench"}


def start(folder: Path, url: str) -> Traced:
    """Decorate, as a generation."""
    from langfuse import get_client, observe

    client = get_client()
    return Traced(observe(as_type="generation")(answer), client.flush, client.shutdown)


ARM = Arm("Langfuse", "loopback HTTP", start, "langfuse", settings)
