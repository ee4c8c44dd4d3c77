"""What is the answer of a call? Whatever it returned, brought to one assistant message.

Text is the content; a chat message stands as it is; answers of OpenAI's and Anthropic's shape also give usage, finish reason and model.
Of an object or dictionary with a text ``output``, that text is the content and the whole is kept as ``result``. Anything else becomes its
own JSON text. None is no answer.
"""

from collections.abc import Sequence
from typing import Any

from agentlog.capture.serialize import encode
from agentlog.formats import anthropic, openai_chat
from agentlog.formats.chat_shape import problem_of
from agentlog.formats.response import Response, field, plain


def read_answer(value: Any) -> Response | None:
    """The answer in a returned value; None if there is none."""
    if value is None:
        return None
    if isinstance(value, str):
        return _response(_assistant(value))
    for read in (openai_chat.read_response, anthropic.read_response):
        response = read(value)
        if response is not None and problem_of(response.message) is None:
            return response
    if field(value, "role") == "assistant" and problem_of(message := plain(value)) is None:
        return _response({"content": None, **message})
    output = field(value, "output")
    if isinstance(output, str):
        return _response(_assistant(output), result=value)
    return as_json_text(value)


def as_json_text(value: Any) -> Response:
    """An answer that is the value's own JSON text, and what had to be changed for it."""
    text = encode(value, "model_output.content")
    return Response(_assistant(text.data.decode()), None, None, None, {}, text.changed)


def read_chunks(chunks: Sequence[Any]) -> Response | None:
    """The answer that the chunks of a stream make together."""
    if not chunks:
        return None
    if all(isinstance(chunk, str) for chunk in chunks):
        return _response(_assistant("".join(chunks)))
    if all(openai_chat.is_chunk(chunk) for chunk in chunks):
        return openai_chat.join_chunks(chunks)
    return read_answer(chunks[0] if len(chunks) == 1 else list(chunks))


def _assistant(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text, "tool_calls": []}


def _response(message: dict[str, Any], **rest: Any) -> Response:
    return Response(message, None, None, None, rest)
