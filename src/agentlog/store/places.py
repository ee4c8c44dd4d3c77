"""Where in the log something stands: file and line of every event about an interaction."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import orjson

from agentlog._io.jsonl import raw_lines
from agentlog.store.layout import log_files
from agentlog.store.reader import opened


class LogPlace(NamedTuple):
    """One line of the log: its file, its number from 1, which event it holds and about which interaction."""

    file: Path
    line: int
    event: str
    interaction_id: str


def places_of(path: str | Path, ids: Iterable[str]) -> Iterator[LogPlace]:
    """Every line about these interactions, in the order of the files; lines that cannot be read tell nothing.

    Raises:
        LogError: there is nothing at ``path``, or a file cannot be opened.
    """
    wanted = set(ids)
    # As a JSON text, an id is written in one way by orjson, and hardly in another by anyone.
    written = [orjson.dumps(name)[1:-1] for name in wanted]
    for file in log_files(Path(path)):
        with opened(file) as stream:
            for number, raw in enumerate(raw_lines(stream, []), start=1):
                if any(name in raw for name in written) and (place := _place(file, number, raw)) and place.interaction_id in wanted:
                    yield place


def _place(file: Path, number: int, raw: bytes) -> LogPlace | None:
    try:
        said = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(said, dict) or not isinstance(said.get("event"), str):
        return None
    name = said.get("id") if said["event"] == "interaction" else said.get("interaction_id")
    return LogPlace(file, number, said["event"], name) if isinstance(name, str) else None
