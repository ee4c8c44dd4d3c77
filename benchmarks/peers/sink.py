"""A server on loopback that stores every body before it answers, in the runner's process, so never in the measured one.

It stores a body as it came, one file each, with its compression as the suffix; unpacking is the reader's work, after the measurement. What
it answers to which path is told by the arm. It does nothing that a peer's own server would do besides: it can only be faster.
"""

import gzip
import itertools
import sys
import threading
import urllib.request
import zlib
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

import zstandard


class Sink:
    """The server for one run; use it in ``with``. Leaving waits until everything that clients had sent is stored."""

    def __init__(self, folder: Path, answers: Mapping[str, bytes]) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        self._server = _Server(folder, answers)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # Connections are taken in order: once this one is answered, none that a killed client had opened still waits to be taken.
        urllib.request.urlopen(f"{self.url}/closing").close()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def bodies(folder: Path) -> Iterator[bytes]:
    """Everything that a sink stored, unpacked."""
    for file in sorted(folder.iterdir()):
        yield _unpacked(file.read_bytes(), file.suffix.removeprefix("."))


def _unpacked(body: bytes, coding: str) -> bytes:
    if coding == "gzip":
        return gzip.decompress(body)
    if coding == "deflate":
        return zlib.decompress(body)
    if coding == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(body)
    return body


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close() waits for them
    request_queue_size = 128

    def __init__(self, folder: Path, answers: Mapping[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder, self.answers = folder, answers
        self.count = itertools.count()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed breaks its connection off; everything else is a fault of this server, and is said."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def answer_to(self, path: str) -> bytes:
        """The answer whose key is the longest that the path begins with."""
        return self.answers[max((key for key in self.answers if path.startswith(key)), key=len)] if self.answers else b""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer(b"" if self.path == "/closing" else self.server.answer_to(self.path))

    def do_POST(self) -> None:
        body = self._body()
        coding = self.headers.get("Content-Encoding", "plain")
        (self.server.folder / f"{next(self.server.count):06d}.{coding}").write_bytes(body)
        self._answer(self.server.answer_to(self.path))

    do_PUT = do_PATCH = do_POST

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self.rfile.readline(), 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json" if body else "application/x-protobuf")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return
