"""Messages of frameworks: whatever they hold, what is made of them is a chat message, or nothing is."""

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agentlog.formats.chat_shape import is_chat, problem_of
from agentlog.formats.message_objects import last_answer, read_messages, read_response

WORDS = ["", "text", "human", "ai", "assistant", "{}", "tool", "TextMessage"]
LEAVES = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(WORDS)
NAMES = st.sampled_from(
    [
        "role", "type", "content", "name", "tool_call_id", "tool_calls", "id", "args", "arguments", "function", "call_id", "thought",
        "finish_reason", "response_metadata", "usage",
    ]
)  # fmt: skip


def odd_objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    fields = st.dictionaries(NAMES, inner, max_size=6)
    return st.lists(inner, max_size=3) | fields | fields.map(lambda said: SimpleNamespace(**said)) | st.tuples(inner, inner)


VALUES = st.recursive(LEAVES, odd_objects, max_leaves=15)


@given(st.lists(VALUES, min_size=1, max_size=3))
def test_what_is_read_of_any_list_is_a_conversation(value: list[Any]) -> None:
    try:
        messages = read_messages(value)
    except (TypeError, ValueError):
        # What is no message of anybody may be refused loudly: capture then keeps the arguments as they are.
        return
    assert messages is None or is_chat(messages)


@given(VALUES)
def test_what_is_read_of_any_value_is_an_answer(value: Any) -> None:
    for read in (read_response, last_answer):
        try:
            response = read(value)
        except (TypeError, ValueError):
            continue
        assert response is None or problem_of(response.message) is None
        assert response is None or isinstance(response.finish_reason, str | None)
        assert response is None or isinstance(response.model, str | None)


def test_a_list_in_which_one_is_no_message_is_no_conversation() -> None:
    assert read_messages([SimpleNamespace(role="user", content="hi"), SimpleNamespace(title="a document")]) is None
    assert read_messages([("user", "hi"), ("red", "green")]) is None
    assert read_messages([]) is None


def asking(*calls: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": None, "tool_calls": list(calls)}


def test_a_free_form_tool_call_keeps_its_name_and_its_input() -> None:
    free = {"id": "c1", "type": "custom", "custom": {"name": "sql", "input": "select 1"}}
    kept = {"id": "c1", "type": "custom", "function": {"name": "sql", "arguments": "select 1"}}
    user = {"role": "user", "content": "Count."}
    messages = read_messages([user, asking(free), {"role": "tool", "content": "1", "tool_call_id": "c1"}])
    assert messages is not None
    assert messages[1]["tool_calls"] == [kept]
    answer = read_response(asking(free))
    assert answer is not None
    assert answer.message["tool_calls"] == [kept]


def test_a_tool_call_that_says_nothing_known_makes_no_message_of_what_holds_it() -> None:
    for odd in ({"id": "c1", "type": "shell", "shell": {"command": "ls"}}, "ls", 5):
        assert read_messages([{"role": "user", "content": "List."}, asking(odd)]) is None
        assert read_response(asking(odd)) is None


def test_a_number_in_the_place_of_an_id_is_kept_as_text() -> None:
    said = [{"role": "user", "content": "hi", "name": 5}, {"role": "tool", "content": "1", "tool_call_id": 7}]
    assert read_messages(said) == [{"role": "user", "content": "hi", "name": "5"}, {"role": "tool", "content": "1", "tool_call_id": "7"}]
