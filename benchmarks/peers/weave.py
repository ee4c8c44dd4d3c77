"""Weave: its ``op`` decorator, to its trace server on loopback; once with its defaults, and once with its write-ahead log switched on.

The sink answers as a server of the same version, and as the account service for the one question that ``init`` asks of it. What the
write-ahead log holds after a kill counts as kept: the next start sends it.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from peers.arm import Arm, Traced
from peers.payload import answer
from peers.sink import bodies

ANSWERS = {
    "/graphql": json.dumps({"data": {"viewer": {"username": "bench", "defaultEntity": {"name": "bench"}}, "project": {"name": "bench"}}}),
    "/traces/server_info": json.dumps({"min_required_weave_python_version": "0.0.1", "trace_server_version": "1.0.0"}),
    "/traces/obj/create": json.dumps({"digest": "bench"}),
    "/traces/": "{}",
}


def settings(url: str, folder: Path) -> dict[str, str]:
    """Where account and trace server are; no error reports."""
    return {
        "WANDB_BASE_URL": url,
        "WF_TRACE_SERVER_URL": f"{url}/traces",
        "WANDB_API_KEY": "b" * 40,
        "WANDB_ERROR_REPORTING": "false",
        "WEAVE_PRINT_CALL_LINK": "false",
    }


def settings_with_log(url: str, folder: Path) -> dict[str, str]:
    """The same, and the write-ahead log."""
    return {**settings(url, folder), "WEAVE_ENABLE_WAL": "true"}


def start(folder: Path, url: str) -> Traced:
    """Decorate."""
    import weave

    client = weave.init("bench/bench")
    return Traced(weave.op(answer), client.flush, client.finish)


def stored_with_log(folder: Path) -> Iterator[bytes]:
    """What was sent, and what waits to be."""
    yield from bodies(folder)
    for file in (folder.parent / ".weave" / "wal").rglob("*.jsonl"):
        yield file.read_bytes()


_ANSWERS = {path: text.encode() for path, text in ANSWERS.items()}
ARM = Arm("Weave", "loopback HTTP", start, "weave", settings, _ANSWERS)
WITH_LOG = Arm("Weave, write-ahead log", "loopback HTTP", start, "weave", settings_with_log, _ANSWERS, stored_with_log)
