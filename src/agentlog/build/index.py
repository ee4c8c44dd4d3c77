"""Index: what the last build knew of the log, so that the next one need not read all of it again.

It holds the table of all interactions, the lines that were set aside, and the states of the files. The index is one file, is replaced as a
whole, and is left aside if it is not what was written.
"""

import hashlib
from array import array
from dataclasses import dataclass
from pathlib import Path

import orjson
import zstandard

from agentlog._io.atomic import write_file
from agentlog._io.jsonl import BadLine
from agentlog.build.file_state import FileState, FileStates
from agentlog.build.table import Table

_FORMAT = "agentlog sessions 2"
_CHECK = 16


@dataclass(frozen=True, slots=True)
class Index:
    """What was known of a log."""

    files: FileStates
    table: Table
    set_aside: list[BadLine]


def load_index(file: Path) -> Index | None:
    """The index, if there is one that can be read."""
    try:
        raw = file.read_bytes()
        if hashlib.blake2b(raw[_CHECK:], digest_size=_CHECK).digest() != raw[:_CHECK]:
            return None
        content = zstandard.ZstdDecompressor().decompress(raw[_CHECK:])
    except (OSError, zstandard.ZstdError):
        return None
    head, _, columns = content.partition(b"\n")
    said = orjson.loads(head)
    if said["format"] != _FORMAT:
        return None
    table = Table(said["ids"], said["roles"], said["sessions"])
    parts = []
    for size in said["sizes"]:
        parts.append(columns[:size])
        columns = columns[size:]
    table.role, table.session = array("i", parts[0]), array("i", parts[1])
    table.moment, table.digest = bytearray(parts[2]), bytearray(parts[3])
    aside = [BadLine(Path(name), number, reason) for name, number, reason in said["set_aside"]]
    return Index({name: FileState(*state) for name, state in said["files"].items()}, table.without(()), aside)


def save_index(file: Path, index: Index) -> None:
    """Put an index in the place of the one before."""
    table = index.table
    columns = [table.role.tobytes(), table.session.tobytes(), bytes(table.moment), bytes(table.digest)]
    head = {
        "format": _FORMAT,
        "files": {name: tuple(state) for name, state in index.files.items()},
        "set_aside": [(str(line.file), line.number, line.reason) for line in index.set_aside],
        "ids": table.ids,
        "roles": table.roles,
        "sessions": table.sessions,
        "sizes": [len(column) for column in columns],
    }
    content = zstandard.ZstdCompressor(1).compress(b"".join([orjson.dumps(head), b"\n", *columns]))
    write_file(file, hashlib.blake2b(content, digest_size=_CHECK).digest() + content, mode=0o600)
