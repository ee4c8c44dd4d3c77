"""What counts as the answer of a call, and what is kept of everything else."""

import dataclasses
from types import SimpleNamespace
from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentlog.capture.answer import read_answer, read_chunks
from agentlog.formats.chat_shape import problem_of
from tests.capture.clients.said import COMPLETION, MESSAGE, RESPONSE, answered
from tests.formats.streams import chat_chunks, message_events, response_events


@dataclasses.dataclass
class Verdict:
    good: bool
    why: str


class Report(pydantic.BaseModel):
    score: int
    notes: list[str] = []


def content(value: Any) -> Any:
    response = read_answer(value)
    assert response is not None
    return response.message["content"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("done", "done"),
        ("", ""),
        ({"b": 1, "a": None}, '{"b":1,"a":null}'),
        (Verdict(True, "tests pass"), '{"good":true,"why":"tests pass"}'),
        (Report(score=3), '{"score":3,"notes":[]}'),
        ([1, "two"], '[1,"two"]'),
        (["one", "two"], '["one","two"]'),
        (42, "42"),
        (False, "false"),
    ],
)
def test_text_is_itself_and_values_are_their_json(value: Any, text: str) -> None:
    assert content(value) == text


def test_none_is_no_answer() -> None:
    assert read_answer(None) is None
    assert read_chunks([]) is None


ARGUMENTS = '{"city":  "Ulm"}'


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (COMPLETION, answered(ARGUMENTS)),
        (RESPONSE, answered(ARGUMENTS, reasoning_content="Ulm, then.")),
        (MESSAGE, answered('{"city":"Ulm"}', reasoning_content="Ulm, then.")),
    ],
)
def test_an_answer_of_any_provider_is_its_message(value: Any, message: dict[str, Any]) -> None:
    response = read_answer(value)
    assert response is not None
    assert response.message == message


@pytest.mark.parametrize(
    ("chunks", "whole"),
    [(chat_chunks(COMPLETION), COMPLETION), (response_events(RESPONSE), RESPONSE), (message_events(MESSAGE), MESSAGE)],
)
def test_the_chunks_of_a_stream_are_its_answer_also_as_a_list_that_was_returned(chunks: list[Any], whole: Any) -> None:
    assert read_chunks(chunks) == read_answer(chunks) == read_answer(whole)


def test_texts_are_joined() -> None:
    response = read_chunks(["a", "b", "", "c"])
    assert response is not None
    assert response.message == {"role": "assistant", "content": "abc", "tool_calls": []}


def test_chunks_of_several_kinds_are_their_json() -> None:
    response = read_chunks(["a", {"b": 1}, 2])
    assert response is not None
    assert response.message["content"] == '["a",{"b":1},2]'


def test_a_message_stands_as_it_is() -> None:
    response = read_answer({"role": "assistant", "content": "hi", "reasoning_content": "hm"})
    assert response is not None
    assert response.message == {"role": "assistant", "content": "hi", "reasoning_content": "hm"}


@pytest.mark.parametrize("make", [dict, SimpleNamespace])
def test_an_agents_result_is_its_output_and_the_whole_is_kept(make: Any) -> None:
    result = make(output="done", steps=3)
    response = read_answer(result)
    assert response is not None
    assert (response.message["content"], response.rest["result"]) == ("done", result)


def test_an_output_that_is_itself_an_answer_is_the_answer() -> None:
    response = read_answer(SimpleNamespace(output=COMPLETION))
    assert response is not None
    assert response.message == answered(ARGUMENTS)
    assert response.usage == {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}


def test_what_json_has_no_word_for_is_told() -> None:
    response = read_answer({"n": float("nan")})
    assert response is not None
    assert list(response.changed)


_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "text", "message", "response", "text_delta", "assistant"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["choices", "message", "delta", "output", "content", "type", "index", "text", "role", "tool_calls", "usage"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_JUNK)
def test_whatever_only_looks_like_an_answer_or_a_stream_becomes_a_message_of_the_log(value: Any) -> None:
    for response in (read_answer(value), read_chunks(value if isinstance(value, list) else [value])):
        assert response is None or problem_of(response.message) is None


def test_a_malformed_answer_is_kept_as_json_and_marked() -> None:
    broken = {"choices": [{"message": {"content": "hi", "tool_calls": 3}}]}
    response = read_answer(broken)
    assert response is not None
    assert response.message["content"] == '{"choices":[{"message":{"content":"hi","tool_calls":3}}]}'
    assert list(response.changed) == ["model_output.content: not understood (TypeError), kept as JSON"]


class Hostile:
    @property
    def choices(self) -> Any:
        raise RuntimeError("no")


def test_an_object_that_raises_when_it_is_looked_into_is_described() -> None:
    response = read_answer(Hostile())
    assert response is not None
    assert "not understood (RuntimeError), kept as JSON" in " ".join(response.changed)
