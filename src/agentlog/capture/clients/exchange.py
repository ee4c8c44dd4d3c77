"""Exchange: one call of a client, from its request to the end of its answer.

An answer comes whole, raw or as a stream. A whole one ends the call at once. A stream's chunks are taken down as they pass, and it ends the
call when it is exhausted, fails, is closed, or is let go of without any of these: then it was interrupted, unless all of the answer had
come. A raw answer that its caller has not read yet is watched until its connection is closed.

Nothing here raises, and nothing keeps the stream alive: the response holds the exchange, and not the other way round.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from agentlog.capture.call import Call
from agentlog.capture.clients.stream import follow, follow_stream, is_client_stream
from agentlog.formats.answers import join_chunks, read_response
from agentlog.formats.response import plain, tree

_REQUEST_IDS = ("x-request-id", "request-id")
# What OpenAI's responses say again of their requests.
_ECHOES = frozenset(
    {
        "background", "conversation", "instructions", "max_output_tokens", "max_tool_calls", "metadata", "parallel_tool_calls", "prompt",
        "previous_response_id", "prompt_cache_key", "reasoning", "safety_identifier", "store", "temperature", "text", "tool_choice",
        "tools", "top_logprobs", "top_p", "truncation", "user",
    }
)  # fmt: skip


class Exchange:
    """One call of a client. Used with ``with`` around each step of its stream."""

    def __init__(self, call: Call, body: Mapping[str, Any]) -> None:
        self._call, self._body = call, body
        self._chunks: list[Any] = []
        self._answer: Any = None
        self._stepping = self._passed_by = self._ended = False

    def seeing(self, parser: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """The parser that a client lets an answer go through; what the model said is known then even if it cannot be parsed."""

        def parse(answer: Any) -> Any:
            self._answer = answer
            return parser(answer)

        return parse

    def received(self, answer: Any) -> None:
        """Take what the client's request has returned."""
        try:
            self._receive(answer)
        except Exception as trouble:  # noqa: BLE001  capture must never hurt the agent
            self._call.note(f"the answer could not be followed: {type(trouble).__name__}")
            self.end()

    def came(self, chunk: Any) -> None:
        """Take down one chunk of a stream."""
        try:
            # As it was sent, and not as an object: smaller, and quickly written to the journal.
            said = plain(chunk)
        except Exception as trouble:  # noqa: BLE001  capture must never hurt the agent
            self._call.note(f"a chunk is missing: {type(trouble).__name__}")
        else:
            self._chunks.append(said)
            self._call.chunk(said)

    def closed(self, response: Any) -> None:
        """The connection was closed, by whomever."""
        if self._stepping or self._ended:
            # A stream closes it behind its last chunk; the step itself will tell what that meant.
            return
        if self._chunks:
            self.end(GeneratorExit())
        elif (body := _body_of(response)) is not None:
            self._answer = body
            self.end()
        else:
            # Reading closes it too, just before the body is in its place: the next close, or the end of the response, will tell.
            self._passed_by = response.is_stream_consumed

    def end(self, error: BaseException | None = None) -> None:
        """Write the call; the first end counts. When the interpreter itself ends it is too late: the journal has what came."""
        if self._ended or sys.is_finalizing():
            return
        self._ended = True
        call = self._call
        # Without chunks; those the call has itself. Whatever is not understood here is left to it.
        call.output = self._answer
        try:
            response = join_chunks(self._chunks) if self._chunks else read_response(self._answer)
            if response is not None:
                echoes = _ECHOES & self._body.keys()
                call.response = response._replace(rest={name: part for name, part in response.rest.items() if name not in echoes})
                complete = response.finish_reason is not None
                error = None if complete and isinstance(error, GeneratorExit) else error
            if request_id := getattr(error, "request_id", None):
                call.metadata["request_id"] = request_id
        except Exception as trouble:  # noqa: BLE001  capture must never hurt the agent
            call.note(f"the answer is kept as it came: {type(trouble).__name__}")
        call.end(error)

    def __enter__(self) -> None:
        self._stepping = True

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._stepping = False
        if error is not None:
            self.end(None if isinstance(error, (StopIteration, StopAsyncIteration)) else error)

    def __del__(self) -> None:
        if self._passed_by and not self._chunks:
            self._call.note("the answer was read as bytes and is not known here")
            self.end()
        self.end(GeneratorExit())

    def _receive(self, answer: Any) -> None:
        response = _response_of(answer)
        if response is None:
            self._answer, request_id = tree(answer), getattr(answer, "_request_id", None)
        else:
            self._answer, request_id = _body_of(response), next(filter(None, map(response.headers.get, _REQUEST_IDS)), None)
        if request_id is not None:
            self._call.metadata["request_id"] = request_id
        if response is None or response.is_closed:
            self.end()
        else:
            follow(response, self)


def record_stream(stream: Any, call: Call) -> bool:
    """Record, as the answer of a call, what passes through a stream that a client has made; False if it is none of a known client.

    The stream stays the object that it is. The call is ended when the stream has ended, is closed or let go of.
    """
    if not is_client_stream(stream):
        return False
    follow_stream(stream, Exchange(call, {}))
    return True


def _response_of(answer: Any) -> Any:
    """The HTTP response behind what a client has returned; None behind an answer that is no more than itself."""
    if hasattr(type(answer), "iter_raw"):
        return answer
    if hasattr(answer, "__next__") or hasattr(answer, "__anext__"):
        return answer.response
    return getattr(answer, "http_response", None)


def _body_of(response: Any) -> Any:
    """What a response says, if it has been read: as JSON, or else as text."""
    try:
        data = response.content
    except Exception:  # noqa: BLE001  the class of the error belongs to a package that is not imported here
        return None
    try:
        return orjson.loads(data)
    except ValueError:
        return response.text
