"""What logging adds to each chunk of a stream, in microseconds. Reach: at most 2.

Generators and async generators yield the same chunks, bare and logged: texts, and dictionaries as OpenAI streams them. The arms take turns,
stream by stream, in three rounds; a round's figure is the difference of the medians over the chunks of a stream. It holds everything that
logging does for the stream, its beginning and its end included. Afterwards every record is read back and must hold the whole answer.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from agentlog import AgentLogger, log_interaction, read_interactions

ROUNDS, STREAMS, CHUNKS = 3, 40, 1_000
REACH = 2.0
MESSAGES = [{"role": "system", "content": "You are a careful programmer. " * 20}, {"role": "user", "content": "Explain this line. " * 60}]
TEXTS = [f"word{number} " for number in range(CHUNKS)]

Reading = Callable[[], float]


def openai_chunk(text: str, finish_reason: str | None) -> dict[str, Any]:
    """One event of a streamed chat completion."""
    choice = {"index": 0, "delta": {"content": text}, "logprobs": None, "finish_reason": finish_reason}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_767_225_600, "model": "m", "choices": [choice]}


EVENTS = [openai_chunk(text, "stop" if text is TEXTS[-1] else None) for text in TEXTS]


def generator_of(chunks: list[Any]) -> Callable[[Any], Iterator[Any]]:
    """A generator function that answers with these chunks."""

    def answer(messages: Any) -> Iterator[Any]:
        yield from chunks

    return answer


def async_generator_of(chunks: list[Any]) -> Callable[[Any], AsyncIterator[Any]]:
    """The same, async."""

    async def answer(messages: Any) -> AsyncIterator[Any]:
        for chunk in chunks:
            yield chunk

    return answer


def read(function: Callable[[Any], Iterator[Any]]) -> float:
    """Microseconds that it takes to read one stream."""
    begun = time.perf_counter_ns()
    for _ in function(MESSAGES):
        pass
    return (time.perf_counter_ns() - begun) / 1000


async def read_async(function: Callable[[Any], AsyncIterator[Any]]) -> float:
    """The same for an async one."""
    begun = time.perf_counter_ns()
    async for _ in function(MESSAGES):
        pass
    return (time.perf_counter_ns() - begun) / 1000


def arms(log: AgentLogger, loop: asyncio.AbstractEventLoop) -> dict[str, tuple[Reading, Reading]]:
    """For each kind of stream, what reads a bare one, and what reads a logged one."""
    logged = log_interaction(role="coder", logger=log, model="m")

    def pair(function: Any) -> tuple[Reading, Reading]:
        return partial(read, function), partial(read, logged(function))

    def async_pair(function: Any) -> tuple[Reading, Reading]:
        decorated = logged(function)
        return lambda: loop.run_until_complete(read_async(function)), lambda: loop.run_until_complete(read_async(decorated))

    return {
        "generator, text": pair(generator_of(TEXTS)),
        "generator, OpenAI's chunks": pair(generator_of(EVENTS)),
        "async generator, text": async_pair(async_generator_of(TEXTS)),
        "async generator, OpenAI's chunks": async_pair(async_generator_of(EVENTS)),
    }


def one_round(pairs: dict[str, tuple[Reading, Reading]]) -> dict[str, tuple[float, float]]:
    """For each kind, microseconds per chunk, bare and logged."""
    took: dict[str, tuple[list[float], list[float]]] = {kind: ([], []) for kind in pairs}
    for _ in range(STREAMS):
        for kind, arms in pairs.items():
            for times, arm in zip(took[kind], arms, strict=True):
                times.append(arm())
    return {kind: (statistics.median(bare) / CHUNKS, statistics.median(logged) / CHUNKS) for kind, (bare, logged) in took.items()}


def main() -> None:
    """Measure, check what was logged, print."""
    loop = asyncio.new_event_loop()
    with tempfile.TemporaryDirectory() as name:
        pairs = arms(AgentLogger(name), loop)
        rounds = [one_round(pairs) for _ in range(ROUNDS)]
        answers = [interaction.model_output for interaction in read_interactions(Path(name))]
    loop.close()
    assert len(answers) == ROUNDS * STREAMS * len(pairs)
    assert all(answer is not None and answer["content"] == "".join(TEXTS) for answer in answers)
    print(f"streams of {CHUNKS} chunks, {ROUNDS} rounds of {STREAMS} streams, µs per chunk (median; lowest and highest round)")
    print(f"{'':34}{'bare':>7}{'logged':>8}{'added':>8}")
    for kind in pairs:
        bare, logged = (statistics.median(one[kind][arm] for one in rounds) for arm in (0, 1))
        added = [one[kind][1] - one[kind][0] for one in rounds]
        middle = statistics.median(added)
        verdict = "reached" if middle <= REACH else f"not reached: {REACH:g}"
        print(f"{kind:34}{bare:7.2f}{logged:8.2f}{middle:8.2f}   {min(added):.2f} to {max(added):.2f}   {verdict}")


if __name__ == "__main__":
    main()
