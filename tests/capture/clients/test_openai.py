"""OpenAI's real client against a provider on this machine: every way of calling a model leaves one record."""

import asyncio
import gc
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import openai
import pydantic
import pytest

from agentlog import log_interaction
from agentlog.capture.clients.exchange import record_stream
from agentlog.capture.prompt import Prompt
from agentlog.errors import SettingError
from agentlog.schema.events import parse_event
from tests.capture.clients.conftest import KEY
from tests.capture.clients.provider import Provider, Silence, Streamed, Whole
from tests.capture.clients.said import COMPLETION, QUESTION, RESPONSE, TOOL, answered
from tests.capture.conftest import Caught
from tests.formats.streams import chat_chunks, response_events

# The stream helper takes strict tools only.
STRICT = {"type": "function", "function": {**TOOL["function"], "strict": True}}
ASK: dict[str, Any] = {"model": "gpt-x", "messages": QUESTION, "tools": [STRICT], "temperature": 0.2}
ASK_RESPONSES: dict[str, Any] = {
    "model": "gpt-x",
    "instructions": "Be brief.",
    "input": QUESTION[0]["content"],
    "tools": [{"type": "function", **STRICT["function"]}],
    "temperature": 0.2,
}
CHAT_ANSWER = answered('{"city":  "Ulm"}')
RESPONSES_ANSWER = answered('{"city":  "Ulm"}', reasoning_content="Ulm, then.")
CHAT_CHUNKS = chat_chunks(COMPLETION)
EVENTS = response_events(RESPONSE)


