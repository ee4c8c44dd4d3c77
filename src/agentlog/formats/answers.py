"""Which provider's answer is this? Every shape that is known, asked in turn."""

from collections.abc import Sequence
from typing import Any

from agentlog.formats import anthropic, openai_chat, openai_responses
from agentlog.formats.chat_shape import problem_of
from agentlog.formats.response import Response

_SHAPES = (openai_chat, openai_responses, anthropic)


def read_response(value: Any) -> Response | None:
    """The answer in a provider's object or dictionary; None if it is of no known shape."""
    return next((response for shape in _SHAPES if (response := _sound(shape.read_response(value)))), None)


def join_chunks(chunks: Sequence[Any]) -> Response | None:
    """The answer that the chunks of one provider's stream make together; None if they are anything else."""
    shape = next((shape for shape in _SHAPES if not chunks or shape.is_chunk(chunks[0])), None)
    return _sound(shape.join_chunks(chunks)) if shape is not None else None


def _sound(response: Response | None) -> Response | None:
    """The response, if its message is one that the log's schema takes."""
    return response if response is not None and problem_of(response.message) is None else None
