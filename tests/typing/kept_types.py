"""What a type checker knows of logged functions: all that it knew before. Checked by mypy, and never run."""

import functools
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, assert_type

from agentlog import AgentLogger, log_interaction

log = AgentLogger()


@log_interaction(role="coder", task_type="implement", logger=log)
def plain(prompt: str, size: int = 3) -> list[str]:
    return [prompt] * size


@log_interaction("coder")
async def late(prompt: str) -> bytes:
    return prompt.encode()


@log_interaction()
def stream(prompt: str) -> Iterator[str]:
    yield prompt


@log_interaction(role=lambda *_: "coder", prompt=lambda prompt: prompt, output=str)
async def late_stream(prompt: str) -> AsyncIterator[str]:
    yield prompt


class Agent:
    @log_interaction("coder")
    def ask(self, prompt: str) -> int:
        return len(prompt)

    @log_interaction("coder")
    @staticmethod
    def ask_fixed(prompt: str) -> float:
        return float(prompt)

    @classmethod
    @log_interaction("coder")
    def ask_class(cls, prompt: str) -> "Agent":
        return cls()

    async def execute(self, task: str) -> bool:
        return bool(task)


async def awaits() -> bytes:
    return assert_type(await late("a"), bytes)


kept: Callable[[str], Coroutine[Any, Any, bytes]] = late
assert_type(plain("a", size=2), list[str])
assert_type(stream("a"), Iterator[str])
assert_type(late_stream("a"), AsyncIterator[str])
assert_type(Agent().ask("a"), int)
assert_type(Agent.ask_fixed("1"), float)
assert_type(Agent.ask_class("a"), Agent)
assert_type(log.wrap(Agent(), "coder"), Agent)
assert_type(log_interaction("coder")(functools.partial(plain, "a")), functools.partial[list[str]])
carried: Callable[[str], int] = log.carry(Agent().ask)
plain(3)  # type: ignore[arg-type]
plain("a", length=3)  # type: ignore[call-arg]
carried(3)  # type: ignore[arg-type]
