"""A provider of models on 127.0.0.1: it gives the answers that it was told to give, whole or streamed, and remembers what it was asked."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import orjson


class Whole(NamedTuple):
    """A JSON body."""

    body: Any
    status: int = 200


class Streamed(NamedTuple):
    """Server-sent events. ``cut``: the connection breaks behind them, without the end of the body."""

    events: list[Any]
    cut: bool = False


class Silence(NamedTuple):
    """No answer at all, until the server stops."""


class Provider:
    """What the server says next, and what it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[dict[str, Any]] = []
        self.stopped = threading.Event()
        self._answers: deque[Whole | Streamed | Silence] = deque()

    def will_say(self, *answers: Whole | Streamed | Silence) -> None:
        """The answers to the next requests, in order."""
        self._answers.extend(answers)

    def forget(self) -> None:
        """Begin anew."""
        self.asked.clear()
        self._answers.clear()

    def next_answer(self) -> Whole | Streamed | Silence:
        """The answer to a request that has come."""
        return self._answers.popleft()


@contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider, listening."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.provider = Provider(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.provider
    finally:
        server.provider.stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    provider: Provider
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        provider = self.server.provider
        provider.asked.append({"path": self.path, "headers": dict(self.headers), "body": orjson.loads(body)})
        answer = provider.next_answer()
        if isinstance(answer, Whole):
            self._say_whole(answer)
        elif isinstance(answer, Streamed):
            self._stream(answer)
        else:
            provider.stopped.wait()

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""

    def _head(self, status: int, kind: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("x-request-id", "request-1")
        self.send_header("request-id", "request-1")

    def _say_whole(self, answer: Whole) -> None:
        data = orjson.dumps(answer.body)
        self._head(answer.status, "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, answer: Streamed) -> None:
        self._head(200, "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in answer.events:
            name = b"event: " + event["type"].encode() + b"\n" if "type" in event else b""
            self._send(name + b"data: " + orjson.dumps(event) + b"\n\n")
        if answer.cut:
            self.close_connection = True
            return
        if answer.events and "type" not in answer.events[0]:
            self._send(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def _send(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
