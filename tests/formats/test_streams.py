"""A stream gives what the whole answer gives; cut anywhere, it gives what had come, and never an error."""

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agentlog.formats import answers, anthropic, openai_chat, openai_responses
from agentlog.formats.chat_shape import problem_of
from tests.formats.streams import chat_chunks, message_events, response_events

_TEXT = st.text(max_size=12)
_SAID = st.text(min_size=1, max_size=12)
_INPUT = st.dictionaries(
    _TEXT, st.none() | st.booleans() | st.integers(-(1 << 53), 1 << 53) | _TEXT | st.lists(_TEXT, max_size=2), max_size=3
)
_COUNT = st.integers(0, 1000)
_CALL = st.fixed_dictionaries(
    {"id": _SAID, "type": st.just("function"), "function": st.fixed_dictionaries({"name": _SAID, "arguments": _TEXT})}
)


@st.composite
def completions(draw: st.DrawFn) -> dict[str, Any]:
    choices = [
        {
            "index": index,
            "message": {"role": "assistant", "content": draw(st.none() | _SAID)}
            | draw(st.fixed_dictionaries({}, optional={"reasoning_content": _SAID, "refusal": _SAID}))
            | {"tool_calls": draw(st.lists(_CALL, max_size=3))},
            "finish_reason": draw(st.sampled_from(["stop", "tool_calls", "length"])),
            "logprobs": draw(st.none() | st.just({"content": [{"token": "a", "logprob": -1.0}]})),
        }
        for index in range(draw(st.integers(1, 2)))
    ]
    usage = {"prompt_tokens": draw(_COUNT), "completion_tokens": draw(_COUNT)}
    return {"id": "c", "created": 1, "model": "m", "system_fingerprint": "f", "choices": choices, "usage": usage}


@st.composite
def responses(draw: st.DrawFn) -> dict[str, Any]:
    text = st.fixed_dictionaries({"type": st.just("output_text"), "text": _TEXT, "annotations": st.just([])})
    refusal = st.fixed_dictionaries({"type": st.just("refusal"), "refusal": _TEXT})
    item = st.one_of(
        st.fixed_dictionaries({"type": st.just("message"), "role": st.just("assistant"), "content": st.lists(text | refusal, max_size=2)}),
        st.fixed_dictionaries({"type": st.just("function_call"), "call_id": _SAID, "name": _SAID, "arguments": _TEXT}),
        st.fixed_dictionaries(
            {
                "type": st.just("reasoning"),
                "summary": st.lists(st.fixed_dictionaries({"type": st.just("summary_text"), "text": _TEXT}), max_size=2),
            }
        ),
    )
    output = [{"id": f"i{place}", **one} for place, one in enumerate(draw(st.lists(item, max_size=3)))]
    usage = {"input_tokens": draw(_COUNT), "output_tokens": draw(_COUNT), "output_tokens_details": {"reasoning_tokens": 0}}
    cut = draw(st.booleans())
    ending = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}} if cut else {"status": "completed"}
    return {"id": "r", "object": "response", "model": "m", "output": output, "usage": usage, **ending}


@st.composite
def messages(draw: st.DrawFn) -> dict[str, Any]:
    block = st.one_of(
        st.fixed_dictionaries({"type": st.just("text"), "text": _TEXT}),
        st.fixed_dictionaries({"type": st.just("tool_use"), "id": _SAID, "name": _SAID, "input": _INPUT}),
        st.fixed_dictionaries({"type": st.just("thinking"), "thinking": _TEXT, "signature": _TEXT}),
    )
    usage = {"input_tokens": draw(_COUNT), "output_tokens": draw(_COUNT), "cache_read_input_tokens": draw(_COUNT)}
    said = {"id": "m", "type": "message", "role": "assistant", "model": "c", "content": draw(st.lists(block, max_size=3))}
    return said | {"stop_reason": draw(st.sampled_from(["end_turn", "tool_use"])), "usage": usage}


def told(value: Any) -> Any:
    """Without what says nothing."""
    if isinstance(value, dict):
        return {name: told(part) for name, part in value.items() if part is not None and part != []}
    return [told(part) for part in value] if isinstance(value, (list, tuple)) else value


def as_object(value: Any) -> Any:
    if isinstance(value, dict):
        return SimpleNamespace(**{key: as_object(part) for key, part in value.items()})
    return [as_object(part) for part in value] if isinstance(value, list) else value


_SIZE = st.integers(1, 6)


@given(completions(), _SIZE)
def test_all_chunks_of_a_chat_completion_make_the_whole_of_it(completion: dict[str, Any], size: int) -> None:
    chunks = chat_chunks(completion, size)
    assert told(answers.join_chunks(chunks)) == told(openai_chat.read_response(completion))
    assert told(answers.join_chunks([as_object(chunk) for chunk in chunks])) == told(answers.join_chunks(chunks))


@given(responses(), _SIZE)
def test_all_events_of_a_response_make_the_whole_of_it(response: dict[str, Any], size: int) -> None:
    assert answers.join_chunks(response_events(response, size)) == openai_responses.read_response(response)


@given(responses(), _SIZE)
def test_without_its_last_event_a_response_says_the_same_but_for_its_ending(response: dict[str, Any], size: int) -> None:
    joined, whole = answers.join_chunks(response_events(response, size)[:-1]), openai_responses.read_response(response)
    assert joined is not None
    assert whole is not None
    assert (joined.message, joined.rest.get("output")) == (whole.message, whole.rest.get("output"))
    assert joined.finish_reason is None


@given(messages(), _SIZE)
def test_all_events_of_a_message_make_the_whole_of_it(message: dict[str, Any], size: int) -> None:
    assert told(answers.join_chunks(message_events(message, size))) == told(anthropic.read_response(message))


_STREAMS = completions().map(chat_chunks) | responses().map(response_events) | messages().map(message_events)


@given(_STREAMS, st.integers(0, 100), st.integers(0, 100))
def test_a_stream_cut_anywhere_gives_a_message_that_the_schema_takes(stream: list[dict[str, Any]], start: int, length: int) -> None:
    some = stream[start : start + length]
    response = answers.join_chunks(some)
    assert response is not None
    assert problem_of(response.message) is None


@given(_STREAMS, st.integers(0, 100))
def test_a_stream_cut_short_gives_a_beginning_of_its_text(stream: list[dict[str, Any]], length: int) -> None:
    short, whole = answers.join_chunks(stream[:length]), answers.join_chunks(stream)
    assert short is not None
    assert whole is not None
    assert (whole.message["content"] or "").startswith(short.message["content"] or "")


def test_arguments_that_were_cut_are_kept_as_they_came() -> None:
    message = {"type": "message", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {"city": "Ulm"}}], "stop_reason": "x"}
    events = message_events(message | {"usage": {"output_tokens": 1}}, 4)
    response = answers.join_chunks(events[:4])
    assert response is not None
    assert response.message["tool_calls"][0]["function"]["arguments"] == '{"city":'


def test_chunks_of_different_providers_are_no_stream() -> None:
    assert answers.join_chunks([{"type": "ping"}, {"type": "response.created", "response": {}}]) is None
    assert answers.join_chunks(["a", {"choices": [{"delta": {}}]}]) is None
