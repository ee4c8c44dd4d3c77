"""What is the answer of a call? Whatever it returned, brought to one assistant message.

Text is the content; a chat message stands as it is; answers of the providers whose shapes `agentlog.formats` knows, and the chunks of their
streams, also give usage, finish reason and model, as do the messages of agent frameworks; malformed ones are kept as JSON, and marked. Of
an object or dictionary with a text ``output`` (of an object also ``final_output`` or ``raw``), that text is the content and the whole is
kept as ``result``; if it is itself an answer, it is the answer. Of a state or result with messages, the last one is. Anything else becomes
its own JSON text. None is no answer.

Text comes first because it is what most calls return: nothing else is looked at, or even loaded, for it.
"""

from collections.abc import Sequence
from typing import Any

from agentlog.capture.serialize import encode
from agentlog.formats.chat_shape import problem_of
from agentlog.formats.response import Response, assistant, field, plain

_PLAIN = (bool, int, float, bytes)
# What the results of agents call their output; dictionaries call other things so, too.
_OUTPUTS = ("output", "final_output", "raw")


def read_answer(value: Any) -> Response | None:
    """The answer in a returned value; None if there is none."""
    if isinstance(value, str):
        return Response(assistant(value, []), None, None, None, {})
    if value is None:
        return None
    if isinstance(value, _PLAIN):
        return as_json_text(value)
    try:
        return _known(value) or _output_of(value) or as_json_text(value)
    except Exception as trouble:  # noqa: BLE001  a foreign object may raise anything when it is looked into
        return _not_understood(value, trouble)


def as_json_text(value: Any) -> Response:
    """An answer that is the value's own JSON text, and what had to be changed for it."""
    text = encode(value, "model_output.content")
    return Response(assistant(text.data.decode(), []), None, None, None, {}, text.changed)


def read_chunks(chunks: Sequence[Any]) -> Response | None:
    """The answer that the chunks of a stream make together: texts joined, a provider's chunks by its own rules, mixed ones as JSON text."""
    if not chunks:
        return None
    if all(isinstance(chunk, str) for chunk in chunks):
        return Response(assistant("".join(chunks), []), None, None, None, {})
    try:
        joined = _joined(chunks)
    except Exception as trouble:  # noqa: BLE001  what a broken stream says may be anything
        return _not_understood(list(chunks), trouble)
    return joined or (read_answer(chunks[0]) if len(chunks) == 1 else as_json_text(list(chunks)))


def _not_understood(value: Any, trouble: Exception) -> Response:
    """What looked like an answer and was none, told as a change, so that no training takes it for what a model said."""
    described = as_json_text(value)
    return described._replace(
        changed=[*described.changed, f"model_output.content: not understood ({type(trouble).__name__}), kept as JSON"]
    )


def _known(value: Any) -> Response | None:
    """A provider's answer, the chunks of one, a message, or what has messages of which the last one is the answer."""
    if isinstance(value, (list, tuple)):
        return _joined(value) if value and not isinstance(value[0], str) else None
    from agentlog.formats import answers, message_objects

    if response := answers.read_response(value):
        return response
    if type(role := field(value, "role")) is str and role == "assistant" and problem_of(message := plain(value)) is None:
        return Response({"content": None, **message}, None, None, None, {})
    return message_objects.read_response(value) or message_objects.last_answer(value)


def _output_of(value: Any) -> Response | None:
    """What an agent's result calls its output."""
    for name in ("output",) if isinstance(value, dict) else _OUTPUTS:
        output = field(value, name)
        if isinstance(output, str):
            return Response(assistant(output, []), None, None, None, {"result": value})
        known = None if output is None or isinstance(value, dict) else _known(output)
        if known is not None:
            return known._replace(rest=known.rest | {"result": value})
    return None


def _joined(chunks: Sequence[Any]) -> Response | None:
    from agentlog.formats import answers, message_objects

    return answers.join_chunks(chunks) or message_objects.join_chunks(chunks)
