"""Anthropic's real client against a provider on this machine: every way of calling a model leaves one record."""

import asyncio
import gc
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import httpx2
import pytest

from agentlog.errors import SettingError
from agentlog.schema.events import parse_event
from agentlog.stages.assemble import AssembleConfig, assemble
from tests.capture.clients.conftest import KEY
from tests.capture.clients.provider import Provider, Streamed, Whole
from tests.capture.clients.said import MESSAGE, PARAMETERS, QUESTION, TOOL, answered
from tests.capture.conftest import Caught
from tests.formats.streams import message_events
from tests.make import session_of

OWN_TOOL = {"name": "weather", "description": "Of a city.", "input_schema": PARAMETERS}
ASK: dict[str, Any] = {"model": "claude-x", "max_tokens": 99, "system": "Be brief.", "messages": QUESTION, "tools": [OWN_TOOL]}
ANSWER = answered('{"city":"Ulm"}', reasoning_content="Ulm, then.")
ASKED = [{"role": "system", "content": "Be brief."}, *QUESTION]
EVENTS = message_events(MESSAGE)


@pytest.fixture(autouse=True)
def _records_are_sound(caught: Caught) -> Iterator[None]:
    """No client warns of anything, no record holds the key, and the schema takes every one."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    for event in caught.events:
        parse_event(event)
        assert KEY not in str(event)


def only(caught: Caught) -> dict[str, Any]:
    [event] = caught.events
    return event


def said(caught: Caught) -> tuple[Any, ...]:
    """What most tests look at: the answer, its end, and how the call went."""
    event = only(caught)
    return event["model_output"], event["finish_reason"], (event["execution_result"] or {}).get("status")


WHOLE: dict[str, Callable[[Any], Any]] = {
    "create": lambda client: client.messages.create(**ASK),
    "with options": lambda client: client.with_options(timeout=30).messages.create(**ASK),
    "beta": lambda client: client.beta.messages.create(**ASK),
    "a raw response": lambda client: client.messages.with_raw_response.create(**ASK).parse(),
}


@pytest.mark.parametrize("way", WHOLE)
def test_a_message_is_logged_whichever_way_it_is_asked_for(
    way: str, provider: Provider, anthropic_client: anthropic.Anthropic, caught: Caught
) -> None:
    provider.will_say(Whole(MESSAGE))
    answer = WHOLE[way](caught.logger.wrap_anthropic(anthropic_client, role="coder"))
    assert answer.to_dict() == MESSAGE
    event = only(caught)
    assert (event["messages"], event["tools"], event["params"]) == (ASKED, [TOOL], {"max_tokens": 99})
    assert said(caught) == (ANSWER, "tool_use", None)
    assert event["model"] == {"name": "claude-x", "provider": "anthropic", "revision": None, "quantization": None}
    assert event["usage"] == {"input_tokens": 10, "output_tokens": 5}
    told = {"request_id": "request-1", "id": "msg_1", "reported_model": "claude-x-2026", "content": MESSAGE["content"]}
    assert event["metadata"] == told


def _all_of(stream: Any) -> None:
    for _ in stream:
        pass


def _text_of(manager: Any) -> None:
    with manager as stream:
        assert "".join(stream.text_stream) == "Let me look."


def _final_of(manager: Any) -> None:
    with manager as stream:
        assert stream.get_final_message().content[1].text == "Let me look."


STREAMED: dict[str, Callable[[Any], Any]] = {
    "create": lambda client: _all_of(client.messages.create(**ASK, stream=True)),
    "the helper's text": lambda client: _text_of(client.messages.stream(**ASK)),
    "the helper's message": lambda client: _final_of(client.messages.stream(**ASK)),
    "beta": lambda client: _final_of(client.beta.messages.stream(**ASK)),
    "a raw response": lambda client: _all_of(client.messages.with_raw_response.create(**ASK, stream=True).parse()),
}


@pytest.mark.parametrize("way", STREAMED)
def test_a_streamed_message_is_logged_when_it_has_passed(
    way: str, provider: Provider, anthropic_client: anthropic.Anthropic, caught: Caught
) -> None:
    provider.will_say(Streamed(EVENTS))
    STREAMED[way](caught.logger.wrap_anthropic(anthropic_client, role="coder"))
    assert said(caught) == (ANSWER, "tool_use", None)
    assert only(caught)["usage"] == {"input_tokens": 10, "output_tokens": 5}
    assert only(caught)["metadata"]["content"] == MESSAGE["content"]


async def _created_async(client: Any) -> None:
    async for _ in await client.messages.create(**ASK, stream=True):
        pass


async def _helped_async(client: Any) -> None:
    async with client.messages.stream(**ASK) as stream:
        assert (await stream.get_final_message()).content[1].text == "Let me look."


ASYNC: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "create": (Whole(MESSAGE), lambda client: client.messages.create(**ASK)),
    "a stream": (Streamed(EVENTS), _created_async),
    "the helper": (Streamed(EVENTS), _helped_async),
}


@pytest.mark.parametrize("way", ASYNC)
def test_the_asynchronous_client_is_logged_alike(
    way: str, provider: Provider, async_anthropic_client: anthropic.AsyncAnthropic, caught: Caught
) -> None:
    answer, ask = ASYNC[way]
    provider.will_say(answer)

    async def run() -> None:
        async with caught.logger.wrap_anthropic(async_anthropic_client, role="coder") as client:
            await ask(client)

    asyncio.run(run())
    assert said(caught) == (ANSWER, "tool_use", None)


def test_a_task_that_is_cancelled_in_mid_stream_is_interrupted(
    provider: Provider, async_anthropic_client: anthropic.AsyncAnthropic, caught: Caught
) -> None:
    provider.will_say(Streamed(EVENTS))

    async def run() -> None:
        async with caught.logger.wrap_anthropic(async_anthropic_client, role="coder") as client:
            stream = await client.messages.create(**ASK, stream=True)
            await anext(stream)
            reading = asyncio.ensure_future(anext(stream))
            await asyncio.sleep(0)
            reading.cancel()
            await asyncio.wait([reading])
            await stream.close()

    asyncio.run(run())
    assert said(caught)[1:] == (None, "interrupted")


def _break(client: Any) -> None:
    for _ in client.messages.create(**ASK, stream=True):
        break


def _leave_helper(client: Any) -> None:
    with client.messages.stream(**ASK) as stream:
        next(stream)


@pytest.mark.parametrize("leave", [_break, _leave_helper])
def test_a_stream_that_is_left_early_is_interrupted(
    leave: Callable[[Any], None], provider: Provider, anthropic_client: anthropic.Anthropic, caught: Caught
) -> None:
    provider.will_say(Streamed(EVENTS))
    leave(caught.logger.wrap_anthropic(anthropic_client, role="coder"))
    gc.collect()
    assert said(caught)[1:] == (None, "interrupted")


def test_what_came_before_the_connection_broke_is_kept_with_the_error(
    provider: Provider, anthropic_client: anthropic.Anthropic, caught: Caught
) -> None:
    provider.will_say(Streamed(EVENTS[:4], cut=True))
    stream = caught.logger.wrap_anthropic(anthropic_client, role="coder").messages.create(**ASK, stream=True)
    with pytest.raises(httpx2.RemoteProtocolError):
        _all_of(stream)
    assert only(caught)["execution_result"]["error"]["type"] == "httpx2.RemoteProtocolError"
    assert only(caught)["model_output"]["reasoning_content"] == "Ulm, then."
    assert said(caught)[1:] == (None, "error")


def test_an_error_event_in_the_middle_of_a_stream_is_recorded(
    provider: Provider, anthropic_client: anthropic.Anthropic, caught: Caught
) -> None:
    provider.will_say(Streamed([*EVENTS[:4], {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}]))
    stream = caught.logger.wrap_anthropic(anthropic_client, role="coder").messages.create(**ASK, stream=True)
    with pytest.raises(anthropic.APIStatusError, match="Overloaded"):
        _all_of(stream)
    assert said(caught)[1:] == (None, "error")


def test_a_refused_request_is_an_error_with_its_request_id(
    provider: Provider, anthropic_client: anthropic.Anthropic, caught: Caught
) -> None:
    provider.will_say(Whole({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, 529))
    with pytest.raises(anthropic.APIStatusError):
        caught.logger.wrap_anthropic(anthropic_client, role="coder").messages.create(**ASK)
    assert said(caught) == (None, None, "error")
    assert only(caught)["metadata"] == {"request_id": "request-1"}


@pytest.mark.parametrize("streamed", [False, True])
def test_a_run_of_calls_folds_into_one_row_of_training(
    streamed: bool, provider: Provider, anthropic_client: anthropic.Anthropic, caught: Caught
) -> None:
    done = {**MESSAGE, "content": [{"type": "text", "text": "Rain."}], "stop_reason": "end_turn"}
    provider.will_say(Streamed(EVENTS) if streamed else Whole(MESSAGE), Whole(done))
    client = caught.logger.wrap_anthropic(anthropic_client, role="coder")
    if streamed:
        with client.messages.stream(**ASK) as stream:
            first = stream.get_final_message()
    else:
        first = client.messages.create(**ASK)
    result = {"type": "tool_result", "tool_use_id": "c1", "content": [{"type": "text", "text": "rain"}]}
    history = [*QUESTION, {"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    client.messages.create(**{**ASK, "messages": history})
    [row] = assemble([session_of(*map(parse_event, caught.events))], AssembleConfig()).kept
    assert row.trained == (2, 4)
    assert row.messages[3] == {"role": "tool", "tool_call_id": "c1", "content": "rain"}
    assert "arguments" not in caught.events[1]["metadata"]


def test_what_is_no_call_of_a_model_is_not_logged(provider: Provider, anthropic_client: anthropic.Anthropic, caught: Caught) -> None:
    provider.will_say(Whole({"input_tokens": 3}))
    client = caught.logger.wrap_anthropic(anthropic_client, role="coder")
    assert client.messages.count_tokens(model="claude-x", messages=QUESTION).input_tokens == 3
    assert caught.events == []


def test_the_client_is_of_the_same_class(anthropic_client: anthropic.Anthropic, caught: Caught) -> None:
    client = caught.logger.wrap_anthropic(anthropic_client, role="coder")
    assert type(client) is type(client.with_options(timeout=3)) is anthropic.Anthropic
    assert client.base_url == anthropic_client.base_url


def test_what_is_no_client_is_refused(openai_client: Any, caught: Caught) -> None:
    with pytest.raises(SettingError, match="no client of the package anthropic"):
        caught.logger.wrap_anthropic(openai_client, role="coder")
