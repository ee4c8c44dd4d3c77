"""What logging does to the turns of an asyncio loop at 1,000 calls a second. Reach: the 99th percentile at most twice the bare loop's.

A turn is the time from the moment that the loop's selector comes back with work until the loop asks it again: as long as that lasts,
nothing else in the program moves. Calls begin every millisecond and wait 5 ms for their answer, as for a model, so a logged call is in two
turns: where it begins and where it ends. The function does nothing else: the bare loop is as quick as it gets. The two arms, bare and
logged, take turns by the second, in three rounds. Afterwards the log must hold every call.
"""

import asyncio
import selectors
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from agentlog import AgentLogger, log_interaction, read_interactions

ROUNDS, SECONDS, PER_SECOND = 3, 4, 1_000
ANSWER_AFTER = 0.005
REACH = 2.0
SYSTEM, QUESTION = "You are a careful programmer. " * 20, "Explain this line. " * 60
ANSWER = "It adds the two numbers and returns their sum. " * 15

Agent = Callable[[list[dict[str, str]]], Awaitable[str]]


class TimedSelector(selectors.DefaultSelector):
    """The loop's selector, which notes how long each turn of the loop lasted, in microseconds."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: list[float] = []
        self._begun = time.perf_counter_ns()

    def select(self, timeout: float | None = None) -> list[Any]:
        """Note the turn that ends here, wait, and begin the next."""
        self.turns.append((time.perf_counter_ns() - self._begun) / 1000)
        ready = super().select(timeout)
        self._begun = time.perf_counter_ns()
        return ready


async def answer(messages: list[dict[str, str]]) -> str:
    """What an agent does while its model works."""
    await asyncio.sleep(ANSWER_AFTER)
    return ANSWER


async def one_second(agent: Agent) -> None:
    """A call begins each millisecond; all are waited for."""
    loop = asyncio.get_running_loop()
    begun, calls = loop.time(), set()
    for number in range(PER_SECOND):
        await asyncio.sleep(begun + number / PER_SECOND - loop.time())
        asked = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": f"{QUESTION}{number}"}]
        calls.add(asyncio.ensure_future(agent(asked)))
    await asyncio.gather(*calls)


def turns(agent: Agent, loop: asyncio.AbstractEventLoop, selector: TimedSelector) -> list[float]:
    """How long each turn of one second lasted."""
    selector.turns = []
    loop.run_until_complete(one_second(agent))
    return selector.turns[1:]


def one_round(agents: dict[str, Agent]) -> dict[str, list[float]]:
    """The turns of each arm, by the second in alternation, on one loop."""
    selector = TimedSelector()
    loop = asyncio.SelectorEventLoop(selector)
    taken: dict[str, list[float]] = {arm: [] for arm in agents}
    for _ in range(SECONDS):
        for arm, agent in agents.items():
            taken[arm] += turns(agent, loop, selector)
    loop.close()
    return taken


def percentile(values: list[float], share: int) -> float:
    """The value that ``share`` of a hundred are not above."""
    return statistics.quantiles(values, n=100)[share - 1]


def main() -> None:
    """Measure, check what was logged, print."""
    with tempfile.TemporaryDirectory() as name:
        logged: Agent = log_interaction(role="coder", logger=AgentLogger(name), model="m")(answer)
        agents: dict[str, Agent] = {"bare loop": answer, "logged": logged}
        rounds = [one_round(agents) for _ in range(ROUNDS)]
        assert sum(1 for _ in read_interactions(Path(name))) == ROUNDS * SECONDS * PER_SECOND
    print(f"{PER_SECOND} calls/s, {ROUNDS} rounds of {SECONDS} s for each arm, µs per turn of the loop (median; lowest and highest round)")
    for share in (50, 99):
        for arm in agents:
            values = [percentile(one[arm], share) for one in rounds]
            print(f"{share}th percentile, {arm:<10}{statistics.median(values):8.1f}   {min(values):.1f} to {max(values):.1f}")
    ratios = [percentile(one["logged"], 99) / percentile(one["bare loop"], 99) for one in rounds]
    middle = statistics.median(ratios)
    verdict = "reached" if middle <= REACH else f"not reached: {REACH:g}"
    print(f"99th percentile, logged / bare: {middle:.2f}   {min(ratios):.2f} to {max(ratios):.2f}   {verdict}")


if __name__ == "__main__":
    main()
