"""A logged function that hands on a client's stream: the stream stays what it is, and what passes through it is the answer."""

import asyncio
import gc
from typing import Any

import openai

from agentlog import log_interaction
from tests.capture.clients.provider import Provider, Streamed
from tests.capture.clients.said import COMPLETION, QUESTION, answered
from tests.capture.conftest import Caught
from tests.formats.streams import chat_chunks

ANSWER = answered('{"city":  "Ulm"}')


def test_a_stream_is_the_answer_when_it_has_been_read(provider: Provider, openai_client: openai.OpenAI, caught: Caught) -> None:
    provider.will_say(Streamed(chat_chunks(COMPLETION)))

    @log_interaction("coder", logger=caught.logger)
    def ask(messages: Any) -> Any:
        return openai_client.chat.completions.create(model="gpt-x", messages=messages, stream=True)

    stream = ask(QUESTION)
    assert isinstance(stream, openai.Stream)
    assert caught.events == []
    assert [chunk.model for chunk in stream]
    [event] = caught.events
    assert (event["messages"], event["model_output"], event["execution_result"]) == (QUESTION, ANSWER, None)


def test_a_stream_of_a_coroutine_that_is_let_go_was_interrupted(
    provider: Provider, async_openai_client: openai.AsyncOpenAI, caught: Caught
) -> None:
    provider.will_say(Streamed(chat_chunks(COMPLETION)))

    @log_interaction("coder", logger=caught.logger)
    async def ask(messages: Any) -> Any:
        return await async_openai_client.chat.completions.create(model="gpt-x", messages=messages, stream=True)

    async def use() -> None:
        stream = await ask(QUESTION)
        assert isinstance(stream, openai.AsyncStream)
        async for _ in stream:
            break
        await stream.close()

    asyncio.run(use())
    gc.collect()
    assert caught.events[0]["execution_result"]["status"] == "interrupted"
