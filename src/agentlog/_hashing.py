"""Canonical JSON and the digests made of it.

One byte string per JSON value, whatever the order of its keys, so that equal content has equal digests on every machine and for
every hash seed. A digest carries its algorithm (``sha256:…``), and the tag that went into it keeps digests of different nouns apart.
"""

import hashlib
from pathlib import Path
from typing import Any

import orjson

_CHUNK = 1 << 20


def canonical_json(value: Any) -> bytes:
    """The one UTF-8 encoding of a JSON value: keys sorted, no white space.

    Raises:
        TypeError: the value holds something JSON has no word for.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def digest(tag: str, value: Any) -> str:
    """``sha256:<64 hex digits>`` of a tagged JSON value; bytes are hashed as they are."""
    data = value if isinstance(value, bytes) else canonical_json(value)
    return "sha256:" + hashlib.sha256(tag.encode() + b"\0" + data).hexdigest()


def short(full: str, length: int = 12) -> str:
    """The first hex digits of a digest, enough to name a folder."""
    return full.removeprefix("sha256:")[:length]


def file_digest(path: Path) -> str:
    """``sha256:<64 hex digits>`` of a file's bytes, as ``sha256sum`` prints it."""
    state = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            state.update(chunk)
    return "sha256:" + state.hexdigest()
