"""Answers of OpenAI's and Anthropic's shape are read alike from dictionaries and from objects."""

from types import SimpleNamespace
from typing import Any

import pytest

from agentlog.formats import anthropic, openai_chat, openai_responses
from agentlog.formats.chat_shape import problem_of
from agentlog.formats.response import read_usage

COMPLETION: dict[str, Any] = {
    "id": "x",
    "model": "gpt",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": None,
                "refusal": None,
                "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a":  1}'}}],
            },
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
}

MESSAGE: dict[str, Any] = {
    "id": "m",
    "type": "message",
    "role": "assistant",
    "model": "claude",
    "content": [{"type": "text", "text": "Let me look."}, {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}}],
    "stop_reason": "tool_use",
    "usage": {"input_tokens": 4, "output_tokens": 5},
}


def as_object(value: Any) -> Any:
    if isinstance(value, dict):
        return SimpleNamespace(**{key: as_object(part) for key, part in value.items()})
    return [as_object(part) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("shape", [lambda value: value, as_object])
def test_a_chat_completion_is_read_with_raw_arguments(shape: Any) -> None:
    response = openai_chat.read_response(shape(COMPLETION))
    assert response is not None
    assert response.message == {"role": "assistant", "content": None, "tool_calls": COMPLETION["choices"][0]["message"]["tool_calls"]}
    assert response.usage == {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    assert (response.finish_reason, response.model, response.rest) == ("tool_calls", "gpt", {"id": "x"})


@pytest.mark.parametrize("shape", [lambda value: value, dict])
def test_an_anthropic_message_becomes_text_and_tool_calls(shape: Any) -> None:
    response = anthropic.read_response(shape(MESSAGE))
    assert response is not None
    assert response.message == {
        "role": "assistant",
        "content": "Let me look.",
        "tool_calls": [{"id": "t", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}],
    }
    assert (response.usage, response.finish_reason, response.model) == ({"input_tokens": 4, "output_tokens": 5}, "tool_use", "claude")


def test_blocks_that_a_chat_message_has_no_place_for_are_kept() -> None:
    thinking = {"type": "thinking", "thinking": "hm", "signature": "s"}
    response = anthropic.read_response({**MESSAGE, "content": [thinking, *MESSAGE["content"]]})
    assert response is not None
    assert response.rest["content"][0] == thinking


def test_what_a_server_says_of_its_own_about_a_choice_is_kept() -> None:
    own = {"stop_reason": "###", "content_filter_results": {"hate": {"filtered": False}}}
    whole = openai_chat.read_response({"choices": [{"message": {"content": "hi"}, "finish_reason": "stop", "odd": None, **own}]})
    pieces = [{"delta": {"content": "h"}, "index": 0}, {"delta": {"content": "i"}, "index": 0, "finish_reason": "stop", **own}]
    streamed = openai_chat.join_chunks([{"choices": [piece]} for piece in pieces])
    assert whole is not None
    assert streamed is not None
    assert whole.rest == streamed.rest == {"choice": own}


def test_further_choices_are_kept() -> None:
    two = {**COMPLETION, "choices": [*COMPLETION["choices"], {"index": 1, "message": {"content": "other"}}]}
    response = openai_chat.read_response(two)
    assert response is not None
    assert response.rest["other_choices"] == [{"index": 1, "message": {"content": "other"}}]


@pytest.mark.parametrize("value", ["text", {}, {"choices": []}, {"choices": "x"}, {"type": "message"}, None, 3])
def test_anything_else_is_no_answer_of_either(value: Any) -> None:
    assert openai_chat.read_response(value) is None
    assert anthropic.read_response(value) is None


def test_what_is_said_beside_the_message_is_kept_beside_it() -> None:
    beside = {"refusal": "I can't.", "audio": {"id": "a", "transcript": "hm"}, "annotations": [{"type": "url_citation"}]}
    said = {"role": "assistant", "content": None, "parsed": {"a": 1}, **beside}
    logprobs = {"content": [{"token": "I", "logprob": -0.1}], "refusal": None}
    response = openai_chat.read_response({"choices": [{"index": 0, "message": said, "logprobs": logprobs}]})
    assert response is not None
    assert response.message == {"role": "assistant", "content": None, "tool_calls": []}
    assert response.rest == {**beside, "logprobs": {"content": logprobs["content"]}}


def test_the_call_of_a_free_form_tool_keeps_its_raw_input() -> None:
    call = {"id": "c", "type": "custom", "custom": {"name": "sh", "input": "ls -l"}}
    response = openai_chat.read_response({"choices": [{"message": {"content": None, "tool_calls": [call]}}]})
    assert response is not None
    assert response.message["tool_calls"] == [{"id": "c", "type": "custom", "function": {"name": "sh", "arguments": "ls -l"}}]
    assert problem_of(response.message) is None


def test_a_response_that_failed_says_why() -> None:
    failed = {"object": "response", "status": "failed", "output": [], "error": {"code": "server_error", "message": "no"}}
    response = openai_responses.join_chunks(
        [{"type": "response.created", "response": failed}, {"type": "response.failed", "response": failed}]
    )
    assert (response.finish_reason, response.rest) == ("failed", {"error": failed["error"]})
    broken = openai_responses.join_chunks([{"type": "error", "code": "c", "message": "no"}])
    assert broken.rest == {"error": {"code": "c", "message": "no"}}


class Whole:
    """A number of a numerical package."""

    def __index__(self) -> int:
        return 7


def test_token_counts_are_whole_numbers_of_any_make_and_what_is_none_is_kept() -> None:
    assert read_usage({"prompt_tokens": Whole(), "completion_tokens": "some", "cost": 0.1}, "prompt_tokens", "completion_tokens") == {
        "input_tokens": 7,
        "output_tokens": None,
        "completion_tokens_given": "some",
        "cost": 0.1,
    }
