"""What requests of other shapes ask, brought to chat messages and chat tools."""

from typing import Any

import pytest

from agentlog.formats import anthropic, openai_responses
from agentlog.formats.chat_shape import is_chat

IMAGE = "data:image/png;base64,AA=="


def test_responses_items_become_messages_in_their_order() -> None:
    asked = {
        "instructions": "Be brief.",
        "input": [
            {"role": "developer", "content": "Be kind."},
            {
                "role": "user",
                "content": [{"type": "input_text", "text": "Look."}, {"type": "input_image", "image_url": IMAGE, "detail": "auto"}],
            },
            {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "sealed"},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "I look.", "annotations": []}]},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"a":  1}'},
            {"type": "custom_tool_call", "call_id": "d", "name": "sh", "input": "ls -l"},
            {"type": "function_call_output", "call_id": "c", "output": "1"},
            {"type": "custom_tool_call_output", "call_id": "d", "output": [{"type": "input_text", "text": "a b"}]},
        ],
    }
    messages = openai_responses.read_input(asked)
    assert is_chat(messages)
    assert messages == [
        {"role": "system", "content": "Be brief."},
        {"role": "developer", "content": "Be kind."},
        {
            "role": "user",
            "content": [{"type": "text", "text": "Look."}, {"type": "image_url", "image_url": {"url": IMAGE, "detail": "auto"}}],
        },
        {
            "role": "assistant",
            "content": "I look.",
            "tool_calls": [
                {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a":  1}'}},
                {"id": "d", "type": "custom", "function": {"name": "sh", "arguments": "ls -l"}},
            ],
            "reasoning_content": "hm",
        },
        {"role": "tool", "tool_call_id": "c", "content": "1"},
        {"role": "tool", "tool_call_id": "d", "content": [{"type": "text", "text": "a b"}]},
    ]
    assert openai_responses.fits(asked)


@pytest.mark.parametrize(
    "item",
    [
        {"type": "web_search_call", "id": "w"},
        {"type": "item_reference", "id": "i"},
        {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]},
        {"role": "user", "content": [{"type": "input_file", "file_id": "f"}]},
    ],
)
def test_items_that_no_message_can_hold_are_said_not_to_fit(item: dict[str, Any]) -> None:
    assert not openai_responses.fits({"input": [item]})


def test_anthropic_blocks_become_messages_in_their_order() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": "AA=="}
    asked = {
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Look."}, {"type": "image", "source": source}]},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "hm", "signature": "sealed"},
                    {"type": "text", "text": "I look."},
                    {"type": "tool_use", "id": "c", "name": "f", "input": {"a": 1, "b": "é"}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "c", "content": "broken", "is_error": True},
                    {"type": "text", "text": "Go on."},
                ],
            },
            {"role": "assistant", "content": "Yes."},
        ],
    }
    messages = anthropic.read_input(asked)
    assert is_chat(messages)
    assert messages == [
        {"role": "system", "content": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]},
        {"role": "user", "content": [{"type": "text", "text": "Look."}, {"type": "image_url", "image_url": {"url": IMAGE}}]},
        {
            "role": "assistant",
            "content": "I look.",
            "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a":1,"b":"é"}'}}],
            "reasoning_content": "hm",
        },
        {"role": "tool", "tool_call_id": "c", "content": "broken", "is_error": True},
        {"role": "user", "content": [{"type": "text", "text": "Go on."}]},
        {"role": "assistant", "content": "Yes."},
    ]
    assert anthropic.fits(asked)
    assert not anthropic.fits({"messages": [{"role": "assistant", "content": [{"type": "server_tool_use", "id": "s"}]}]})


def test_tools_of_every_shape_are_chat_tools_and_hosted_ones_stay() -> None:
    schema = {"type": "object"}
    function = {"name": "f", "description": "d", "parameters": schema}
    own = {"name": "f", "description": "d", "input_schema": schema, "cache_control": {"type": "ephemeral"}}
    hosted = {"type": "web_search"}
    assert anthropic.read_tools([own, hosted]) == [
        {"type": "function", "function": function, "cache_control": {"type": "ephemeral"}},
        hosted,
    ]
    assert openai_responses.read_tools([{"type": "function", **function, "strict": True}, hosted]) == [
        {"type": "function", "function": {**function, "strict": True}},
        hosted,
    ]
    assert openai_responses.read_tools(None) == []
