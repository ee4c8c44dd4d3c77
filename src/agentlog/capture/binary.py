"""Bytes that a record refers to instead of holding them.

Payloads of messages (`agentlog.schema.payloads`) of more than 1 KiB go to the blobs, and the record keeps the reference in their place. A
payload stays where it is if it is no base64 in the usual spelling, for then the very text could not be put back, and if it cannot be
written: the record is whole either way.
"""

import binascii
from typing import TYPE_CHECKING, Any

from agentlog.capture.serialize import LEAST_PAYLOAD
from agentlog.schema.changes import AS_BLOB
from agentlog.schema.payloads import BLOB, exchange_payloads

if TYPE_CHECKING:
    from agentlog.store.blobs import BlobStore


def take_out(value: Any, name: str, blobs: "BlobStore") -> tuple[Any, list[str]]:
    """A JSON value with its payloads in the blobs, and the places where they stood; the very same value if there are none."""
    changed: list[str] = []

    def exchange(payload: str, place: str) -> str:
        reference = _stored(payload, blobs) if len(payload) > LEAST_PAYLOAD else None
        if reference is None:
            return payload
        changed.append(f"{place}: payload {AS_BLOB}")
        return reference

    try:
        return exchange_payloads(value, exchange, name, LEAST_PAYLOAD), changed
    except RecursionError:
        # The agent stands deep in its own stack; the record then holds the payloads itself.
        return value, []


def store_bytes(data: bytes, blobs: "BlobStore | None") -> str | None:
    """What stands for bytes in a record, if they are many and can be kept as a blob."""
    if blobs is None or len(data) <= LEAST_PAYLOAD:
        return None
    try:
        return BLOB + blobs.put(data)
    except OSError:
        return None


def as_base64(data: bytes) -> str:
    """Bytes as base64 text."""
    return binascii.b2a_base64(data, newline=False).decode()


def _stored(payload: str, blobs: "BlobStore") -> str | None:
    try:
        data = binascii.a2b_base64(payload, strict_mode=True)
    except ValueError:
        return None
    return store_bytes(data, blobs) if as_base64(data) == payload else None