@pytest.fixture(autouse=True)
def _records_are_sound(caught: Caught) -> Iterator[None]:
    """No client warns of anything, no record holds the key, and the schema takes every one."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    for event in caught.events:
        parse_event(event)
        assert KEY not in str(event)
    stats = caught.logger.stats()
    assert (stats.submitted, stats.lost) == (len(caught.events), 0)


def only(caught: Caught) -> dict[str, Any]:
    [event] = caught.events
    return event


def said(caught: Caught) -> tuple[Any, ...]:
    """What most tests look at: the answer, its end, and how the call went."""
    event = only(caught)
    return event["model_output"], event["finish_reason"], (event["execution_result"] or {}).get("status")


def _parsed(response: httpx2.Response) -> Any:
    return openai.types.chat.ChatCompletion.model_validate(response.json())


WHOLE_CHAT: dict[str, Callable[[Any], Any]] = {
    "create": lambda client: client.chat.completions.create(**ASK),
    "with options": lambda client: client.with_options(timeout=30).chat.completions.create(**ASK),
    "a copy": lambda client: client.copy(max_retries=1).chat.completions.create(**ASK),
    "a raw response": lambda client: client.chat.completions.with_raw_response.create(**ASK).parse(),
    "a raw client": lambda client: client.with_raw_response.chat.completions.create(**ASK).parse(),
    "the HTTP response": lambda client: _parsed(client.post("/chat/completions", body=ASK, cast_to=httpx2.Response)),
    "the request itself": lambda client: client.post("/chat/completions", body=ASK, cast_to=openai.types.chat.ChatCompletion),
}


@pytest.mark.parametrize("way", WHOLE_CHAT)
def test_a_chat_completion_is_logged_whichever_way_it_is_asked_for(
    way: str, provider: Provider, openai_client: openai.OpenAI, caught: Caught
) -> None:
    provider.will_say(Whole(COMPLETION))
    answer = WHOLE_CHAT[way](caught.logger.wrap_openai(openai_client, role="coder", task_type="ask", metadata={"team": "blue"}))
    assert answer.to_dict() == COMPLETION
    event = only(caught)
    assert (event["agent_role"], event["task_type"], event["messages"], event["tools"]) == ("coder", "ask", QUESTION, [STRICT])
    assert said(caught) == (CHAT_ANSWER, "tool_calls", None)
    assert event["model"] == {"name": "gpt-x", "provider": "openai", "revision": None, "quantization": None}
    assert (event["params"], event["usage"]) == ({"temperature": 0.2}, {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15})
    told = {"request_id": "request-1", "id": "chatcmpl-1", "created": 1, "reported_model": "gpt-x-2026", "team": "blue"}
    assert event["metadata"] == told


def _all_of(stream: Any) -> None:
    for _ in stream:
        pass


def _within(manager: Any) -> None:
    with manager as stream:
        _all_of(stream)


STREAMED_CHAT: dict[str, Callable[[Any], Any]] = {
    "create": lambda client: _all_of(client.chat.completions.create(**ASK, stream=True)),
    "one by one": lambda client: [*iter(client.chat.completions.create(**ASK, stream=True).__next__, None)],
    "as a context": lambda client: _within(client.chat.completions.create(**ASK, stream=True)),
    "the helper": lambda client: _within(client.chat.completions.stream(**ASK)),
    "a raw response": lambda client: _all_of(client.chat.completions.with_raw_response.create(**ASK, stream=True).parse()),
}


@pytest.mark.parametrize("way", STREAMED_CHAT)
def test_a_streamed_chat_completion_is_logged_when_it_has_passed(
    way: str, provider: Provider, openai_client: openai.OpenAI, caught: Caught
) -> None:
    provider.will_say(Streamed(CHAT_CHUNKS))
    STREAMED_CHAT[way](caught.logger.wrap_openai(openai_client, role="coder"))
    assert said(caught) == (CHAT_ANSWER, "tool_calls", None)
    assert only(caught)["usage"] == {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    assert only(caught)["metadata"]["id"] == "chatcmpl-1"


def test_a_stream_stays_the_clients_own(provider: Provider, openai_client: openai.OpenAI, caught: Caught) -> None:
    provider.will_say(Streamed(CHAT_CHUNKS))
    stream = caught.logger.wrap_openai(openai_client, role="coder").chat.completions.create(**ASK, stream=True)
    assert isinstance(stream, openai.Stream)
    assert isinstance(stream.response, httpx2.Response)
    assert [chunk.to_dict() for chunk in stream] == CHAT_CHUNKS
    assert stream.response.is_closed


def test_a_response_is_logged_with_its_instructions_tools_and_reasoning(
    provider: Provider, openai_client: openai.OpenAI, caught: Caught
) -> None:
    provider.will_say(Whole(RESPONSE))
    answer = caught.logger.wrap_openai(openai_client, role="coder").responses.create(**ASK_RESPONSES)
    assert answer.output_text == "Let me look."
    event = only(caught)
    assert event["messages"] == [{"role": "system", "content": "Be brief."}, *QUESTION]
    assert event["tools"] == [STRICT]
    assert said(caught) == (RESPONSES_ANSWER, "completed", None)
    assert event["usage"]["output_tokens_details"] == {"reasoning_tokens": 2}
    assert event["params"] == {"temperature": 0.2}
    # Sealed or not, reasoning is more than a chat message can say; what the request said is not said twice.
    assert event["metadata"]["output"] == RESPONSE["output"]
    assert "instructions" not in event["metadata"]
    assert "tools" not in event["metadata"]


STREAMED_RESPONSE: dict[str, Callable[[Any], Any]] = {
    "create": lambda client: _all_of(client.responses.create(**ASK_RESPONSES, stream=True)),
    "the helper": lambda client: _within(client.responses.stream(**ASK_RESPONSES)),
}


@pytest.mark.parametrize("way", STREAMED_RESPONSE)
def test_a_streamed_response_is_logged_when_it_has_passed(
    way: str, provider: Provider, openai_client: openai.OpenAI, caught: Caught
) -> None:
    provider.will_say(Streamed(EVENTS))
    STREAMED_RESPONSE[way](caught.logger.wrap_openai(openai_client, role="coder"))
    assert said(caught) == (RESPONSES_ANSWER, "completed", None)


def test_the_next_request_repeats_a_responses_answer_as_it_was_logged(
    provider: Provider, openai_client: openai.OpenAI, caught: Caught
) -> None:
    provider.will_say(Whole(RESPONSE), Whole(RESPONSE))
    client = caught.logger.wrap_openai(openai_client, role="coder")
    first = client.responses.create(**ASK_RESPONSES)
    result = {"type": "function_call_output", "call_id": "c1", "output": "rain"}
    client.responses.create(model="gpt-x", input=[*QUESTION, *first.output, result])
    asked = caught.events[1]["messages"]
    assert asked == [*QUESTION, caught.events[0]["model_output"], {"role": "tool", "tool_call_id": "c1", "content": "rain"}]


def test_a_parsed_answer_is_logged_as_the_text_it_was(provider: Provider, openai_client: openai.OpenAI, caught: Caught) -> None:
    class City(pydantic.BaseModel):
        name: str

    message = {"role": "assistant", "content": '{"name":  "Ulm"}'}
    provider.will_say(Whole({**COMPLETION, "choices": [{"index": 0, "finish_reason": "stop", "message": message}]}))
    client = caught.logger.wrap_openai(openai_client, role="coder")
    answer = client.chat.completions.parse(model="gpt-x", messages=QUESTION, response_format=City)
    assert answer.choices[0].message.parsed == City(name="Ulm")
    assert only(caught)["model_output"] == message | {"tool_calls": []}
    assert only(caught)["params"]["response_format"]["json_schema"]["name"] == "City"


def test_an_answer_that_cannot_be_parsed_is_kept_with_the_error(provider: Provider, openai_client: openai.OpenAI, caught: Caught) -> None:
    class City(pydantic.BaseModel):
        name: str

    message = {"role": "assistant", "content": "It is Ulm."}
    provider.will_say(Whole({**COMPLETION, "choices": [{"index": 0, "finish_reason": "stop", "message": message}]}))
    client = caught.logger.wrap_openai(openai_client, role="coder")
    with pytest.raises(pydantic.ValidationError):
        client.chat.completions.parse(model="gpt-x", messages=QUESTION, response_format=City)
    assert said(caught) == (message | {"tool_calls": []}, "stop", "error")


async def _all_of_async(stream: Any) -> None:
    async for _ in stream:
        pass


async def _within_async(manager: Any) -> None:
    async with manager as stream:
        await _all_of_async(stream)


async def _created_async(client: Any) -> None:
    await _all_of_async(await client.chat.completions.create(**ASK, stream=True))


async def _context_async(client: Any) -> None:
    await _within_async(await client.chat.completions.create(**ASK, stream=True))


async def _raw_async(client: Any) -> None:
    raw = await client.chat.completions.with_raw_response.create(**ASK)
    assert raw.parse().id == "chatcmpl-1"


ASYNC_CHAT: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "create": (Whole(COMPLETION), lambda client: client.chat.completions.create(**ASK)),
    "with options": (Whole(COMPLETION), lambda client: client.with_options(timeout=30).chat.completions.create(**ASK)),
    "a raw response": (Whole(COMPLETION), _raw_async),
    "a stream": (Streamed(CHAT_CHUNKS), _created_async),
    "a stream as a context": (Streamed(CHAT_CHUNKS), _context_async),
    "the helper": (Streamed(CHAT_CHUNKS), lambda client: _within_async(client.chat.completions.stream(**ASK))),
}


@pytest.mark.parametrize("way", ASYNC_CHAT)
def test_the_asynchronous_client_is_logged_alike(
    way: str, provider: Provider, async_openai_client: openai.AsyncOpenAI, caught: Caught
) -> None:
    answer, ask = ASYNC_CHAT[way]
    provider.will_say(answer)

    async def run() -> None:
        async with caught.logger.wrap_openai(async_openai_client, role="coder") as client:
            await ask(client)

    asyncio.run(run())
    assert said(caught) == (CHAT_ANSWER, "tool_calls", None)


def _break(client: Any) -> None:
    for _ in client.chat.completions.create(**ASK, stream=True):
        break


def _close(client: Any) -> None:
    stream = client.chat.completions.create(**ASK, stream=True)
    next(stream)
    stream.close()


def _leave_helper(client: Any) -> None:
    with client.chat.completions.stream(**ASK) as stream:
        next(stream)


def _leave_raw(client: Any) -> None:
    with client.chat.completions.with_streaming_response.create(**ASK, stream=True) as raw:
        next(raw.parse())


def _never_read(client: Any) -> None:
    client.chat.completions.create(**ASK, stream=True)


@pytest.mark.parametrize("leave", [_break, _close, _leave_helper, _leave_raw, _never_read])
def test_a_stream_that_is_left_early_is_interrupted(
    leave: Callable[[Any], None], provider: Provider, openai_client: openai.OpenAI, caught: Caught
) -> None:
    provider.will_say(Streamed(CHAT_CHUNKS))
    leave(caught.logger.wrap_openai(openai_client, role="coder"))
    gc.collect()
    assert said(caught)[1:] == (None, "interrupted")


def test_a_stream_that_is_left_behind_its_finish_reason_is_complete(
    provider: Provider, openai_client: openai.OpenAI, caught: Caught
) -> None:
    provider.will_say(Streamed(CHAT_CHUNKS))
    with caught.logger.wrap_openai(openai_client, role="coder").chat.completions.create(**ASK, stream=True) as stream:
        while next(stream).choices[0].finish_reason is None:
            pass
    assert said(caught) == (CHAT_ANSWER, "tool_calls", None)


def test_what_came_before_the_connection_broke_is_kept_with_the_error(
    provider: Provider, openai_client: openai.OpenAI, caught: Caught
) -> None:
    provider.will_say(Streamed(CHAT_CHUNKS[:3], cut=True))
    stream = caught.logger.wrap_openai(openai_client, role="coder").chat.completions.create(**ASK, stream=True)
    with pytest.raises(openai.APIConnectionError):
        _all_of(stream)
    assert said(caught) == ({"role": "assistant", "content": "Let me loo", "tool_calls": []}, None, "error")
    assert only(caught)["execution_result"]["error"]["type"] == "openai.APIConnectionError"


def test_an_error_in_the_middle_of_a_stream_is_recorded(provider: Provider, openai_client: openai.OpenAI, caught: Caught) -> None:
    provider.will_say(Streamed([*CHAT_CHUNKS[:2], {"error": {"message": "overloaded"}}]))
    stream = caught.logger.wrap_openai(openai_client, role="coder").chat.completions.create(**ASK, stream=True)
    with pytest.raises(openai.APIError, match="overloaded"):
        _all_of(stream)
    assert said(caught)[1:] == (None, "error")


@pytest.mark.parametrize(
    ("status", "error"), [(400, openai.BadRequestError), (429, openai.RateLimitError), (500, openai.InternalServerError)]
)
def test_a_refused_request_is_an_error_with_its_request_id(
    status: int, error: type[openai.APIStatusError], provider: Provider, openai_client: openai.OpenAI, caught: Caught
) -> None:
    provider.will_say(Whole({"error": {"message": "no"}}, status))
    with pytest.raises(error):
        caught.logger.wrap_openai(openai_client, role="coder").chat.completions.create(**ASK)
    assert said(caught) == (None, None, "error")
    assert only(caught)["execution_result"]["error"]["type"] == f"openai.{error.__name__}"
    assert only(caught)["metadata"] == {"request_id": "request-1"}


def test_a_request_that_is_tried_again_is_one_call(provider: Provider, openai_client: openai.OpenAI, caught: Caught) -> None:
    provider.will_say(Whole({"error": {"message": "busy"}}, 503), Whole(COMPLETION))
    client = caught.logger.wrap_openai(openai_client, role="coder").with_options(max_retries=1)
    client.chat.completions.create(**ASK)
    assert len(provider.asked) == 2
    assert said(caught) == (CHAT_ANSWER, "tool_calls", None)


def test_a_timeout_is_an_error(provider: Provider, openai_client: openai.OpenAI, caught: Caught) -> None:
    provider.will_say(Silence())
    with pytest.raises(openai.APITimeoutError):
        caught.logger.wrap_openai(openai_client, role="coder").chat.completions.create(**ASK, timeout=0.05)
    assert only(caught)["execution_result"]["error"]["type"] == "openai.APITimeoutError"


def test_nobody_at_home_is_an_error(caught: Caught) -> None:
    client = openai.OpenAI(api_key=KEY, base_url="http://127.0.0.1:9/v1", max_retries=0)
    with pytest.raises(openai.APIConnectionError):
        caught.logger.wrap_openai(client, role="coder").chat.completions.create(**ASK)
    assert only(caught)["messages"] == QUESTION
    assert said(caught) == (None, None, "error")


def test_a_raw_answer_is_logged_if_it_is_read_whole(provider: Provider, openai_client: openai.OpenAI, caught: Caught) -> None:
    provider.will_say(Whole(COMPLETION))
    client = caught.logger.wrap_openai(openai_client, role="coder")
    with client.chat.completions.with_streaming_response.create(**ASK) as raw:
        assert raw.parse().id == "chatcmpl-1"
    assert said(caught) == (CHAT_ANSWER, "tool_calls", None)


def test_a_raw_answer_that_is_read_as_bytes_is_a_call_without_an_answer(
    provider: Provider, openai_client: openai.OpenAI, caught: Caught
) -> None:
    provider.will_say(Whole(COMPLETION))
    client = caught.logger.wrap_openai(openai_client, role="coder")
    with client.chat.completions.with_streaming_response.create(**ASK) as raw:
        assert b"".join(raw.iter_bytes())
    del raw
    gc.collect()
    assert said(caught) == (None, None, None)
    assert only(caught)["metadata"]["capture_errors"] == ["the answer was read as bytes and is not known here"]


def test_a_call_within_a_logged_call_is_its_child(provider: Provider, openai_client: openai.OpenAI, caught: Caught) -> None:
    provider.will_say(Streamed(CHAT_CHUNKS), Whole(COMPLETION))
    client = caught.logger.wrap_openai(openai_client, role="model")

    @log_interaction(role="coder", logger=caught.logger)
    def ask(prompt: str) -> Any:
        _all_of(client.chat.completions.create(**ASK, stream=True))
        return client.chat.completions.create(**ASK)

    with caught.logger.session("s"):
        ask("Weather?")
    [*inner, outer] = caught.events
    assert {event["parent_id"] for event in inner} == {outer["id"]}
    assert {event["session_id"] for event in caught.events} == {"s"}
    assert outer["model_output"] == inner[0]["model_output"] == inner[1]["model_output"] == CHAT_ANSWER


def test_a_stream_that_is_handed_on_is_recorded_by_the_client_and_by_who_hands_it_on(
    provider: Provider, openai_client: openai.OpenAI, caught: Caught
) -> None:
    provider.will_say(Streamed(CHAT_CHUNKS), Streamed(CHAT_CHUNKS))
    for client in (openai_client, caught.logger.wrap_openai(openai_client, role="model")):
        stream = client.chat.completions.create(**ASK, stream=True)
        outer = caught.logger.begin("coder", Prompt(QUESTION), task_type=None, model=None, metadata=None)
        assert record_stream(stream, outer)
        assert isinstance(stream, openai.Stream)
        assert [chunk.to_dict() for chunk in stream] == CHAT_CHUNKS
    assert [event["agent_role"] for event in caught.events] == ["coder", "coder", "model"]
    assert [event["model_output"] for event in caught.events] == [CHAT_ANSWER] * 3


def test_what_is_no_stream_is_left_to_others(caught: Caught) -> None:
    call = caught.logger.begin("coder", Prompt(QUESTION), task_type=None, model=None, metadata=None)
    assert not record_stream(iter("abc"), call)
    call.end()


def test_without_a_role_a_call_has_that_of_the_call_around_it(provider: Provider, openai_client: openai.OpenAI, caught: Caught) -> None:
    provider.will_say(Whole(COMPLETION), Whole(COMPLETION))
    client = caught.logger.wrap_openai(openai_client)
    client.chat.completions.create(**ASK)
    with caught.logger.interaction(role="planner", prompt="Weather?"):
        client.chat.completions.create(**ASK)
    assert [event["agent_role"] for event in caught.events] == ["unknown", "planner", "planner"]


def test_the_role_may_be_found_in_what_is_sent(provider: Provider, openai_client: openai.OpenAI, caught: Caught) -> None:
    provider.will_say(Whole(COMPLETION), Whole(COMPLETION))
    caught.logger.wrap_openai(openai_client, role=lambda model, **_: f"asker of {model}").chat.completions.create(**ASK)
    caught.logger.wrap_openai(openai_client, role=lambda **_: 1 / 0).chat.completions.create(**ASK)
    assert [event["agent_role"] for event in caught.events] == ["asker of gpt-x", "unknown"]
    assert "role: ZeroDivisionError" in caught.events[1]["metadata"]["capture_errors"]


def test_the_client_is_of_the_same_class_and_the_original_is_not_logged(
    provider: Provider, openai_client: openai.OpenAI, caught: Caught
) -> None:
    provider.will_say(Whole(COMPLETION))
    client = caught.logger.wrap_openai(openai_client, role="coder")
    assert type(client) is openai.OpenAI
    assert (client.api_key, client.base_url, client.max_retries) == (KEY, openai_client.base_url, 0)
    openai_client.chat.completions.create(**ASK)
    assert caught.events == []


def test_a_client_of_a_derived_class_is_logged_alike(provider: Provider, caught: Caught) -> None:
    provider.will_say(Whole(COMPLETION))
    with openai.AzureOpenAI(api_key=KEY, azure_endpoint=provider.url, api_version="1") as azure:
        client = caught.logger.wrap_openai(azure, role="coder")
        assert type(client) is openai.AzureOpenAI
        client.chat.completions.create(**ASK)
    assert provider.asked[0]["path"] == "/openai/deployments/gpt-x/chat/completions?api-version=1"
    assert said(caught) == (CHAT_ANSWER, "tool_calls", None)


def test_wrapped_again_it_is_logged_once_in_the_new_way(provider: Provider, openai_client: openai.OpenAI, caught: Caught) -> None:
    provider.will_say(Whole(COMPLETION))
    client = caught.logger.wrap_openai(caught.logger.wrap_openai(openai_client, role="old"), role="new")
    client.chat.completions.create(**ASK)
    assert only(caught)["agent_role"] == "new"


def test_what_is_no_call_of_a_model_is_not_logged(provider: Provider, openai_client: openai.OpenAI, caught: Caught) -> None:
    provider.will_say(Whole({"object": "list", "model": "e", "data": [], "usage": {"prompt_tokens": 1, "total_tokens": 1}}))
    caught.logger.wrap_openai(openai_client, role="coder").embeddings.create(model="e", input="hi", encoding_format="float")
    assert caught.events == []


def test_a_request_that_no_one_understands_is_sent_and_logged_as_it_is(
    provider: Provider, openai_client: openai.OpenAI, caught: Caught
) -> None:
    provider.will_say(Whole({"error": {"message": "no"}}, 400))
    with pytest.raises(openai.BadRequestError):
        caught.logger.wrap_openai(openai_client, role="coder").post("/chat/completions", body={"messages": 3}, cast_to=object)
    assert only(caught)["messages"] == [{"role": "user", "content": '{"messages":3}'}]
    assert only(caught)["metadata"]["capture_errors"] == ["prompt: ValueError"]


def test_an_answer_that_is_none_of_the_protocol_is_logged_as_it_is(
    provider: Provider, openai_client: openai.OpenAI, caught: Caught
) -> None:
    provider.will_say(Whole("busy"), Whole({"sorry": True}), Streamed([{"odd": 1}, {"odd": 2}]))
    client = caught.logger.wrap_openai(openai_client, role="coder")
    client.chat.completions.create(**ASK)
    client.chat.completions.create(**ASK)
    _all_of(client.chat.completions.create(**ASK, stream=True))
    assert [event["model_output"]["content"] for event in caught.events] == ["busy", '{"sorry":true}', '[{"odd":1},{"odd":2}]']


@pytest.mark.parametrize("other", [openai.OpenAI, object(), 3])
def test_what_is_no_client_is_refused(other: Any, caught: Caught) -> None:
    with pytest.raises(SettingError, match="no client of the package openai"):
        caught.logger.wrap_openai(other, role="coder")
