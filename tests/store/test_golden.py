"""A log of every schema version is kept as it was written, and must read as it always did."""

from pathlib import Path

import orjson
import pytest

from agentlog.schema.migrate import CURRENT_VERSION
from agentlog.store.reader import read_interactions

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


@pytest.mark.parametrize("version", range(1, CURRENT_VERSION + 1))
def test_a_log_of_this_version_reads_as_it_always_did(version: int) -> None:
    log = read_interactions(GOLDEN / f"log-v{version}.jsonl")
    read = {
        "interactions": [interaction.model_dump(mode="json") for interaction in log],
        "skipped": [[bad.number, bad.reason.partition(":")[0]] for bad in log.skipped],
        "orphans": log.orphans,
    }
    assert read == orjson.loads((GOLDEN / f"log-v{version}.read.json").read_bytes())
