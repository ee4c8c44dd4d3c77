"""Call: one call of an agent, from its beginning to its line in the log.

What was asked is made into bytes when the call begins, so the record shows it as it was then; the bytes are kept in the journal while the
call goes on, and are the beginning of its line when it ends. What was answered is read at the end. Between the two, whoever makes the
call may set what is known better: output, usage, model, finish_reason, tools, params, metadata, result. A call is written once. Nothing
here raises: what goes wrong is noted in the record or counted as lost.

The line is put together from pieces of JSON, and what most calls do not have costs no more than a look: this is the path of every call.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import orjson

from agentlog._clock import timestamp_ascii
from agentlog._ids import uuid7_ascii
from agentlog.capture.answer import as_json_text, read_answer, read_chunks
from agentlog.capture.context import Place, SessionFacts, lead_of
from agentlog.capture.credentials import without_nested_credentials
from agentlog.capture.heading import Heading, text_json
from agentlog.capture.line import ANSWER, ENDING, NO_MODEL, NO_TOOLS, OPENING, TOOLS, described_model, ending_of, known_of, model_json
from agentlog.capture.prompt import Prompt, is_tools
from agentlog.capture.recorder import Recorder
from agentlog.capture.said import mapping_said, result_said
from agentlog.capture.sampling import UNSAMPLED
from agentlog.capture.serialize import describe_error, encode
from agentlog.formats.response import Response, read_usage
from agentlog.store.journal import Journal, Slot

# Beyond this, putting a line together would cost more than handing its parts to the kernel.
_LARGE = 1 << 16


class Call:
    """A call that is going on. Its attributes may be set until it ends.

    ``output`` is text, a dictionary, a chat message or a provider's answer; ``model`` a name or a dictionary with name, provider,
    revision and quantization; ``usage`` token counts; ``execution_result`` what came of it, if known already.
    """

    output: Any = None
    tools: Any = ()
    response: Response | None = None
    usage: Any = None
    finish_reason: str | None = None
    execution_result: dict[str, Any] | None = None
    variant: str | None = None
    read_output: Callable[[Any], Any] | None = None
    _tools_given: Any = ()
    _tools_size = len(NO_TOOLS)
    _params: dict[str, Any] | None = None
    _metadata: dict[str, Any] | None = None
    _changed: list[str] | None = None
    _chunks: list[Any] | None = None
    _arguments: bytes | None = None
    _slot: Slot | None = None
    _journal: Journal
    _ended = False

    def __init__(self, recorder: Recorder, place: Place, heading: Heading, prompt: Prompt, model: Any = None, metadata: Any = None) -> None:
        now = recorder.time_ns()
        self._recorder = recorder
        self._name = uuid7_ascii(now)
        self.session: SessionFacts = place.session
        self.heading = heading
        self.model = prompt.model if model is None else model
        if metadata:
            self._metadata = mapping_said(metadata, "metadata")
        if not prompt.bare:
            self._take_settings(prompt)
        self._head = self._begin(timestamp_ascii(now), place, prompt)
        journal = recorder.sink.journal
        if journal is not None:
            self._journal = journal
            usual = prompt.bare and self._metadata is None and self._changed is None and self.session.variant is None and recorder.direct
            known = known_of(self.model) if usual and type(self.model) is str else self._known()
            if type(head := self._head) is bytes:
                self._slot = journal.begin(b"".join((self._name, b" ", head, b"null", known)))
            else:
                self._slot = journal.begin(self._name, b" ", *self._head_parts(), b"null", known)
        self._begun = recorder.monotonic()

    @property
    def id(self) -> str:
        """The interaction's id, a UUIDv7."""
        return self._name.decode()

    @property
    def call_json(self) -> bytes:
        """The id as JSON: calls within this one have it as their parent."""
        return b'"%b"' % self._name

    @property
    def role(self) -> str:
        """The agent's role."""
        return self.heading.role

    @property
    def params(self) -> dict[str, Any]:
        """Sampling parameters; may be added to."""
        if self._params is None:
            self._params = {}
        return self._params

    @params.setter
    def params(self, params: Mapping[str, Any] | None) -> None:
        self._params = None if params is None else mapping_said(params, "params")

    @property
    def metadata(self) -> dict[str, Any]:
        """Whatever else should be kept; may be added to."""
        if self._metadata is None:
            self._metadata = {}
        return self._metadata

    @metadata.setter
    def metadata(self, metadata: Mapping[str, Any] | None) -> None:
        self._metadata = None if metadata is None else mapping_said(metadata, "metadata")

    def chunk(self, value: Any) -> None:
        """Take down one chunk of a streamed answer: it is part of the record, also if the process dies before the stream ends."""
        try:
            chunks = self._chunks
            if chunks is None:
                chunks = self._chunks = []
            chunks.append(value)
            slot = self._slot
            if slot is not None and self._recorder.direct:
                try:
                    # The record is made of the chunk itself, not of this: here NaN may become null.
                    data = orjson.dumps(value)
                except TypeError:
                    data = _chunk_json(value)
                moved = self._journal.append(slot, self._name, data)
                if moved is not slot:
                    self._slot = moved
        except Exception as trouble:  # noqa: BLE001  capture must never hurt the agent
            self.note(f"a chunk is not in the journal: {type(trouble).__name__}")

    def end(self, error: BaseException | None = None) -> None:
        """Write the call; later calls of `end` do nothing. ``error`` is what the call raised."""
        if self._ended:
            return
        self._ended = True
        latency = (self._recorder.monotonic() - self._begun) * 1000
        sink, slot = self._recorder.sink, self._slot
        try:
            if slot is not None and self._journal.disowned:
                self._go_on_in_fork()
            head, answer, ending = self._line(error, latency)
            if type(head) is bytes and len(answer) < _LARGE:
                sink.write(b"".join((head, answer, ending)))
            else:
                sink.write(*self._head_parts(), answer, ending)
        except Exception as trouble:  # noqa: BLE001  capture must never hurt the agent
            sink.lose(trouble)
        if slot is not None:
            self._slot = None
            self._journal.end(slot)
        # A task that was begun within this call may refer to it for as long as it lives.
        self._head = b""
        if self._chunks is not None or self.response is not None:
            self._chunks = self.response = None

    def end_with(self, result: Any) -> None:
        """Write the call with what it returned."""
        if self.read_output is None:
            self.output = result
        else:
            try:
                self.output = self.read_output(result)
            except Exception as trouble:  # noqa: BLE001  the agent's call must go on
                self.note(f"output: {type(trouble).__name__}")
                self.output = result
        self.end()
        # What a function returned is its caller's; what was set by hand may be read again.
        self.output = None

    def leave_out(self) -> None:
        """Mark the call as one that sampling left out."""
        self._name = UNSAMPLED.encode() + self._name

    def note(self, trouble: str) -> None:
        """Keep in the record that something about it could not be found out."""
        self.metadata.setdefault("capture_errors", []).append(trouble)

    def _go_on_in_fork(self) -> None:
        """The process that this one was forked from ends the call itself: here it is another one."""
        before, self._name = self._name, uuid7_ascii(self._recorder.time_ns())
        first, *rest = self._head_parts()
        self._head = (first.replace(before, self._name, 1), *rest)
        self.metadata["forked_from"] = before.decode()

    def _take_settings(self, prompt: Prompt) -> None:
        if prompt.tools:
            self.tools = self._tools_given = prompt.tools
        if prompt.params:
            self._params = mapping_said(prompt.params, "params")
        if prompt.arguments:
            self._arguments = self._json(without_nested_credentials(prompt.arguments), "metadata.arguments")

    def _begin(self, timestamp: bytes, place: Place, prompt: Prompt) -> bytes | tuple[bytes, ...]:
        """The line's beginning, up to its answer; in parts if it is large."""
        direct = self._recorder.direct
        try:
            messages = orjson.dumps(prompt.messages) if direct and prompt.plain else self._json(prompt.messages, "messages")
        except TypeError:
            # A lone surrogate.
            messages = self._json(prompt.messages, "messages")
        usual = direct and (prompt.bare or (prompt.task_id is None and prompt.task_description is None))
        lead = place.lead(self.heading) if usual else self._lead(place, prompt)
        rest = TOOLS % self._json(prompt.tools, "tools") if prompt.tools else NO_TOOLS
        if rest is not NO_TOOLS:
            self._tools_size = len(rest)
        if len(messages) < _LARGE:
            return b"".join((OPENING, self._name, b'","timestamp":"', timestamp, lead, messages, rest))
        return b"".join((OPENING, self._name, b'","timestamp":"', timestamp, lead)), messages, rest

    def _lead(self, place: Place, prompt: Prompt) -> bytes:
        session = self.session
        return lead_of(
            self._text(session.id, "session_id"),
            place.call_json,
            self.heading,
            self._text(session.task_id if prompt.task_id is None else prompt.task_id, "task_id"),
            self._text(prompt.task_description, "task_description"),
        )

    def lead(self, heading: Heading) -> bytes:
        """What the line of a call within this one has between its timestamp and its messages."""
        return lead_of(text_json(self.session.id), self.call_json, heading, self.session.task_id_json)

    def _known(self) -> bytes:
        """The line's end as far as it is known at the beginning, for the journal."""
        model = model_json(self.model) if type(self.model) is str and self._recorder.direct else self._any_model()
        changed = self._changed
        params = self._json(self._params, "params") if self._params else b"{}"
        known = b'%b,"params":%b,"variant":%b,"metadata":%b}\n' % (
            model,
            params,
            self._text(self.session.variant, "variant"),
            self._metadata_json(),
        )
        # What had to be changed in these is found once more when the call ends.
        self._changed = changed
        return known

    def _head_parts(self) -> tuple[bytes, ...]:
        return (self._head,) if type(self._head) is bytes else cast(tuple[bytes, ...], self._head)

    def _line(self, error: BaseException | None, latency_ms: float) -> tuple[bytes | tuple[bytes, ...], bytes, bytes]:
        """The whole line: its beginning, the answer, and the rest."""
        answer = self._answer_json()
        if self.tools is not self._tools_given:
            self._replace_tools()
        result = self.execution_result if error is None else self._result_of(error)
        variant = self.variant if self.variant is not None else self.session.variant
        named = type(self.model) is str and self._recorder.direct
        if (
            named
            and result is None
            and variant is None
            and self.usage is None
            and self.finish_reason is None
            and self._params is None
            and self._metadata is None
            and self._arguments is None
            and self._changed is None
        ):
            return self._head, answer, ending_of(self.model) % latency_ms
        model = model_json(self.model) if named else self._any_model()
        if result is not None and error is None:
            result = self._own_result()
        ending = (
            model,
            self._json(self._params, "params") if self._params else b"{}",
            b"null" if self.usage is None else self._usage(),
            latency_ms,
            b"null" if self.finish_reason is None else self._text(self.finish_reason, "finish_reason"),
            b"null" if result is None else self._json(result, "execution_result"),
            b"null" if variant is None else self._text(variant, "variant"),
            # Last, because all that was changed above is listed in it.
            self._metadata_json(),
        )
        return self._head, answer, ENDING % ending

    def _replace_tools(self) -> None:
        if not is_tools(self.tools):
            self.metadata["tools"] = self.tools
            return
        *before, last = self._head_parts()
        self._head = (*before, last[: -self._tools_size] + TOOLS % self._json(self.tools, "tools"))

    def _answer_json(self) -> bytes:
        """The answer as JSON, with what it says of itself taken over where nobody said it better."""
        output = self.output
        if type(output) is str and self.response is None and self._recorder.direct:
            try:
                return ANSWER % orjson.dumps(output)
            except TypeError:
                # A lone surrogate.
                pass
        response = self._understood_output()
        if response is None:
            return b"null"
        self._take_over(response)
        return self._json(response.message, "model_output")

    def _understood_output(self) -> Response | None:
        if self.response is not None:
            return self.response
        streamed = self.output is None and bool(self._chunks)
        output = self._chunks if streamed else self.output
        try:
            if not self._recorder.direct and not isinstance(output, str):
                # An answer that is understood as its JSON text would take bytes along that no scrubber can look into.
                output = orjson.loads(self._json(output, "model_output"))
            return read_chunks(cast(list[Any], output)) if streamed else read_answer(output)
        except Exception as trouble:  # noqa: BLE001  a foreign object may raise anything when it is looked into
            self.note(f"the answer is kept as it stands: {type(trouble).__name__}")
            return as_json_text(output)

    def _take_over(self, response: Response) -> None:
        self.usage = response.usage if self.usage is None else self.usage
        self.finish_reason = self.finish_reason or response.finish_reason
        if self.model is None:
            self.model = response.model
        elif response.model is not None and response.model != self._model_named():
            self.metadata["reported_model"] = response.model
        if response.rest:
            self.metadata.update(response.rest)
        # Places within an answer are made of its keys, which may be private.
        self._change(
            response.changed if self._recorder.direct else [f"model_output: {each.rpartition(': ')[2]}" for each in response.changed]
        )

    def _model_named(self) -> Any:
        return self.model if isinstance(self.model, str) else described_model(self.model)["name"]

    def _any_model(self) -> bytes:
        return NO_MODEL if self.model is None else b',"model":%b' % self._json(described_model(self.model), "model")

    def _usage(self) -> bytes:
        try:
            return self._json(read_usage(self.usage, "prompt_tokens", "completion_tokens"), "usage")
        except TypeError:
            # Neither a dictionary nor an object with fields: kept, but not as token counts.
            self.metadata["usage"] = self.usage
            return b"null"

    def _own_result(self) -> dict[str, Any]:
        said = result_said(self.execution_result)
        for trouble in said.troubles:
            self.note(f"execution_result: {trouble}")
        return said.fields

    def _result_of(self, error: BaseException) -> dict[str, Any]:
        # Cancellation, Ctrl-C and a generator closed early are no failures of the agent.
        status = "error" if isinstance(error, Exception) else "interrupted"
        told = {"status": status, "error": describe_error(error)}
        return {"tests_passed": None, "review_score": None} | (self._own_result() if self.execution_result else {}) | told

    def _metadata_json(self) -> bytes:
        said = self._json(self._metadata, "metadata") if self._metadata else b"{}"
        more = [said[1:-1]] if len(said) > len(b"{}") else []
        if self._arguments is not None:
            more.append(b'"arguments":' + self._arguments)
        if self._changed:
            more.append(b'"changed":' + orjson.dumps(self._changed))
        return b"{%b}" % b",".join(more) if more else b"{}"

    def _json(self, value: Any, name: str) -> bytes:
        if value is None:
            return b"null"
        encoded = self._recorder.encode(value, name)
        self._change(encoded.changed)
        return encoded.data

    def _text(self, value: Any, name: str) -> bytes:
        text = value if value is None or isinstance(value, str) else str(value)
        return text_json(text) if self._recorder.direct else self._json(text, name)

    def _change(self, changed: Sequence[str]) -> None:
        if changed:
            self._changed = [*(self._changed or ()), *changed]


def _chunk_json(value: Any) -> bytes:
    """A chunk for the journal. Clients' own chunks are pydantic objects, which are quickest at writing themselves."""
    if isinstance(value, str):
        return text_json(value)
    serializer = getattr(type(value), "__pydantic_serializer__", None)
    return cast(bytes, serializer.to_json(value, exclude_none=True)) if serializer is not None else encode(value).data
