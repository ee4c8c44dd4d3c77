"""The shape test and the schema agree: what passes here is never set aside when it is read back."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from agentlog.formats.chat_shape import is_chat, problem_of
from agentlog.schema.messages import ChatMessage

_VALUE = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just([]) | st.just({})
_FUNCTION = _VALUE | st.dictionaries(st.sampled_from(["name", "arguments", "odd"]), _VALUE)
_ODD_CALL = st.dictionaries(st.sampled_from(["id", "type", "odd"]), _VALUE)
_CALL = _VALUE | _ODD_CALL | st.fixed_dictionaries({"function": _FUNCTION, "id": _VALUE})
_KEYS = st.sampled_from(["role", "content", "name", "tool_call_id", "odd"])
_MESSAGE = st.dictionaries(_KEYS, _VALUE).flatmap(
    lambda message: st.fixed_dictionaries({"role": st.just("user") | _VALUE, "tool_calls": _VALUE | st.lists(_CALL, max_size=2)}).map(
        lambda more: message | more
    )
)


@given(_MESSAGE)
def test_a_message_without_a_problem_is_accepted_by_the_schema(message: dict[str, Any]) -> None:
    if problem_of(message) is None:
        assert TypeAdapter(ChatMessage).validate_python(message) == message


def test_real_messages_have_no_problem() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    question = {"role": "user", "content": [{"type": "text", "text": "hi"}]}
    assert is_chat([question, {"role": "assistant", "content": None, "tool_calls": [call]}])


def test_an_empty_list_is_no_conversation() -> None:
    assert not is_chat([])
