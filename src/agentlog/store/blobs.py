"""BlobStore: bytes that a record refers to, kept once under their digest beside the log.

A blob lies at ``log/blobs/sha256/<2 digits>/<digest>`` and is never changed: it is written beside its place and renamed, so that it is
there whole or not at all, whoever writes it at the same time. It is written before the line that refers to it, and is what ``sha256sum``
says it is. A record says ``blob:sha256:<digest>`` where the base64 text of a payload stood; `restore` puts the text back. Nothing is ever
removed here, and nothing is said of what the bytes mean.
"""

import os
import re
from pathlib import Path
from typing import Any

from agentlog._io.atomic import sync_folder
from agentlog._io.filesystem import settled
from agentlog.errors import LogError
from agentlog.schema.payloads import BLOB, exchange_payloads
from agentlog.store.layout import FILE_MODE, blob_file, make_private

_REFERENCE = re.compile(r"sha256:([0-9a-f]{64})")
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class BlobStore:
    """The blobs in a folder, which appears with the first of them; safe for threads and processes.

    With ``sync``, a blob is on the disk when `put` returns; without, it is in the kernel and survives the death of the process.
    """

    def __init__(self, folder: Path, *, sync: bool = False) -> None:
        self._folder = settled(folder)
        self._sync = sync

    def put(self, data: bytes) -> str:
        """Keep bytes and return their reference, ``sha256:<64 hex digits>``. What is there already is not written again.

        Raises:
            OSError: they cannot be written.
        """
        import hashlib

        name = hashlib.sha256(data).hexdigest()
        file = blob_file(self._folder, name)
        if not _holds(file, len(data)):
            self._write(file, data)
        if self._sync:
            # Whoever wrote it may not have come so far yet, and the folders above may be new as well.
            for path in (file, *file.parents[:5]):
                sync_folder(path)
        return f"sha256:{name}"

    def get(self, reference: str) -> bytes:
        """The bytes of a reference.

        Raises:
            LogError: it is no reference, or the blob is missing or damaged.
        """
        import hashlib

        if not (found := _REFERENCE.fullmatch(reference)):
            raise LogError(f"{reference!r:.80} is no reference to a blob: it must be sha256: and 64 hexadecimal digits")
        file = blob_file(self._folder, found[1])
        try:
            data = file.read_bytes()
        except OSError as error:
            raise LogError(f"blob {file} cannot be read: {error.strerror or error}; copy it from a backup of the log") from error
        if hashlib.sha256(data).hexdigest() != found[1]:
            raise LogError(f"blob {file} is damaged: its bytes are not those of its name; copy it from a backup of the log")
        return data

    def _write(self, file: Path, data: bytes) -> None:
        make_private(file.parent, self._folder.parent.parent)
        temporary = file.with_name(f".{file.name}.{os.urandom(4).hex()}")
        handle = os.open(temporary, _FLAGS, FILE_MODE)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                if self._sync:
                    os.fsync(handle)
            temporary.replace(file)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def restore(value: Any, store: BlobStore) -> Any:
    """A message, or any JSON value of a record, with its payloads as they were: base64 text in the place of references.

    Raises:
        LogError: a blob is missing or damaged.
    """
    return exchange_payloads(value, lambda payload, place: _restored(payload, store))


def _restored(payload: str, store: BlobStore) -> str:
    if not payload.startswith(BLOB):
        return payload
    import base64

    return base64.b64encode(store.get(payload.removeprefix(BLOB))).decode()


def _holds(file: Path, size: int) -> bool:
    try:
        return file.stat().st_size == size
    except FileNotFoundError:
        return False
