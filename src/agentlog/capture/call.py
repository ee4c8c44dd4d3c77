"""Call: one call of an agent, from its beginning to its line in the log.

What was asked is made into bytes when the call begins, so the record shows it as it was then; what was answered is read when it ends.
Between the two, whoever makes the call may set what is known better: output, usage, model, finish_reason, tools, params, metadata, result.
A call is written once, when it ends. Nothing here raises: what goes wrong is noted in the record or counted as lost.
"""

from typing import Any, Protocol

import orjson

from agentlog._clock import Clock, format_timestamp
from agentlog._ids import uuid7
from agentlog.capture.answer import as_json_text, read_answer
from agentlog.capture.context import Place
from agentlog.capture.prompt import Prompt
from agentlog.capture.serialize import describe_error, dump_record, encode
from agentlog.formats.response import Response, plain, read_usage

SCHEMA_VERSION = 1
_EMPTY = orjson.Fragment(b"{}")
_NO_TOOLS = orjson.Fragment(b"[]")
_MODEL_FIELDS = ("name", "provider", "revision", "quantization")


class Sink(Protocol):
    """Where lines go: a `LogWriter`, or a list in a test."""

    def write(self, line: bytes) -> bool:
        """Write one line, newline included; returns whether it is safe."""

    def lose(self, error: BaseException) -> None:
        """Count an event that could not be made into a line."""

    def stats(self) -> Any:
        """Events submitted, written and lost."""

    def close(self) -> None:
        """Let go of what is held open."""


class Call:
    """A call that is going on. Its attributes may be set until it ends.

    ``output`` is text, a dictionary, a chat message or a provider's answer; ``model`` a name or a dictionary with name, provider,
    revision and quantization; ``usage`` token counts; ``execution_result`` what came of it, if known already.
    """

    def __init__(self, sink: Sink, clock: Clock, place: Place, role: str, prompt: Prompt, task_type: str | None = None) -> None:
        self.id = uuid7(now := clock.time_ns())
        self.role = role
        self.task_type = task_type
        self.output: Any = None
        self.response: Response | None = None
        self.model: Any = prompt.model
        self.usage: Any = None
        self.finish_reason: str | None = None
        self.tools: Any = prompt.tools
        self.params: dict[str, Any] = dict(prompt.params)
        self.execution_result: dict[str, Any] | None = None
        self.metadata: dict[str, Any] = {}
        self.variant = place.variant
        self._sink, self._clock, self._place, self._time_ns = sink, clock, place, now
        self._task_id = prompt.task_id if prompt.task_id is not None else place.task_id
        self._task_description = prompt.task_description
        self._changed: list[str] = []
        self._ended = False
        self._messages = self._fragment(prompt.messages, "messages")
        self._tools_given, self._tools_then = prompt.tools, self._fragment(prompt.tools, "tools") if prompt.tools else _NO_TOOLS
        self._arguments = self._fragment(prompt.arguments, "metadata.arguments") if prompt.arguments else None
        self._begun = clock.monotonic()

    def end(self, error: BaseException | None = None) -> None:
        """Write the call; later calls of `end` do nothing. ``error`` is what the call raised."""
        if self._ended:
            return
        self._ended = True
        latency = (self._clock.monotonic() - self._begun) * 1000
        try:
            self._sink.write(self._line(error, latency))
        except Exception as trouble:  # noqa: BLE001  capture must never hurt the agent
            self._sink.lose(trouble)

    def note(self, trouble: str) -> None:
        """Keep in the record that something about it could not be found out."""
        self.metadata.setdefault("capture_errors", []).append(trouble)

    def _line(self, error: BaseException | None, latency_ms: float) -> bytes:
        response = self._understood_output()
        record = {
            "event": "interaction",
            "schema_version": SCHEMA_VERSION,
            "id": self.id,
            "timestamp": format_timestamp(self._time_ns),
            "session_id": _text(self._place.session_id),
            "parent_id": self._place.parent_id,
            "agent_role": self.role,
            "task_id": _text(self._task_id),
            "task_type": _text(self.task_type),
            "task_description": _text(self._task_description),
            "messages": self._messages,
            "tools": self._tools_then if self.tools is self._tools_given else self._fragment(self.tools, "tools"),
            "model_output": self._fragment(response.message, "model_output") if response else None,
            "model": self._fragment(self._model(), "model") if isinstance(self.model, dict) else self._model(),
            "params": self._fragment(self.params, "params") if self.params else {},
            "usage": self._fragment(self._usage(), "usage"),
            "latency_ms": round(latency_ms, 3),
            "finish_reason": _text(self.finish_reason),
            "execution_result": self._fragment(self._result(error), "execution_result"),
            "human_feedback": None,
            "variant": _text(self.variant),
        }
        # Last, because all that was changed above is listed in it.
        record["metadata"] = self._metadata()
        return dump_record(record)

    def _understood_output(self) -> Response | None:
        """The answer, with what it says of itself taken over where nobody said it better."""
        try:
            response = self.response or read_answer(self.output)
        except Exception as trouble:  # noqa: BLE001  a foreign object may raise anything when it is looked into
            self.note(f"the answer is kept as it stands: {type(trouble).__name__}")
            response = as_json_text(self.output)
        if response is not None:
            self._take_over(response)
        return response

    def _take_over(self, response: Response) -> None:
        self.usage = response.usage if self.usage is None else self.usage
        self.finish_reason = self.finish_reason or response.finish_reason
        if self.model is None:
            self.model = response.model
        elif response.model is not None and response.model != self._model()["name"]:
            self.metadata["reported_model"] = response.model
        self.metadata.update(response.rest)
        self._changed += response.changed

    def _model(self) -> dict[str, Any]:
        try:
            said = {"name": self.model} if self.model is None or isinstance(self.model, str) else plain(self.model)
        except TypeError:
            # Neither a name, nor a dictionary, nor an object with fields.
            said = {"name": str(self.model)}
        return dict.fromkeys(_MODEL_FIELDS) | said

    def _usage(self) -> dict[str, Any] | None:
        try:
            return read_usage(self.usage, "prompt_tokens", "completion_tokens")
        except TypeError:
            # Neither a dictionary nor an object with fields: kept, but not as token counts.
            self.metadata["usage"] = self.usage
            return None

    def _result(self, error: BaseException | None) -> dict[str, Any] | None:
        if error is None:
            return self.execution_result
        # Cancellation, Ctrl-C and a generator closed early are no failures of the agent.
        status = "error" if isinstance(error, Exception) else "interrupted"
        told = {"status": status, "error": describe_error(error)}
        return {"tests_passed": None, "review_score": None} | (self.execution_result or {}) | told

    def _metadata(self) -> orjson.Fragment:
        said = self.metadata | ({"arguments": self._arguments} if self._arguments else {})
        if not said and not self._changed:
            return _EMPTY
        encoded = encode(said, "metadata")
        changed = self._changed + encoded.changed
        return orjson.Fragment(encode(said | {"changed": changed}).data if changed else encoded.data)

    def _fragment(self, value: Any, name: str) -> orjson.Fragment | None:
        if value is None:
            return None
        encoded = encode(value, name)
        self._changed += encoded.changed
        return orjson.Fragment(encoded.data)


def _text(value: Any) -> str | None:
    """What the log holds as text: a number given in its place, as ids often are, would make the line unreadable."""
    return value if value is None or isinstance(value, str) else str(value)
